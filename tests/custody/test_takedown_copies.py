"""A takedown looks through the copies of other tools' files: what was never entered as a capture goes as well."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.warc.reader import iter_records
from archive.warc.removal import Removal
from archive.warc.rewrite import WRITTEN, Change, beside, rewrite
from tests.conftest import run_broadsheet
from tests.core.samples import answer, article_page
from tests.custody import writers
from tests.custody.gone import texts
from tests.custody.same_rows import differences
from tests.custody.test_import import imported, rows
from tests.custody.test_import_takedown import DATE, GONE, SECRET, file_of, holds, story
from tests.custody.writers import HOST, other, record_id, response, zipped

LATER = "2021-01-01T00:00:00Z"
TEXT = b"the text: " + SECRET
RESOURCE = record_id(f"resource {GONE} {DATE}")
OF_IT = record_id(f"response {GONE} {DATE}")


def take_down(news: Path, ref: str = GONE, code: int = 0) -> tuple[dict[str, Any], str]:
    done = run_broadsheet(
        "takedown", "--archive", news, "--yes", "--json", "--reason", "it was asked for", ref, code=code
    )
    return json.loads(done.stdout or "{}"), done.stderr


def check(news: Path) -> None:
    """Nothing is left; the archive is whole, a rebuild gives the same, and a WACZ of it brings nothing back."""
    assert holds(news) == []
    run_broadsheet("verify", "--archive", news)
    index = run_broadsheet("cdxj", "--archive", news).stdout
    assert "story/2" not in index
    handed = news.with_name("handed.wacz")
    run_broadsheet("wacz", "--archive", news, "-o", handed, "--force")
    with zipfile.ZipFile(handed) as container:
        for name in container.namelist():
            data = container.read(name)
            data = gzip.decompress(data) if name.endswith(".gz") else data
            assert SECRET not in data and (name.startswith("archive/") or b"story/2" not in data), name
    held = rows(news, "SELECT url FROM articles ORDER BY url")
    imported(news, handed, code=None)
    assert rows(news, "SELECT url FROM articles ORDER BY url") == held and holds(news) == []
    copy = news.with_name("copy")
    shutil.copytree(news, copy)
    run_broadsheet("rebuild", "--archive", copy)
    assert differences(news / "archive.db", copy / "archive.db") == []
    run_broadsheet("verify", "--archive", copy)


RECORDS = {
    "known already": [response(GONE, DATE, story(2))],
    "in the same file twice": [response(f"{HOST}/story/7", DATE, story(7)), response(GONE, DATE, story(2))] * 2,
    "conversion": [other("conversion", GONE, DATE, TEXT, "text/plain", WARC_Refers_To=OF_IT)],
    "conversion of another address": [
        other("conversion", f"{HOST}/x.txt", DATE, TEXT, "text/plain", WARC_Refers_To=OF_IT)
    ],
    "resource": [other("resource", GONE, DATE, TEXT, "text/html")],
    "urn:text": [other("resource", f"urn:text:{GONE}", DATE, TEXT, "text/plain")],
    "urn:view": [other("resource", f"urn:view:{GONE.replace('https', 'http')}", DATE, TEXT, "image/png")],
    "resource of the same bytes": [
        other("resource", f"{HOST}/copied", DATE, story(2).partition(b"\r\n\r\n")[2], "text/html")
    ],
    "metadata that refers": [
        other("metadata", f"{HOST}/m", DATE, TEXT, "text/plain", WARC_Refers_To=OF_IT),
        other("metadata", f"{HOST}/n", DATE, TEXT, "text/plain", WARC_Concurrent_To=OF_IT),
    ],
    "what refers to what refers": [
        other("metadata", "metadata://x/", DATE, TEXT, "text/plain", WARC_Refers_To=RESOURCE),
        other("resource", GONE, DATE, TEXT, "text/html"),
    ],
    "http instead of https, and with a tracking parameter": [
        other("resource", GONE.replace("https", "http"), DATE, TEXT, "text/html"),
        other("resource", GONE + "?utm_source=feed", DATE, TEXT, "text/html"),
    ],
    "without a record id": [response(GONE, LATER, story(2)).replace(b"WARC-Record-ID", b"X-Record")],
    "no answer of a server": [response(GONE, LATER, TEXT)],
}  # fmt: skip


@pytest.mark.parametrize("case", RECORDS)
def test_what_is_no_capture_goes_too(case: str, tmp_path: Path) -> None:
    news = tmp_path / "news"
    store.create(news)
    imported(news, file_of(tmp_path, "one.warc.gz", 1, 2, 3))
    two = tmp_path / "two.warc.gz"
    two.write_bytes(zipped([response(f"{HOST}/story/4", DATE, story(4)), *RECORDS[case]]))
    imported(news, two, code=None)
    assert set(holds(news)) == {"IMPORTED-one.warc.gz", "IMPORTED-two.warc.gz", "archive.db"}
    before = {r.record_id: r.block for r in iter_records(news / "warc" / "IMPORTED-two.warc.gz")}
    take_down(news)
    after = {r.record_id: r.block for r in iter_records(news / "warc" / "IMPORTED-two.warc.gz")}
    assert all(after[record_id] == block for record_id, block in before.items() if SECRET not in block)
    check(news)


def test_later_it_does_not_come_in(tmp_path: Path) -> None:
    """The same records, in a file that comes when the article is gone."""
    news = tmp_path / "news"
    store.create(news)
    imported(news, file_of(tmp_path, "one.warc.gz", 1, 2, 3))
    take_down(news)
    later = [tmp_path / f"later-{number}.warc.gz" for number in range(len(RECORDS))]
    for number, (path, records) in enumerate(zip(later, RECORDS.values(), strict=True)):
        path.write_bytes(zipped([response(f"{HOST}/story/{number + 100}", DATE, story(4)), *records]))
    imported(news, *later, code=None)
    assert holds(news) == []
    check(news)


def test_another_record_with_its_id_goes_or_stays_by_what_it_is(tmp_path: Path) -> None:
    """In two: a page of its own under the id of the article's record. In three: the article under the id of another."""
    news = tmp_path / "news"
    store.create(news)
    imported(news, file_of(tmp_path, "one.warc.gz", 1, 2, 3))
    two, three = tmp_path / "two.warc.gz", tmp_path / "three.warc.gz"
    elsewhere = response(f"{HOST}/story/8", LATER, story(8), name=f"response {GONE} {DATE}")
    two.write_bytes(zipped([response(f"{HOST}/story/4", DATE, story(4)), elsewhere]))
    as_another = response(GONE, LATER, story(2), name=f"response {HOST}/story/1 {DATE}")
    three.write_bytes(zipped([response(f"{HOST}/story/5", DATE, story(5)), as_another]))
    imported(news, two, three, code=7)
    take_down(news)
    assert b"Bridge 8" in gzip.decompress((news / "warc" / "IMPORTED-two.warc.gz").read_bytes())
    assert rows(news, "SELECT count(*) FROM articles") == [(4,)]
    assert (f"{HOST}/story/1",) in rows(news, "SELECT url FROM capture JOIN url USING (url_id)")
    assert holds(news) == []
    run_broadsheet("verify", "--archive", news)


@pytest.mark.parametrize("name", ["cut.warc.gz", "cut.warc"])
def test_bytes_that_are_no_record_any_more(name: str, tmp_path: Path) -> None:
    """The end of a file that was cut: what can still be told of it names the page. What cannot be told is named."""
    news = tmp_path / "news"
    store.create(news)
    imported(news, file_of(tmp_path, "one.warc.gz", 1, 2, 3))
    path = file_of(tmp_path, name, 4, 5, 2, date=LATER)
    path.write_bytes(path.read_bytes()[:-120])
    imported(news, path, code=7)
    junk = tmp_path / "junk.warc.gz"
    junk.write_bytes(zipped([response(f"{HOST}/story/6", DATE, story(6))]) + bytes(range(1, 200)))
    imported(news, junk, code=7)
    found, said = take_down(news)
    assert not any(SECRET in text for _, text in texts(news))
    copy = news / "warc" / f"IMPORTED-{name}"
    assert SECRET not in b"".join(r.block for r in iter_records(copy))
    assert [place.partition(":")[0] for place in found["unread"]] == [
        f"IMPORTED-junk.warc.gz at {len(zipped([response(f'{HOST}/story/6', DATE, story(6))]))}"
    ]
    assert "may hold it, but cannot be read, and stays: IMPORTED-junk.warc.gz at " in said
    assert rows(news, "SELECT count(*) FROM articles") == [(5,)]
    run_broadsheet("verify", "--archive", news)
    shutil.copytree(news, tmp_path / "copy")
    run_broadsheet("rebuild", "--archive", tmp_path / "copy")
    assert differences(news / "archive.db", tmp_path / "copy" / "archive.db") == []


def test_a_file_of_browsertrix(tmp_path: Path) -> None:
    """What the crawler notes of a page beside it: its text, its picture, what it fetched for it."""
    news = tmp_path / "news"
    store.create(news)
    url = f"{HOST}/b/1"
    imported(news, writers.browsertrix(tmp_path / "rec-0.warc.gz", writers.articles(1, 2, path="b")))
    _, said = take_down(news, url)
    assert "what is no capture here, but holds or tells of it: 3 resource" in said
    (path,) = (news / "warc").glob("IMPORTED-*")
    kinds = [record.record_type for record in iter_records(path) if url in (record.url or "")]
    assert kinds == ["metadata", "request", "metadata", "metadata", "metadata"]
    run_broadsheet("verify", "--archive", news)


def test_a_file_by_reference_is_left_and_not_handed_over(tmp_path: Path) -> None:
    """It is named; a WACZ takes it without what was taken down, and the index does not know that either."""
    news, there = tmp_path / "news", tmp_path / "there.warc.gz"
    store.create(news)
    there.write_bytes(
        zipped([response(f"{HOST}/story/1", DATE, story(1)), response(GONE, DATE, story(2)), *RECORDS["urn:text"]])
    )
    imported(news, "--reference", there)
    data = there.read_bytes()
    found, said = take_down(news)
    assert found["elsewhere"] == ["there.warc.gz"] and "imported by reference: there.warc.gz" in said
    assert there.read_bytes() == data
    check(news)
    assert there.read_bytes() == data and not list(tmp_path.glob("there.*.*.*"))


def test_both_schemes_of_an_address_are_one(tmp_path: Path) -> None:
    """Captured under http once and https later, both go, and the plan names the other one."""
    news = tmp_path / "news"
    store.create(news)
    path = tmp_path / "two.warc.gz"
    other_text = answer(article_page(9).replace(b"council", SECRET))
    records = [response(GONE, DATE, story(2)), response(GONE.replace("https", "http"), LATER, other_text)]
    path.write_bytes(zipped([*records, response(f"{HOST}/story/1", DATE, story(1))]))
    imported(news, path)
    _, said = take_down(news)
    assert f"        {GONE.replace('https', 'http')}" in said
    assert rows(news, "SELECT url FROM articles") == [(f"{HOST}/story/1",)]
    check(news)


def test_articles_that_link_to_it_are_counted_and_stay(tmp_path: Path) -> None:
    news = tmp_path / "news"
    store.create(news)
    headline = "Bridge 2 is to be mended at last"
    related = f'<aside><h2>More</h2><ul><li><a href="{GONE}">{headline}</a></li></ul></aside>'.encode()
    linking = answer(article_page(5).replace(b"</article>", related + b"</article>"))
    path = tmp_path / "one.warc.gz"
    path.write_bytes(file_of(tmp_path, "some.warc.gz", 1, 2).read_bytes())
    path.write_bytes(path.read_bytes() + zipped([response(f"{HOST}/linking", DATE, linking)]))
    imported(news, path)
    sql = """SELECT removed.text FROM removed JOIN version USING (version_id) JOIN article USING (article_id)
             WHERE article.url LIKE '%linking' AND removed.text LIKE '%Bridge 2 is%'"""
    held = rows(news, sql)
    assert held, "the link is no part of the text"
    found, said = take_down(news)
    assert found["naming"] == 1
    assert "stays: its headline in 1 other article, as a link to it most likely" in said
    assert rows(news, sql) == held


def test_where_an_import_that_was_stopped_goes_on(tmp_path: Path) -> None:
    """The end of what is entered moves with the records before it."""
    path = file_of(tmp_path, "one.warc.gz", 1, 2, 3, 4)
    records = list(iter_records(path))
    note = Removal("takedown", "<urn:x>", "response", GONE, DATE).member(None)
    changes = [Change(r.offset, r.offset + r.length, (note,)) for r in (records[0], records[2])]
    new = rewrite(path, changes)
    now = list(iter_records(beside(path, WRITTEN)))
    for before, after in zip(records, now, strict=True):
        assert new.end_moved(before.offset) == after.offset
