"""The index of imported files: each record is one line, whichever files hold it."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archive import store
from tests.conftest import run_broadsheet
from tests.core.samples import answer, article_page
from tests.custody.test_import import imported, rows
from tests.custody.writers import HOST, other, response, zipped

DATE = "2020-01-01T00:00:00Z"


def story(number: int) -> bytes:
    return response(f"{HOST}/story/{number}", DATE, answer(article_page(number)))


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Two files that overlap, in which a capture and a resource come twice; one of them even twice in one file."""
    store.create(tmp_path / "news")
    resource = other("resource", f"urn:text:{HOST}/story/2", DATE, b"the text", "text/plain")
    (tmp_path / "a.warc.gz").write_bytes(zipped([story(1), story(2), resource]))
    (tmp_path / "b.warc.gz").write_bytes(zipped([resource, story(2), story(3), story(3)]))
    imported(tmp_path / "news", tmp_path / "a.warc.gz", tmp_path / "b.warc.gz")
    return tmp_path / "news"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line.split(" ", 2)[2]) for line in text.splitlines()]


def check(news: Path, found: list[dict[str, Any]]) -> None:
    assert Counter(line["url"] for line in found) == {
        f"{HOST}/story/1": 1, f"{HOST}/story/2": 1, f"{HOST}/story/3": 1, f"urn:text:{HOST}/story/2": 1,
    }  # fmt: skip
    assert {line["status"] for line in found} == {"200"}
    captures = rows(
        news,
        'SELECT url, filename, "offset" FROM capture JOIN url USING (url_id) JOIN warc_file USING (warc_file_id)',
    )
    told = {(line["url"], line["filename"], int(line["offset"])) for line in found}
    assert set(captures) <= told and len(captures) == 3


def test_an_index_of_the_archive(news: Path) -> None:
    check(news, lines(run_broadsheet("cdxj", "--archive", news).stdout))


def test_a_wacz(news: Path, tmp_path: Path) -> None:
    run_broadsheet("wacz", "--archive", news, "-o", tmp_path / "all.wacz")
    with zipfile.ZipFile(tmp_path / "all.wacz") as container:
        check(news, lines(gzip.decompress(container.read("indexes/index.cdx.gz")).decode()))
