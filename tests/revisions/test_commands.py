"""`broadsheet diff` and `broadsheet edits` as a person types them."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from archive import store
from archive.cli_versions import KINDS
from archive.revisions import KINDS as ALL_KINDS
from archive.versions import VersionDiff, diff_versions
from archive.versions_text import diff_text
from tests.conftest import ROOT, run_broadsheet
from tests.revisions.archives import SITE, make
from tests.test_docs import commands


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("edits") / "news")


def test_diff_shows_the_last_two_versions(folder: Path) -> None:
    said = run_broadsheet("diff", f"{SITE}bridge", "--archive", folder).stdout
    assert "from version 2, seen 2026-03-02" in said and "to   version 3, seen 2026-03-03" in said
    assert "addition, silent; words: 8 added, 0 removed" in said
    assert "+ {+A second bridge is planned for the north.+}" in said
    assert "… 5 sentences the same" in said
    assert "\x1b" not in said and "1913" not in said


def test_diff_of_any_two(folder: Path) -> None:
    said = run_broadsheet("diff", f"{SITE}bridge", "--from", "1", "--to", "3", "--archive", folder).stdout
    assert re.search(r"(?m)^~ The bridge was built in \[-1931-\] \{\+1913\+\} by a local firm\.$", said)
    back = run_broadsheet("diff", f"{SITE}bridge", "--from", "2", "--to", "1", "--archive", folder).stdout
    assert "[-1913-] {+1931+}" in back
    first = run_broadsheet("diff", f"{SITE}bridge", "--to", "2", "--archive", folder).stdout
    assert "from version 1" in first and "correction, silent" in first
    ja = run_broadsheet("diff", f"{SITE}ja", "--archive", folder).stdout
    assert "35" in ja and "38" in ja and "correction" in ja


def test_the_fields_come_first(folder: Path) -> None:
    said = run_broadsheet("diff", f"{SITE}note", "--archive", folder).stdout
    assert "headline: Council says [-no-] {+yes+}" in said
    assert said.index("headline:") < said.index("{+Correction:")
    assert "acknowledged: notice" in said


def test_diff_as_json(folder: Path) -> None:
    (line,) = run_broadsheet(
        "diff", f"{SITE}bridge", "--to", "2", "--json", "--archive", folder
    ).stdout.splitlines()
    found = json.loads(line)
    assert (found["from"]["number"], found["to"]["number"], found["kind"]) == (1, 2, "correction")
    with store.open_archive(folder) as archive:
        for side, name in (("old", "from"), ("new", "to")):
            body = store.version(archive.db, found[name]["version_id"]).article_body
            assert "".join(step[side] for step in found["body"]) == body
    (changed,) = [step for step in found["body"] if step["what"] == "changed"]
    assert [w for w in changed["words"] if w["what"] == "changed"] == [
        {"what": "changed", "old": "1931 ", "new": "1913 "}
    ]


def test_colours_on_a_terminal(folder: Path) -> None:
    with store.open_archive(folder) as archive:
        found = diff_versions(archive, f"{SITE}bridge", 1, 2)
    assert isinstance(found, VersionDiff)
    coloured = diff_text(found, coloured=True, width=30)
    assert "\x1b[9;31m1931\x1b[0m" in coloured and "\x1b[1;32m1913\x1b[0m" in coloured and "[-" not in coloured
    for line in coloured.split("\n"):
        assert line.count("\x1b[0m") == line.count("\x1b[9;31m") + line.count("\x1b[1;32m")


def test_what_diff_says_to_mistakes(folder: Path) -> None:
    only = run_broadsheet("diff", f"{SITE}gone", "--archive", folder)
    assert only.stdout == "" and "has one version" in only.stderr
    assert "it was deleted: seen at 2026-03-02" in only.stderr
    missing = run_broadsheet("diff", f"{SITE}bridge", "--to", "9", "--archive", folder, code=8)
    assert "has no version 9" in missing.stderr and "1 to 3" in missing.stderr
    same = run_broadsheet("diff", f"{SITE}bridge", "--from", "2", "--to", "2", "--archive", folder, code=9)
    assert "compared with itself" in same.stderr
    assert "no article" in run_broadsheet("diff", "https://example.org/x", "--archive", folder, code=8).stderr


def test_noise_is_shown_as_none(folder: Path) -> None:
    said = run_broadsheet("diff", f"{SITE}same", "--archive", folder).stdout
    assert "no edit of the text" in said and "[-" not in said and "{+" not in said


def test_show_points_to_diff(folder: Path) -> None:
    said = run_broadsheet("show", f"{SITE}bridge", "--archive", folder).stdout
    assert re.search(r"(?m)^Versions: +3: broadsheet diff \d+ shows how it changed$", said)
    assert "broadsheet diff" not in run_broadsheet("show", f"{SITE}gone", "--archive", folder).stdout


def kinds(folder: Path, *words: str) -> list[str]:
    done = run_broadsheet("edits", *words, "--json", "--archive", folder)
    return [json.loads(line)["kind"] for line in done.stdout.splitlines()]


def test_edits(folder: Path) -> None:
    done = run_broadsheet("edits", "--archive", folder)
    assert done.stderr == "5 edits\n"
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert re.match(
        r"2026-03-01 10:01 \.\. 2026-03-02 10:02  correction +silent +\+1 -1  example  1  Council votes on",
        lines[0],
    )
    assert [line.split()[5] for line in lines] == ["correction", "addition", "deleted", "correction", "addition"]


def test_edits_are_selected(folder: Path) -> None:
    assert sorted(kinds(folder)) == ["addition", "addition", "correction", "correction", "deleted"]
    assert len(kinds(folder, "--silent")) == 4
    assert kinds(folder, "--kind", "deleted") == ["deleted"]
    assert len(kinds(folder, "--kind", "correction", "--kind", "deleted")) == 3
    assert kinds(folder, "--since", "2026-03-03") == ["addition"]
    assert len(kinds(folder, "--until", "2026-03-02")) == 4
    assert len(kinds(folder, "--since", "2026", "--until", "2026-03")) == 5
    assert kinds(folder, "--since", "2027") == []
    assert len(kinds(folder, "--site", "example")) == 5
    assert kinds(folder, "--article", f"{SITE}bridge") == ["correction", "addition"]
    run_broadsheet("edits", "--site", "nobody", "--archive", folder, code=8)
    run_broadsheet("edits", "--since", "yesterday", "--archive", folder, code=2)


def test_an_edit_as_json(folder: Path) -> None:
    done = run_broadsheet("edits", "--article", f"{SITE}note", "--json", "--archive", folder)
    found = json.loads(done.stdout)
    assert (found["acknowledged"], found["fields"]) == ("notice", ["headline", "article_body"])
    assert (found["previous_headline"], found["headline"]) == ("Council says no", "Council says yes")


def test_the_kinds_of_the_command_are_those_of_the_table() -> None:
    schema = store.schema.TABLES  # type: ignore[attr-defined]
    (check,) = re.findall(r"kind IN \((\s*'typographic'[^)]*)\)", schema)
    assert tuple(re.findall(r"'([^']+)'", check)) == KINDS == ALL_KINDS


def test_the_page_on_edits_runs(demo_archive: Path, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "revisions.md").read_text(encoding="utf-8")
    (tmp_path / "demo-archive").symlink_to(demo_archive)
    made = make(tmp_path / "news")
    run = [words for words in commands(text) if words]
    assert {words[0] for words in run} == {"diff", "edits"}
    for words in run:
        run_broadsheet(*words, cwd=tmp_path)
    queries = re.findall(r"(?s)```sql\n(.*?)```", text)
    assert queries
    connection = sqlite3.connect(f"file:{made}/archive.db?mode=ro", uri=True)
    for query in queries:
        assert connection.execute(query).fetchall()
    connection.close()


def test_an_unchanged_demo_newspaper_has_no_edits(demo_archive: Path) -> None:
    done = run_broadsheet("edits", "--archive", demo_archive)
    assert done.stdout == "" and done.stderr == "0 edits\n"
