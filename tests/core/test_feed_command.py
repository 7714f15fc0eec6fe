"""`broadsheet feed FILE`: what feeds of every kind list, and what hostile ones come to."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import feed_command, feeds
from archive.errors import BadInput, BroadsheetError
from archive.scope import MAX_INDEXES
from tests.core.feed_samples import INDEX, ITEMS, RSS_20, SAMPLES, SITEMAP, bomb, kind_of

BASE = "https://news.example/feed"
FIRST, SECOND = "https://news.example/2026/03/first", "https://news.example/2026/03/second"


@pytest.mark.parametrize("name", SAMPLES)
def test_each_kind_lists_the_same_two_stories(name: str, tmp_path: Path, broadsheet: Any) -> None:
    path = tmp_path / "feed"
    path.write_bytes(SAMPLES[name])
    found = json.loads(broadsheet("feed", path, "--url", BASE, "--json").stdout)
    assert (found["kind"], found["error"], found["feeds"]) == (kind_of(name), None, [])
    assert [entry["url"] for entry in found["entries"]] == [FIRST, SECOND]
    first = found["entries"][0]
    if kind_of(name) != "sitemap":
        assert first["title"] == "First & best"
    if not name.startswith("text"):
        date = first["published"] or first["modified"]
        assert date == ("2026-03-02" if kind_of(name) == "sitemap" else "2026-03-02T08:15:00+01:00")
    if name in ("json-1.1", "news-sitemap"):
        assert first["language"] == "en"


def test_for_people_it_is_a_table_with_the_newest_first(tmp_path: Path, broadsheet: Any) -> None:
    path = tmp_path / "feed"
    newer = (
        ITEMS.replace("02 Mar", "05 Mar")
        .replace("First", "新しい")
        .replace("/first", "/newer")
        .partition("<item><title><!")[0]
    )
    path.write_text(RSS_20.replace("</channel>", newer + "</channel>"))
    done = broadsheet("feed", path, "--url", BASE)
    assert done.stdout.splitlines() == [
        f"rss  T  3 entries, newest 2026-03-05  {path}",
        "  2026-03-05 08:15+01:00  新しい &amp; best".replace("&amp;", "&")
        + "         https://news.example/2026/03/newer",
        f"  2026-03-02 08:15+01:00  First & best          {FIRST}",
        f"  -                       Second & <b>last</b>  {SECOND}",
    ]
    assert broadsheet("feed", path, "--url", BASE, "-n", "1").stdout.splitlines()[2:] == [
        "  ... and 2 more: --limit 3"
    ]
    assert len(json.loads(broadsheet("feed", path, "--url", BASE, "-n", "1", "--json").stdout)["entries"]) == 1


def test_an_index_lists_sitemaps(tmp_path: Path, broadsheet: Any) -> None:
    path = tmp_path / "index.xml"
    path.write_text(INDEX)
    lines = broadsheet("feed", path).stdout.splitlines()
    assert lines[0].startswith("sitemap-index  2 sitemaps, newest 2026-03-02")
    assert [line.split()[-1] for line in lines[1:]] == [
        "https://news.example/new.xml.gz",
        "https://news.example/old.xml",
    ]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(RSS_20.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    listing = feed_command.read_file("-", BASE)
    assert [entry.url for entry in listing.feed.entries] == [FIRST, SECOND]


# What is wrong is said, with an exit code; what could be read is shown.

CUT = {name: payload[:-5] for name, payload in SAMPLES.items() if not name.startswith("text")}
WRONG: dict[str, tuple[bytes, int, str]] = {
    "empty": (b" \n", 9, "it is empty"),
    "page": (b"<!DOCTYPE html><html><head><title>404</title></head><body><rss></body></html>", 9, "a web page"),
    "page without a doctype": (b"<head><title>No <feed> here</title>", 9, "a web page"),
    "something else": (b"%PDF-1.7", 9, "neither RSS"),
    "other JSON": (b'{"a": 1}', 9, "no JSON Feed"),
    "bomb in a sitemap": (bomb("urlset", "url", "loc"), 9, "entities"),
    "bomb in a feed": (bomb("rss", "item", "link"), 9, "entities"),
    "a file of ours": (
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>',
        9,
        "entities",
    ),
    "one long entity, often": (
        b'<!DOCTYPE urlset [<!ENTITY x "' + b"x" * 10_000 + b'">]><urlset>' + b"<a>&x;</a>" * 1000 + b"</urlset>",
        9,
        "entities",
    ),
    "gzip of zeros": (gzip.compress(bytes(60_000_000), 1), 24, "longer than 50 MB"),
    "gzip of a long sitemap": (
        gzip.compress(SITEMAP.encode().replace(b"</urlset>", b" " * 60_000_000 + b"</urlset>"), 1),
        24,
        "longer than 50 MB",
    ),
    "long RSS": (RSS_20.encode().replace(b"</channel>", b" " * 4_300_000 + b"</channel>"), 24, "longer than 4 MB"),
    "damaged gzip": (b"\x1f\x8b" + b"garbage" * 10, 9, "gzip"),
    "an index that lists itself": (INDEX.replace("/old.xml", "/feed").encode(), 9, "the index lists itself"),
    **{f"{name}, cut": (payload, 9, "") for name, payload in CUT.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str, tmp_path: Path, broadsheet: Any) -> None:
    payload, code, words = WRONG[name]
    path = tmp_path / "feed"
    path.write_bytes(payload)
    done = broadsheet("feed", path, "--url", BASE, code=code)
    assert words in done.stderr
    assert done.stderr.startswith(f"broadsheet: {path}: ") and len(done.stderr.splitlines()) == 1
    if name in ("rss-2.0, cut", "sitemap, cut", "atom-1.0, cut", "long RSS", "gzip of a long sitemap"):
        assert FIRST in done.stdout


def test_more_than_50_mb_of_a_file_are_not_read(tmp_path: Path, broadsheet: Any) -> None:
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.write(SITEMAP.encode().removesuffix(b"</urlset>"))
        file.truncate(80_000_000)
    assert "longer than 50 MB" in broadsheet("feed", path, code=24).stderr


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_command, "DEADLINE_S", 0.05)
    feed = feed_command.parse(b"<rss><channel>" + b"<item>" * 500_000, BASE)
    assert feed.entries == () and "it cannot be read" in (feed.error or "")


def test_missing_files_and_folders(tmp_path: Path, broadsheet: Any) -> None:
    assert "No such file" in broadsheet("feed", tmp_path / "none", code=9).stderr
    assert "directory" in broadsheet("feed", tmp_path, code=9).stderr
    assert "--url" in broadsheet("feed", tmp_path, "--url", "news.example", code=9).stderr
    broadsheet("feed", tmp_path, "--follow", code=2)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_no_sample_cut_or_changed_makes_it_fall(name: str, data: st.DataObject) -> None:
    payload = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(payload)))
        change = data.draw(st.sampled_from(["drop", "put", "twice", "swap"]))
        if change == "drop":
            del payload[at : at + data.draw(st.integers(1, 40))]
        elif change == "put":
            payload[at:at] = data.draw(
                st.binary(max_size=20) | st.sampled_from([b"<", b"]]>", b"&#0;", b"\0", b'"'])
            )
        elif change == "twice":
            payload[at:at] = payload[at : at + 80]
        else:
            payload[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))
    listing = feed_command.Listing("x", BASE, feeds.parse(bytes(payload), BASE))
    assert all(entry.url.startswith(("http://", "https://")) for entry in listing.feed.entries)
    text = list(feed_command.as_text(listing, None))
    assert all(line.isprintable() for line in text)
    json.dumps(feed_command.as_json(listing, None)).encode()
    assert isinstance(feed_command.failure([listing]), BroadsheetError | None)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_cut_is_told_or_harmless(name: str) -> None:
    """What is cut anywhere lists no more than the whole, and never an address that is not there."""
    payload = SAMPLES[name]
    for end in range(0, len(payload), 7):
        feed = feeds.parse(payload[:end], BASE)
        assert {entry.url for entry in feed.entries} <= {FIRST, SECOND} or name in ("text", "text.gz")
        if kind_of(name) != "sitemap" or not name.startswith("text"):
            assert feed.error or len(feed.entries) == 2 or not payload[end:].strip()


def test_endless_loops_of_indexes_end() -> None:
    def index(*children: str) -> bytes:
        rows = "".join(f"<sitemap><loc>{child}</loc></sitemap>" for child in children)
        return f"<sitemapindex>{rows}</sitemapindex>".encode()

    a, b = "https://news.example/a", "https://news.example/b"
    loop = feed_command.Following(True)
    assert loop.read(a, a, index(b)) == [b]
    assert loop.read(b, b, index(a, "https://news.example/c")) == ["https://news.example/c"]
    assert "endless loop" in loop.problems[0]
    assert isinstance(feed_command.failure(loop.listings, loop.problems), BadInput)
    endless, asked, number = feed_command.Following(True), ["https://news.example/0"], 0
    while asked:
        number += 1
        (url,) = asked
        asked = endless.read(url, url, index(f"https://news.example/{number}"))
    assert number == MAX_INDEXES + 1 and "not followed" in endless.problems[0]
    wide = feed_command.Following(True)
    assert len(wide.read(a, a, index(*(f"{b}/{n}" for n in range(3000))))) == feed_command.MAX_FOLLOWED
    assert wide.problems
