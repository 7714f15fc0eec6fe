"""A takedown of what was imported, and an import of what was taken down: it does not come back, nor do its bytes."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest

from archive import store
from tests.conftest import run_broadsheet
from tests.core.samples import answer, article_page
from tests.custody.same_rows import differences
from tests.custody.test_import import imported, rows
from tests.custody.writers import HOST, response, zipped

DATE = "2020-01-01T00:00:00Z"
SECRET = b"Quetzalcoatlus"
GONE = f"{HOST}/story/2"


def story(number: int) -> bytes:
    """Number 2 has the word that is to go."""
    return answer(article_page(number).replace(b"council", SECRET if number == 2 else b"council"))


def file_of(folder: Path, name: str, *numbers: int, date: str = DATE) -> Path:
    records = [response(f"{HOST}/story/{n}", date, story(n)) for n in numbers]
    path = folder / name
    path.write_bytes(zipped(records) if name.endswith(".gz") else b"".join(records))
    return path


def holds(folder: Path) -> list[str]:
    """The files of an archive in which the word stands, packed or not."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if SECRET in data or (path.suffix == ".gz" and SECRET in gzip.decompress(data)):
            found.append(path.name)
    return found


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """An archive that has imported a file, of which one article was taken down since."""
    store.create(tmp_path / "news")
    imported(tmp_path / "news", file_of(tmp_path, "one.warc.gz", 1, 2, 3))
    run_broadsheet("takedown", "--archive", tmp_path / "news", "--yes", "--reason", "it was asked for", GONE)
    assert holds(tmp_path / "news") == []
    return tmp_path / "news"


def rebuilt_is_equal(news: Path) -> None:
    copy = news.with_name("copy")
    shutil.copytree(news, copy)
    done = run_broadsheet("rebuild", "--archive", copy)
    assert "changed" not in done.stderr
    assert differences(news / "archive.db", copy / "archive.db") == []
    run_broadsheet("verify", "--archive", copy)


def test_a_rebuild_knows_that_the_file_was_written_anew(news: Path) -> None:
    run_broadsheet("verify", "--archive", news)
    rebuilt_is_equal(news)


def test_the_same_file_again_brings_nothing(news: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in (news / "warc").iterdir())
    (report,) = imported(news, tmp_path / "one.warc.gz")
    assert (report["state"], report["captures"], report["known"]) == ("known", 0, 2)
    assert report["left_out"] == {"taken down on request": 1}
    assert sorted(path.name for path in (news / "warc").iterdir()) == names


@pytest.mark.parametrize("name", ["other.warc.gz", "other.warc"])
def test_another_capture_of_it_comes_in_without_it(name: str, news: Path, tmp_path: Path) -> None:
    """By its address, and by its bytes at another address; what else the file has is in."""
    path = file_of(tmp_path, name, 2, 4, date="2021-01-01T00:00:00Z")
    copied = response(f"{HOST}/copied", "2021-01-01T00:00:00Z", story(2))
    path.write_bytes(path.read_bytes() + (zipped([copied]) if name.endswith(".gz") else copied))
    (report,) = imported(news, path)
    assert (report["captures"], report["left_out"]["taken down on request"]) == (1, 2)
    assert holds(news) == []
    held = {url for (url,) in rows(news, "SELECT url FROM articles")}
    assert held == {f"{HOST}/story/{n}" for n in (1, 3, 4)}
    outcomes: dict[str, Any] = dict(rows(news, "SELECT url, outcome FROM attempt JOIN url USING (url_id)"))
    assert outcomes[f"{HOST}/copied"] == "takedown"
    run_broadsheet("verify", "--archive", news)
    rebuilt_is_equal(news)


def test_by_reference_it_stays_out(news: Path, tmp_path: Path) -> None:
    (report,) = imported(
        news, "--reference", file_of(tmp_path, "there.warc.gz", 2, 5, date="2021-01-01T00:00:00Z")
    )
    assert (report["captures"], report["left_out"]) == (1, {"taken down on request": 1})
    assert {url for (url,) in rows(news, "SELECT url FROM articles")} == {f"{HOST}/story/{n}" for n in (1, 3, 5)}
    run_broadsheet("verify", "--archive", news)
    rebuilt_is_equal(news)


def test_a_file_that_was_changed_in_other_ways_is_named(news: Path) -> None:
    path = news / "warc" / "IMPORTED-one.warc.gz"
    data = bytearray(path.read_bytes())
    data[4] ^= 1  # the time in the header of the first member
    path.write_bytes(data)
    done = run_broadsheet("rebuild", "--archive", news, code=7)
    assert "one.warc.gz: is not what was imported" in done.stderr
