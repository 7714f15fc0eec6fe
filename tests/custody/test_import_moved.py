"""Imported files that are missing: an import of the same bytes from elsewhere takes them up again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archive import store
from tests.conftest import run_broadsheet
from tests.custody import writers
from tests.custody.same_rows import differences
from tests.custody.test_import import imported, rows
from tests.custody.test_import_takedown import GONE, file_of


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """An archive with a file by reference that has moved since."""
    store.create(tmp_path / "news")
    imported(tmp_path / "news", "--reference", file_of(tmp_path, "there.warc.gz", 1, 2, 3))
    (tmp_path / "there.warc.gz").rename(tmp_path / "elsewhere.warc.gz")
    return tmp_path / "news"


def test_it_is_said_that_it_is_missing(news: Path, tmp_path: Path) -> None:
    what = f"{tmp_path / 'there.warc.gz'}"
    done = run_broadsheet("repair", "--archive", news, code=7)
    assert what in done.stderr and "is missing" in done.stderr and "import --reference" in done.stderr
    assert "nothing is damaged" not in done.stderr
    done = run_broadsheet("wacz", "--archive", news, "-o", tmp_path / "x.wacz", code=7)
    assert f"{what} is missing" in done.stderr and "import --reference" in done.stderr
    assert not (tmp_path / "x.wacz").exists()


@pytest.mark.parametrize("how", ["--reference", "--copy"])
def test_an_import_takes_it_up_again(how: str, news: Path, tmp_path: Path) -> None:
    before = rows(news, 'SELECT record_id, "offset", version_id FROM capture ORDER BY record_id')
    moved = tmp_path / "elsewhere.warc.gz"
    done = run_broadsheet("import", "--archive", news, "--dry-run", how, moved)
    assert "was missing, and is found again" in done.stdout
    (report,) = imported(news, how, moved)
    assert report["state"] == "found"
    if how == "--copy":
        moved.unlink()
        assert rows(news, "SELECT filename, path FROM warc_file WHERE imported_from IS NOT NULL") == [
            ("IMPORTED-elsewhere.warc.gz", None)
        ]
    assert rows(news, 'SELECT record_id, "offset", version_id FROM capture ORDER BY record_id') == before
    for command in ("verify", "repair"):
        run_broadsheet(command, "--archive", news)
    run_broadsheet("wacz", "--archive", news, "-o", tmp_path / "x.wacz")
    shutil.copytree(news, tmp_path / "copy")
    run_broadsheet("rebuild", "--archive", tmp_path / "copy")
    # A copy has payloads to refer to, unlike what lay elsewhere; and the site came with the file that was found.
    found = differences(news / "archive.db", tmp_path / "copy" / "archive.db")
    assert [line for line in found if "payload: " not in line and "added_at" not in line] == []
    assert rows(tmp_path / "copy", "SELECT unsettled FROM site") == [(0,)]
    if how == "--reference":
        (report,) = imported(news, how, moved)
        assert report["state"] == "known"


def test_a_copy_that_is_missing_is_put_back(news: Path, tmp_path: Path) -> None:
    path = file_of(tmp_path, "one.warc.gz", 5, 6)
    imported(news, path)
    (news / "warc" / "IMPORTED-one.warc.gz").unlink()
    (report,) = imported(news, path)
    assert (report["state"], report["warc_file"]) == ("found", "IMPORTED-one.warc.gz")
    assert (news / "warc" / "IMPORTED-one.warc.gz").read_bytes() == path.read_bytes()


def test_what_was_taken_down_is_not_copied(news: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere.warc.gz"
    moved.rename(tmp_path / "there.warc.gz")
    run_broadsheet("takedown", "--archive", news, "--yes", "--reason", "asked", GONE)
    (tmp_path / "there.warc.gz").rename(moved)
    done = run_broadsheet("import", "--archive", news, moved, code=7)
    assert "--reference takes it where it lies" in done.stderr
    packed = writers.wacz(tmp_path / "packed.wacz", [moved])
    for how in ("--copy", "--reference"):  # what is packed is copied in any case
        run_broadsheet("import", "--archive", news, how, packed, code=7)
        assert not list((news / "warc").glob("IMPORTED*"))
    (report,) = imported(news, "--reference", moved)
    assert report["state"] == "found"
    run_broadsheet("verify", "--archive", news)
