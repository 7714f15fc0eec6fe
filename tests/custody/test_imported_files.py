"""Takedown and repair of what was imported: the copies in warc/ came from other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive import store
from archive.check import verify_folder
from archive.cli import cli
from archive.warc.reader import iter_records
from archive.warc.verify import Counts
from tests.core.samples import answer, article_page
from tests.custody.same_rows import rows
from tests.custody.test_import_history import BODY, PAGE, STORY, revisit, warc
from tests.custody.writers import HOST, record_id, response, sha1

OTHER = f"{HOST}/other"


@pytest.fixture(params=["theirs.warc.gz", "theirs.warc"])
def news(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An archive with a copy of a foreign file: a story, a revisit of it, and a record that was odd from the first."""
    folder = tmp_path / "news"
    store.create(folder)
    first = response(STORY, "2020-01-01T00:00:00Z", PAGE)
    again = revisit("2020-02-01T00:00:00Z", WARC_Refers_To=record_id(f"response {STORY} 2020-01-01T00:00:00Z"),
                    WARC_Refers_To_Target_URI=STORY, WARC_Refers_To_Date="2020-01-01T00:00:00Z",
                    WARC_Payload_Digest=sha1(BODY))  # fmt: skip
    odd = response(OTHER, "2020-01-02T00:00:00Z", answer(article_page(7)), WARC_Block_Digest="sha1:" + "A" * 32)
    path = tmp_path / request.param
    if path.suffix == ".gz":
        warc(path, first, odd, again)
    else:
        path.write_bytes(first + odd + again)
    run(folder, "import", path, error="could not be read")
    return folder


def run(folder: Path, *words: str | Path, error: str | None = None) -> Result:
    """`error`: what the command says of why it fails."""
    done = CliRunner().invoke(cli, [*map(str, words), "--archive", str(folder)])
    assert (error or "") in str(done.exception) and (done.exception is None) is (error is None), done.exception
    return done


def findings(folder: Path) -> list[str]:
    return [f"{f.file.name} {f.offset} {f.what}" for f in verify_folder(folder, Counts())]


def read(folder: Path) -> dict[str, Any]:
    with store.open_archive(folder) as archive:
        return dict(archive.db.execute("SELECT url, article_body FROM articles").fetchall())


def rebuilt(folder: Path) -> dict[str, list[dict[str, Any]]]:
    for path in folder.glob("archive.db*"):
        path.unlink()
    run(folder, "rebuild")
    assert findings(folder) == []
    return rows(folder / "archive.db")


def the_copy(folder: Path) -> Path:
    (path,) = (folder / "warc").glob("IMPORTED-*")
    return path


def test_what_was_imported_can_be_taken_down(news: Path) -> None:
    assert set(read(news)) == {STORY, OTHER} and findings(news) == []
    run(news, "takedown", STORY, "--reason", "asked", "--yes")
    assert set(read(news)) == {OTHER} and findings(news) == []
    assert all(b"bridge number 1." not in record.block for record in iter_records(the_copy(news)))
    before = rows(news / "archive.db")
    after = rebuilt(news)
    assert set(read(news)) == {OTHER}
    for table in ("article", "version", "capture", "takedown", "warc_file"):
        assert after[table] == before[table], table


def test_what_was_odd_stays_and_what_was_damaged_is_set_aside(news: Path) -> None:
    texts, path = read(news), the_copy(news)
    with store.open_archive(news) as archive:
        row = next(c for c in store.captures(archive.db) if c.record_type == "response" and c.url == STORY)
    data = bytearray(path.read_bytes())
    data[row.offset + row.length // 2] ^= 0xFF
    path.write_bytes(data)
    done = json.loads(run(news, "repair", "--json").stdout)
    assert [one["record_id"] for one in done["lost"]] == [row.record_id]
    assert findings(news) == [] and read(news) == texts
    assert any(record.header("WARC-Block-Digest") == "sha1:" + "A" * 32 for record in iter_records(path))
    before = rows(news / "archive.db")
    after = rebuilt(news)
    assert read(news) == texts
    for table in ("article", "version", "capture", "warc_file"):
        assert after[table] == before[table], table
