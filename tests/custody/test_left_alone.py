"""What repair, rebuild and import cannot do is said, with what to do; without an archive nothing is left behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archive import store
from tests.conftest import run_broadsheet
from tests.core.samples import small_archive
from tests.custody.test_import import imported, rows
from tests.custody.test_import_takedown import file_of


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("left") / "news"
    small_archive(folder)
    return folder


@pytest.fixture
def news(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "news")
    return tmp_path / "news"


def test_files_that_nobody_knows(news: Path, tmp_path: Path) -> None:
    file_of(news / "warc", "gift.warc.gz", 1)
    file_of(news / "warc", "plain.warc", 2)
    (news / "warc" / "empty.warc.gz").touch()
    run_broadsheet("verify", "--archive", news, code=7)
    for words in ((), ("--dry-run",)):
        said = run_broadsheet("repair", "--archive", news, *words, code=7).stderr
        assert (
            "warc/gift.warc.gz: the database does not know this file; move it away, and if need be import" in said
        )
        assert "warc/plain.warc: the database does not know this file" in said
        assert "warc/empty.warc.gz: is empty, and the database does not know it; delete it" in said
        assert "nothing is damaged" not in said
    said = run_broadsheet("rebuild", "--archive", news, code=7).stderr
    assert "gift.warc.gz: was not written by Broadsheet; move it away, and import it from there" in said
    assert "plain.warc: nothing tells of its import" in said and "empty.warc.gz: holds no record" in said
    assert "3 places or files could not be read" in said
    assert len(rows(news, "SELECT * FROM articles")) > 0
    for name in ("gift.warc.gz", "plain.warc", "empty.warc.gz"):
        (news / "warc" / name).rename(tmp_path / name)
    for command in ("verify", "repair", "rebuild"):
        run_broadsheet(command, "--archive", news)


def test_a_file_under_another_name(news: Path) -> None:
    path = sorted((news / "warc").glob("*.warc.gz"))[0]
    path.rename(path.with_name("other.warc.gz"))
    said = run_broadsheet("repair", "--archive", news, code=7).stderr
    assert f"{path.name}: is missing" in said and f"by its sha256 it is {path.name}" in said


@pytest.mark.parametrize("how", ["deleted", "damaged", "cut"])
def test_checksums_that_are_gone(how: str, news: Path) -> None:
    """Verify says so, quick or not; repair makes them anew when it is told to take the database as it is."""
    sums = news / "archive.db-sums"
    if how == "deleted":
        sums.unlink()
    else:
        data = sums.read_bytes()
        sums.write_bytes(b"x" + data[1:] if how == "damaged" else data[:-8])
    for words in ((), ("--quick",)):
        done = run_broadsheet("verify", "--archive", news, *words, code=7)
        assert f"{sums}" in done.stdout and "broadsheet repair --accept-database makes it anew" in done.stdout
    for words in ((), ("--dry-run",)):
        said = run_broadsheet("repair", "--archive", news, *words, code=7).stderr
        assert (
            "find nothing wrong with archive.db" in said and "--accept-database takes archive.db as it is" in said
        )
    said = run_broadsheet("repair", "--archive", news, "--accept-database").stderr
    assert "archive.db taken as it is: its checksums (archive.db-sums) made anew" in said
    run_broadsheet("verify", "--archive", news)


def test_checksums_that_are_gone_and_a_text_that_is_another(news: Path) -> None:
    (news / "archive.db-sums").unlink()
    data = (news / "archive.db").read_bytes()
    assert data.count(b"is to be mended") > 1
    (news / "archive.db").write_bytes(data.replace(b"is to be mended", b"is to be tended"))
    said = run_broadsheet("repair", "--archive", news, code=7).stderr
    assert "broadsheet rebuild makes it again" in said and "find nothing wrong" not in said


def test_a_new_archive_has_checksums(tmp_path: Path) -> None:
    store.create(tmp_path / "news")
    for words in ((), ("--quick",)):
        done = run_broadsheet("verify", "--archive", tmp_path / "news", *words)
        assert "pages" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("repair",), ("repair", "--dry-run"), ("takedown", "1", "--reason", "x", "--yes"), ("import",),
        ("reextract",), ("rebuild",), ("furniture", "decide"),
    ],
)  # fmt: skip
def test_where_there_is_no_archive_nothing_is_left(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    file = [file_of(tmp_path, "one.warc.gz", 1)] if words == ("import",) else []
    run_broadsheet(*words, *file, "--archive", tmp_path / "empty", code=None if "furniture" in words else 3)
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_dry_run_counts_each_record_once(tmp_path: Path) -> None:
    store.create(tmp_path / "news")
    folder = tmp_path / "all"
    folder.mkdir()
    file_of(folder, "a.warc.gz", 1, 2)
    shutil.copy(folder / "a.warc.gz", folder / "b.warc.gz")
    file_of(folder, "c.warc.gz", 2, 3)
    file_of(folder, "d.warc.gz", 1, 3)
    would = run_broadsheet("import", "--archive", tmp_path / "news", "--dry-run", folder).stderr
    assert "4 files: 3 captures would be entered" in would
    assert sum(report["captures"] for report in imported(tmp_path / "news", folder)) == 3


def test_what_is_said_when_nothing_was_taken_in(tmp_path: Path) -> None:
    news, noise = tmp_path / "news", tmp_path / "noise.warc"
    store.create(news)
    noise.write_bytes(b"noise" * 100)
    good = file_of(tmp_path, "good.warc.gz", 1)
    assert "all else was taken in" not in run_broadsheet("import", "--archive", news, noise, code=7).stderr
    dry = run_broadsheet("import", "--archive", news, "--dry-run", noise, good, code=7)
    assert "all else was taken in" not in dry.stderr
    assert "all else was taken in" in run_broadsheet("import", "--archive", news, noise, good, code=7).stderr


def test_a_name_that_leads_nowhere(tmp_path: Path) -> None:
    news, good = tmp_path / "news", file_of(tmp_path, "good.warc.gz", 1)
    store.create(news)
    done = run_broadsheet("import", "--archive", news, good, tmp_path / "god.warc.gz", code=9)
    assert f"there is no file or folder {tmp_path / 'god.warc.gz'}" in done.stderr
    assert rows(news, "SELECT * FROM warc_file") == []


NAMES = {
    "新聞.warc.gz": "IMPORTED-新聞.warc.gz",
    "हिन्दी समाचार.warc.gz": "IMPORTED-हिन्दी-समाचार.warc.gz",
    "cafe\u0301.warc": "IMPORTED-caf\u00e9.warc",
    "a\u202eb\n|c?.warc.gz": "IMPORTED-a-b-c.warc.gz",
    "📰.warc.gz": "IMPORTED-file.warc.gz",
    "ш" * 120 + ".warc.gz": "IMPORTED-" + "ш" * 80 + ".warc.gz",
}


def test_names_of_all_scripts(tmp_path: Path) -> None:
    """They stay what they are, and every command lives with them."""
    news = tmp_path / "news"
    store.create(news)
    imported(news, *(file_of(tmp_path, name, number) for number, name in enumerate(NAMES)))
    assert {path.name for path in (news / "warc").glob("IMPORTED*")} == set(NAMES.values())
    told = rows(news, "SELECT imported_from, filename FROM warc_file WHERE imported_from IS NOT NULL")
    assert dict(told) == NAMES
    run_broadsheet("verify", "--archive", news)
    handed = tmp_path / "all.wacz"
    run_broadsheet("wacz", "--archive", news, "-o", handed)
    assert run_broadsheet("cdxj", "--archive", news).stdout.isascii()
    run_broadsheet("rebuild", "--archive", news)
    run_broadsheet("verify", "--archive", news)
    store.create(tmp_path / "other")
    assert sum(report["captures"] for report in imported(tmp_path / "other", handed)) == len(NAMES)
