"""`broadsheet regress` over the demo newspaper: what a rule breaks or mends is counted to the page."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from archive import store
from tests.conftest import run_broadsheet

pytestmark = pytest.mark.timeout(300)  # runs with workers: on a busy machine they take their time
SITES = ("--site", "newsline", "--site", "ledger")
BREAKS = '[[rule]]\nhost = "newsline.localhost"\ndrop = [".story-by", ".author-box", ".author"]\n'
MENDS = '[[rule]]\nhost = "ledger.localhost"\nsection = "h1"\n'
Row = dict[str, Any]


def query(folder: Path, sql: str) -> list[Any]:
    connection = sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def records(text: str) -> list[Row]:
    return [json.loads(line) for line in text.splitlines()]


def counts(rows: list[Row], site: str | None) -> dict[str, tuple[int, int, int, int]]:
    """{field: gained, lost, changed, same} of what differs."""
    found = {
        r["field"]: (r["gained"], r["lost"], r["changed"], r["same"])
        for r in rows
        if r["record"] == "field" and r["site"] == site
    }
    return {name: n for name, n in found.items() if any(n[:3])}


def files(folder: Path) -> dict[str, str]:
    """{file: hash}, but for what SQLite keeps for its readers; whoever leaves last tidies it up."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rule that breaks a field of one site, and one that mends a field of another."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "newsline.toml").write_text(BREAKS)
    (folder / "ledger.toml").write_text(MENDS)
    return folder


@pytest.fixture(scope="module")
def both(demo_archive: Path, rules: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row], str]:
    """A run with both rules -> where its files lie, its records, and its line on standard error."""
    out = tmp_path_factory.mktemp("out")
    before = files(demo_archive)
    words = ("--junit", out / "j.xml", "--markdown", out / "m.md", "--save", out / "s.json", "--json")
    done = run_broadsheet("regress", "--archive", demo_archive, *SITES, "--rules", rules, *words, code=16, cwd=out)
    assert files(demo_archive) == before
    return out, records(done.stdout), done.stderr


@pytest.fixture
def folder(demo_archive: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_archive, tmp_path / "news")
    return tmp_path / "news"


# What is found.


def test_nothing_differs_where_nothing_has_changed(demo_archive: Path, tmp_path: Path) -> None:
    done = run_broadsheet("regress", "--archive", demo_archive, "--sample", "40", "--json", cwd=tmp_path)
    run, *rows = records(done.stdout)
    assert (run["pages"], run["same"], run["differ"], run["failed"], run["damaged"]) == (40, 40, 0, 0, 0)
    assert {r["site"] for r in rows} == {None, *(name for (name,) in query(demo_archive, "SELECT name FROM site"))}
    assert all(r["gained"] == r["lost"] == r["changed"] == 0 for r in rows)
    assert done.stderr == ""


def test_a_field_that_a_rule_breaks_is_counted_to_the_page(
    demo_archive: Path, both: tuple[Path, list[Row], str]
) -> None:
    _, rows, said = both
    ((articles, authors),) = query(
        demo_archive, "SELECT count(*), count(authors) FROM articles WHERE site = 'newsline'"
    )
    assert articles == authors > 5
    assert counts(rows, "newsline") == {"authors": (0, authors, 0, 0), "byline_raw": (0, authors, 0, 0)}
    run = rows[0]
    assert run["worse"] and run["differ"] == authors + counts(rows, "ledger")["article_section"][0]
    (field,) = (r for r in rows if r.get("site") == "newsline" and r["field"] == "authors" and "had" in r)
    assert field["exceeded"] == [{"what": "lost", "limit": 0.0}]
    assert said.startswith(
        f"broadsheet: extraction got worse: authors of newsline lost on {authors} of {authors} pages"
    )


def test_a_field_that_a_rule_mends_is_gained(demo_archive: Path, both: tuple[Path, list[Row], str]) -> None:
    ((articles,),) = query(demo_archive, "SELECT count(*) FROM articles WHERE site = 'ledger'")
    assert counts(both[1], "ledger") == {"article_section": (articles, 0, 0, 0)}


def test_a_run_that_only_mends_is_well(demo_archive: Path, rules: Path, tmp_path: Path) -> None:
    words = ("--site", "ledger", "--rules", rules / "ledger.toml", "--sample", "12")
    done = run_broadsheet("regress", "--archive", demo_archive, *words, cwd=tmp_path)
    assert "differ" in done.stdout and "WORSE" not in done.stdout and "to look at first" not in done.stdout


def test_the_worst_come_first_with_a_way_on(demo_archive: Path, both: tuple[Path, list[Row], str]) -> None:
    worst = [r for r in both[1] if r["record"] == "worst"]
    assert len(worst) == 10
    assert {(r["what"], r["field"], r["site"]) for r in worst} == {
        ("lost", "authors", "newsline"), ("lost", "byline_raw", "newsline"),
    }  # fmt: skip
    first = worst[0]
    assert first["old"] and first["new"] is None and first["url"].startswith("http://newsline.localhost")
    told = run_broadsheet(*first["further"].split()[1:])
    assert first["old"].split(";")[0] in told.stdout


def test_junit_has_a_case_for_each_field_of_a_site(both: tuple[Path, list[Row], str]) -> None:
    tree = ElementTree.parse(both[0] / "j.xml").getroot()
    cases = {(c.get("classname"), c.get("name")): c for c in tree.iter("testcase")}
    fields = [r for r in both[1] if r["record"] == "field"]
    assert set(cases) == {(r["site"] or "all sites", r["field"]) for r in fields}
    failed = {key for key, case in cases.items() if case.find("failure") is not None}
    assert failed == {(s, f) for s in ("newsline", "all sites") for f in ("authors", "byline_raw")}
    assert tree.get("failures") == "4" and tree.get("tests") == str(len(cases))
    failure = cases["newsline", "authors"].find("failure")
    assert failure is not None and failure.text is not None and "broadsheet why" in failure.text


def test_markdown_is_a_table_with_folded_cases(both: tuple[Path, list[Row], str]) -> None:
    from markdown_it import MarkdownIt

    text = (both[0] / "m.md").read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert sum(token.type == "table_open" for token in tokens) == 1
    shown = [token.content for token in tokens if token.type == "inline"]
    assert "Extraction: worse than the thresholds allow" in shown
    assert text.count("<details>") == text.count("</details>") == 10
    assert r"| newsline | byline\_raw | " in text


# What is compared with.


def test_a_saved_run_is_what_another_is_compared_with(
    demo_archive: Path, rules: Path, both: tuple[Path, list[Row], str], tmp_path: Path
) -> None:
    saved = both[0] / "s.json"
    words = ("regress", "--archive", demo_archive, "--against", saved, "--json")
    run, *_ = records(run_broadsheet(*words, "--rules", rules, cwd=tmp_path).stdout)
    assert (run["pages"], run["differ"], run["missing"]) == (both[1][0]["pages"], 0, 0)
    rows = records(run_broadsheet(*words, cwd=tmp_path, code=16).stdout)  # the archive has no rules: the way back
    authors = counts(both[1], "newsline")["authors"][1]
    assert counts(rows, "newsline")["authors"] == (authors, 0, 0, 0)
    assert counts(rows, "ledger")["article_section"][1] > 0
    only = records(run_broadsheet(*words, "--site", "newsline", cwd=tmp_path).stdout)
    assert {r["site"] for r in only if r["record"] == "field"} == {"newsline"}


def test_since_compares_with_what_a_recipe_made(folder: Path, tmp_path: Path) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "ledger.toml").write_text(MENDS)
    run_broadsheet("reextract", "--archive", folder, "--promote")
    words = ("regress", "--archive", folder, "--site", "ledger", "--json")
    recipes = query(folder, "SELECT recipe_id, sha256 FROM recipe ORDER BY recipe_id")
    assert len(recipes) == 2
    shown = records(run_broadsheet(*words, cwd=tmp_path).stdout)
    assert shown[0]["differ"] == 0
    before = records(run_broadsheet(*words, "--since", recipes[0][1][:10], cwd=tmp_path).stdout)
    ((articles,),) = query(folder, "SELECT count(*) FROM articles WHERE site = 'ledger'")
    assert counts(before, "ledger") == {"article_section": (articles, 0, 0, 0)}
    assert before[0]["against"] == f"recipe 1 ({recipes[0][1][:12]})"
    now = records(run_broadsheet(*words, "--since", "2", cwd=tmp_path).stdout)
    assert now[0]["differ"] == 0 and now[0]["pages"] == shown[0]["pages"]


def test_the_same_seed_reads_the_same_pages(demo_archive: Path, tmp_path: Path) -> None:
    def pages(name: str, *words: str) -> list[str]:
        path = tmp_path / name
        run_broadsheet(
            "regress", "--archive", demo_archive, "--sample", "10", "--save", path, *words, cwd=tmp_path
        )
        return [page["record_id"] for page in json.loads(path.read_text(encoding="utf-8"))["pages"]]

    first = pages("a.json")
    assert len(first) == 10
    assert pages("b.json", "--seed", "1") == first
    assert pages("c.json", "--seed", "2") != first


# Thresholds.


def test_what_a_repository_allows(demo_archive: Path, rules: Path, both: Any, tmp_path: Path) -> None:
    words = ("regress", "--archive", demo_archive, "--against", both[0] / "s.json", "--site", "ledger")
    table = "[tool.broadsheet.regress.sites.{}.fields.article_section]\nmax_lost = 1.0\n"
    (tmp_path / "pyproject.toml").write_text(table.format("ledger"))
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert "WORSE" not in run_broadsheet(*words, cwd=inner).stdout
    (tmp_path / "other.toml").write_text(table.format("lodger"))
    done = run_broadsheet(*words, "--config", tmp_path / "other.toml", cwd=inner, code=16)
    assert "other.toml: sites.lodger: this archive has no such site" in done.stderr
    assert run_broadsheet(*words, "--config", tmp_path / "other.toml", "--max-lost", "1", cwd=inner)


# What goes wrong.


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--site", "nowhere"), 8, "nowhere"),
        (("--since", "ffff"), 8, "there is no recipe 'ffff' in this archive (known are 1: "),
        (("--against", "none.json"), 9, "none.json: No such file"),
        (("--against", "list.json"), 9, "list.json is no run that was saved"),
        (("--against", "broken.json"), 9, "broken.json: page 1 is not as a run is saved"),
        (("--against", "deep.json"), 9, "deep.json is no JSON"),
        (("--against", "elsewhere.json"), 8, "none of the 1 pages of elsewhere.json is held here"),
        (("--against", "list.json", "--seed", "2"), 2, "--against reads the pages of FILE"),
        (("--rules", "nowhere"), 9, "nowhere: No such file"),
        (("--rules", "wrong.toml"), 10, "wrong.toml, line 1"),
        (("--config", "none.toml"), 9, "none.toml: No such file"),
        (("--config", "wrong.toml"), 10, "wrong.toml has no table [tool.broadsheet.regress]"),
        (("--save", "nowhere/s.json"), 9, "there is no folder nowhere"),
        (("--save", "a", "--junit", "a"), 9, "name one file"),
        (("--markdown", "-", "--json"), 2, "both write to standard output"),
        (("--max-lost", "2"), 2, "--max-lost"),
    ],
)
def test_one_line_says_what_is_wrong(
    demo_archive: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    page = {"record_id": "<urn:uuid:0>", "record": {"verdict": 3}}
    (tmp_path / "broken.json").write_text(json.dumps({"format": "broadsheet regress 1", "pages": [page]}))
    page["record"] = {"verdict": "article"}
    (tmp_path / "elsewhere.json").write_text(json.dumps({"format": "broadsheet regress 1", "pages": [page]}))
    (tmp_path / "wrong.toml").write_text("nothing = 1\n")
    done = run_broadsheet("regress", "--archive", demo_archive, *words, code=code, cwd=tmp_path)
    assert said in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "a").exists()


def test_an_archive_without_pages(tmp_path: Path) -> None:
    store.create(tmp_path / "news")
    done = run_broadsheet("regress", "--archive", tmp_path / "news", code=8, cwd=tmp_path)
    assert "nothing to compare" in done.stderr


@pytest.mark.slow
def test_a_damaged_record_is_named_and_left_out(folder: Path, tmp_path: Path) -> None:
    ((name, offset, length),) = query(
        folder,
        """SELECT filename, "offset", length FROM capture JOIN warc_file USING (warc_file_id) JOIN url USING (url_id)
           JOIN site USING (site_id) WHERE site.name = 'ledger' AND capture.verdict = 'article' LIMIT 1""",
    )
    with (folder / "warc" / name).open("r+b") as file:
        file.seek(offset + length // 2)
        file.write(b"\x00" * 40)
    words = ("regress", "--archive", folder, "--site", "ledger", "--json")
    done = run_broadsheet(*words, cwd=tmp_path, code=7)
    run, *_ = records(done.stdout)
    assert (run["damaged"], run["differ"]) == (1, 0)
    assert name in done.stderr


def test_markdown_on_standard_output(demo_archive: Path, tmp_path: Path) -> None:
    words = ("--site", "ledger", "--sample", "3", "--markdown", "-")
    done = run_broadsheet("regress", "--archive", demo_archive, *words, cwd=tmp_path)
    assert done.stdout.startswith("### Extraction: within the thresholds\n\n3 of ")


def test_an_archive_that_is_being_written_is_read(folder: Path, tmp_path: Path) -> None:
    with store.writer_lock(folder), store.open_archive(folder, write=True) as archive:
        archive.db.conn.execute("BEGIN IMMEDIATE")
        archive.db.conn.execute("UPDATE site SET unsettled = 1")
        done = run_broadsheet("regress", "--archive", folder, "--site", "ledger", "--sample", "3", cwd=tmp_path)
        archive.db.conn.execute("ROLLBACK")
    assert done.stdout.startswith("3 of ")
