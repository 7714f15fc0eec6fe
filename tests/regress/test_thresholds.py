"""The table in pyproject.toml, its mistakes, and what exceeds a threshold."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import BadInput, ConfigInvalid
from archive.regress.counting import CHANGED, LOST, Counts, SiteTally
from archive.regress.thresholds import ALL, Thresholds, find, judge, load

TABLE = """
[tool.broadsheet.regress]
max_changed = 0.02
[tool.broadsheet.regress.fields.authors]
max_lost = 0.1
[tool.broadsheet.regress.sites.courier]
max_lost = 0.3
max_changed = 0.5
[tool.broadsheet.regress.sites.courier.fields.headline]
max_changed = 0
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


def tally(**fields: Counts) -> SiteTally:
    return SiteTally(fields=dict(fields))


def test_the_closest_word_counts(tmp_path: Path) -> None:
    found = load(written(tmp_path, TABLE), required=True)
    assert found.limit(LOST, "gazette", "headline") == 0.0  # nobody said so: a field that is lost is always worse
    assert found.limit(CHANGED, "gazette", "headline") == 0.02
    assert found.limit(LOST, "gazette", "authors") == 0.1
    assert found.limit(CHANGED, "gazette", "authors") == 0.02
    assert found.limit(LOST, "courier", "headline") == 0.3
    assert found.limit(LOST, "courier", "authors") == 0.1
    assert found.limit(CHANGED, "courier", "headline") == 0
    assert found.limit(CHANGED, "courier", "authors") == 0.5
    assert found.min_pages == 2


def test_an_option_stands_in_the_place_of_all_of_its_name(tmp_path: Path) -> None:
    found = load(written(tmp_path, TABLE), required=True).with_options(None, 0.9)
    assert {found.limit(CHANGED, site, "headline") for site in ("courier", "gazette")} == {0.9}
    assert found.limit(LOST, "courier", "authors") == 0.1
    found = found.with_options(0.2, None)
    assert {found.limit(LOST, site, "authors") for site in ("courier", "gazette")} == {0.2}


def test_without_a_table_only_what_is_lost_is_worse(tmp_path: Path) -> None:
    found = load(written(tmp_path, "[project]\nname = 'x'\n"), required=False)
    assert (found.limit(LOST, "a", "image"), found.limit(CHANGED, "a", "image")) == (0.0, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.broadsheet.regress]\nmax_lots = 0", "tool.broadsheet.regress.max_lots is not known here"),
        ("[tool.broadsheet.regress]\nmax_lost = 2", "regress.max_lost must be a share from 0 to 1, not 2"),
        ("[tool.broadsheet.regress]\nmax_lost = true", "max_lost must be a share from 0 to 1, not True"),
        ("[tool.broadsheet.regress]\nmax_lost = nan", "max_lost must be a share from 0 to 1, not nan"),
        ("[tool.broadsheet.regress]\nmin_pages = 0", "tool.broadsheet.regress.min_pages must be a whole number"),
        ("[tool.broadsheet.regress.fields.autors]", "regress.fields.autors is no field; known are verdict"),
        ("[tool.broadsheet.regress.fields]\nauthors = 0", "tool.broadsheet.regress.fields.authors must be a table"),
        ("[tool.broadsheet.regress.fields.authors]\nfields = {}", "fields.authors.fields is not known here"),
        ("[tool.broadsheet.regress]\nsites = 3", "tool.broadsheet.regress.sites must be a table"),
        ("[tool.broadsheet.regress.sites.a]\nmin_pages = 3", "sites.a.min_pages is not known here"),
        ("[tool.broadsheet.regress.sites.a.fields.image]\nmax_changed = '1'", "a.fields.image.max_changed must be"),
        ("[tool]\nbroadsheet = 1", "tool.broadsheet must be a table"),
        ("[tool.broadsheet]\nregress = []", "tool.broadsheet.regress must be a table"),
        ("[tool.broadsheet.regres]\nmax_lost = 0", "tool.broadsheet.regres is not known; [tool.broadsheet.regress] is"),
        ("x = ", "is no TOML"),
        ("[project]", "has no table [tool.broadsheet.regress]"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigInvalid) as raised:
        load(path, required="has no table" in said)
    assert said in str(raised.value) and str(path) in str(raised.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml: No such file"):
        load(tmp_path / "none.toml", required=True)
    (tmp_path / "latin.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(ConfigInvalid, match="is no TOML"):
        load(tmp_path / "latin.toml", required=False)


def test_the_nearest_file_upwards(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    outer = written(tmp_path, "")
    assert find(tmp_path / "a" / "b") == outer
    inner = written(tmp_path / "a", "")
    assert find(tmp_path / "a" / "b") == inner


def test_two_pages_and_more_than_the_share() -> None:
    sites = {"a": tally(image=Counts(lost=1, same=1)), "b": tally(image=Counts(lost=2, same=2))}
    (one,) = (e for e in judge(sites, Thresholds()) if e.site != ALL)
    assert (one.site, one.field, one.what, one.pages, one.of) == ("b", "image", "lost", 2, 4)
    assert str(one) == "lost on 2 of 4 pages: 50%, allowed 0%"
    allowed = Thresholds().with_options(0.5, None)
    assert [e for e in judge(sites, allowed) if e.site != ALL] == []  # the share itself is allowed


def test_one_page_of_each_site_is_seen_over_all(tmp_path: Path) -> None:
    sites = {name: tally(image=Counts(lost=1, same=9)) for name in "abc"}
    (one,) = judge(sites, Thresholds())
    assert (one.site, one.pages, one.of) == (ALL, 3, 30)
    text = "[tool.broadsheet.regress.sites.a]\nmax_lost = 1\n[tool.broadsheet.regress.sites.b]\nmax_lost = 1"
    assert judge(sites, load(written(tmp_path, text), required=True)) == []  # those have their own


def test_what_is_gained_is_no_share_of_what_was_there() -> None:
    counts = Counts(gained=5, changed=1, same=1)
    assert (counts.had, counts.differ, counts.share("changed")) == (2, 6, 0.5)
    assert Counts(gained=3).share("lost") == 0.0
