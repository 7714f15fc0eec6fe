"""What one commit writes, and that it writes all of it or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from store_samples import RECIPE, START, WARC, Maker, article, at, one, rows

from archive import store
from archive.model import (
    Article,
    Extraction,
    Feed,
    FeedEntry,
    FieldSource,
    Found,
    Outcome,
    PageKind,
    Removed,
    Verdict,
)
from archive.store.text import to_second, word_count

URL = "https://example.org/politics/council"


def test_an_article_with_all_its_rows(maker: Maker) -> None:
    extraction = Extraction(
        Verdict.ARTICLE,
        Article(
            headline="Council meets",
            headline_forms={"json_ld": "Council meets", "title": "Council meets | The Example"},
            description="A meeting.",
            authors=("Ada Byron", "Grace Murray"),
            byline_raw="By Ada Byron and Grace Murray",
            date_published="2024-01-20T17:47:00+05:30",
            date_published_raw="20 Jan 2024 5:47 PM IST",
            date_modified="2024-01-21",
            article_section="Politics",
            keywords=("council", "rates"),
            in_language="en-GB",
            publisher="The Example",
            is_accessible_for_free=True,
            image="https://example.org/i.jpg",
            image_caption="The hall",
            canonical_url="https://www.example.org/politics/council?utm_source=x",
            type="NewsArticle",
            article_body="The council met on Monday.\nIt won't meet again.",
        ),
        removed=(Removed("Share this", "share prompt"), Removed("Next Story", "next story")),
        sources=(FieldSource("headline", "json_ld", "Council meets", True),),
    )
    assert maker.commit(maker.page(URL, 5, extraction)) == store.Committed(1, 1, 1)
    (flat,) = maker.db.query("SELECT * FROM articles")
    assert {k: flat[k] for k in ("headline", "authors", "site", "section", "language", "word_count", "versions")} == {
        "headline": "Council meets", "authors": "Ada Byron; Grace Murray", "site": "example", "section": "Politics",
        "language": "en-GB", "word_count": 9, "versions": 1,
    }  # fmt: skip
    assert (flat["date_published"], flat["date_published_offset"]) == ("2024-01-20T12:17:00Z", "+05:30")
    assert (flat["date_modified"], flat["url"]) == ("2024-01-21", "https://www.example.org/politics/council")
    assert (flat["warc_file"], flat["warc_offset"], flat["warc_length"]) == (WARC, 0, 100)
    assert (flat["keywords"], flat["other_headlines"]) == ('["council", "rates"]', "Council meets | The Example")
    assert rows(maker.db, "SELECT reason, text FROM removed ORDER BY position") == [
        ("share prompt", "Share this"), ("next story", "Next Story"),
    ]  # fmt: skip
    assert rows(maker.db, "SELECT field, source, value, chosen FROM field_source") == [
        ("headline", "json_ld", "Council meets", 1)
    ]
    assert rows(maker.db, "SELECT name FROM version_author JOIN author USING (author_id) ORDER BY position") == [
        ("Ada Byron",), ("Grace Murray",),
    ]  # fmt: skip
    assert rows(maker.db, "SELECT outcome, status, capture_id, started_at FROM attempt") == [
        ("archived", 200, 1, "2024-01-20T12:00:05Z")
    ]
    assert rows(maker.db, "SELECT state, last_fetch, article_id FROM url") == [("done", "2024-01-20T12:00:05Z", 1)]
    assert rows(maker.db, "SELECT request_offset, request_length, metadata_offset, verdict FROM capture") == [
        (100, 50, None, "article")
    ]
    assert one(maker.db, "SELECT committed_bytes FROM warc_file") == 150
    assert one(maker.db, "SELECT sha256 FROM recipe") == RECIPE.sha256


def test_the_end_of_the_file_may_be_told(maker: Maker) -> None:
    store.commit(maker.db, [maker.page(URL)], warc_file_id=maker.file_id, committed_bytes=999)
    assert one(maker.db, "SELECT committed_bytes FROM warc_file") == 999
    store.commit(maker.db, [], warc_file_id=maker.file_id, committed_bytes=5)
    assert one(maker.db, "SELECT committed_bytes FROM warc_file") == 999


def test_several_captures_of_one_attempt(maker: Maker) -> None:
    first, second = maker.page(URL, 1, status=401), maker.page(URL, 2, article())
    maker.commit(replace(second, captures=(*first.captures, *second.captures)))
    assert rows(maker.db, "SELECT status, verdict, version_id FROM capture ORDER BY capture_id") == [
        (401, None, None), (200, "article", 1),
    ]  # fmt: skip
    assert rows(maker.db, "SELECT capture_id FROM attempt") == [(2,)]


@pytest.mark.parametrize(
    ("outcome", "next_state", "expected"),
    [
        (Outcome.TIMEOUT, "due", 3),
        (Outcome.TIMEOUT, "failed", 3),
        (Outcome.STOPPED, "due", 2),
        (Outcome.ARCHIVED, "done", 0),
        (Outcome.UNCHANGED, "due", 0),
        (Outcome.ROBOTS, "excluded", 0),
    ],
)
def test_tries_are_counted(maker: Maker, outcome: Outcome, next_state: str, expected: int) -> None:
    for second in (1, 2):
        maker.commit(maker.failed(URL, Outcome.TIMEOUT, second, next_state="due", due_at=START))
    maker.commit(maker.failed(URL, outcome, 3, next_state=next_state))
    assert one(maker.db, "SELECT attempts FROM url") == expected


def test_children_enter_the_frontier_with_where_they_were_found(maker: Maker) -> None:
    found = (
        Found("https://example.org/a", PageKind.PAGE, 3, depth=1),
        Found("https://example.org/b", PageKind.PAGE, excluded_by="trap"),
    )
    assert maker.commit(maker.page(URL, found=found)).new_urls == 3
    assert rows(maker.db, "SELECT url, state, excluded_by, priority, depth, found_on, host, surt FROM url")[
        1:
    ] == [
        ("https://example.org/a", "due", None, 3, 1, 1, "example.org", "org,example)/a"),
        ("https://example.org/b", "excluded", "trap", 0, 0, 1, "example.org", "org,example)/b"),
    ]


def listed(position: int, path: str, **fields: Any) -> Found:
    return Found(f"https://example.org/{path}", PageKind.PAGE, position=position, **fields)


def test_a_feed_and_its_sightings(maker: Maker) -> None:
    url = "https://example.org/rss"
    entries = tuple(FeedEntry(f"https://example.org/{n}") for n in range(3))
    feed = Feed("rss", "The Example", entries, error="cut in the middle")
    found = (
        listed(1, "0", claimed_title="Zero\n0", claimed_published="2024-01-20"),
        listed(2, "1"),
        listed(3, "2"),
    )
    maker.commit(maker.page(url, 1, kind=PageKind.FEED, feed=feed, found=found))
    assert rows(maker.db, "SELECT kind, title, entries, error, last_fetch FROM feed") == [
        ("rss", "The Example", 3, "cut in the middle", at(1)[:19] + "Z")
    ]
    assert rows(maker.db, "SELECT position, claimed_title, claimed_published, capture_id FROM sighting")[:2] == [
        (1, "Zero 0", "2024-01-20", 1), (2, None, None, 1),
    ]  # fmt: skip
    maker.commit(maker.failed(url, Outcome.TIMEOUT, 2, kind=PageKind.FEED))
    assert rows(maker.db, "SELECT kind, entries, error FROM feed") == [("rss", 3, "why")]
    maker.commit(
        maker.page(url, 3, kind=PageKind.FEED, feed=replace(feed, kind="atom", error=None), found=found[:1])
    )
    assert rows(maker.db, "SELECT kind, entries, error FROM feed") == [("atom", 1, None)]
    assert rows(maker.db, "SELECT position, seen_at, last_seen FROM sighting") == [
        (1, to_second(at(1)), to_second(at(3))), *((n, *[to_second(at(1))] * 2) for n in (2, 3)),
    ]  # fmt: skip


def test_what_a_feed_goes_on_to_say_is_one_sighting(maker: Maker) -> None:
    """Another claim, and coming back after a reading without it, is another one."""
    said = (
        (1, "Zero", ("0", "1")),
        (2, "Zero", ("1", "0", "1")),  # named twice
        (3, "Zero at last", ("0", "1")),
        (4, "Zero", ("0",)),
        (5, "Zero", ("1", "0")),
    )
    for second, title, paths in said:
        found = tuple(
            listed(n, path, claimed_title=title if path == "0" else None) for n, path in enumerate(paths, 1)
        )
        feed = Feed("rss", None, tuple(FeedEntry(f.url) for f in found))
        maker.commit(maker.page("https://example.org/rss", second, kind=PageKind.FEED, feed=feed, found=found))
    assert rows(
        maker.db,
        """SELECT substr(url, 21), claimed_title, unixepoch(seen_at) % 60, unixepoch(last_seen) % 60, position,
             capture_id FROM sighting JOIN url USING (url_id) ORDER BY 1, sighting_id""",
    ) == [
        ("0", "Zero", 1, 2, 1, 1),
        ("0", "Zero at last", 3, 3, 1, 3),
        ("0", "Zero", 4, 5, 1, 4),
        ("1", None, 1, 3, 1, 1),
        ("1", None, 5, 5, 1, 5),
    ]


def test_an_older_reading_that_comes_later_takes_nothing_away(maker: Maker) -> None:
    for second in (5, 6, 2, 3):
        found = (listed(1, "0"),)
        maker.commit(maker.page("https://example.org/", second, kind=PageKind.FRONT, found=found))
    assert rows(maker.db, "SELECT unixepoch(seen_at) % 60, unixepoch(last_seen) % 60 FROM sighting") == [
        (5, 6), (2, 3),
    ]  # fmt: skip


def test_front_and_section_pages_are_listings_too(maker: Maker) -> None:
    maker.commit(
        maker.page("https://example.org/", 1, kind=PageKind.FRONT, found=(listed(1, "a", link_text="A"),)),
        maker.page("https://example.org/politics", 2, kind=PageKind.SECTION, found=(listed(1, "a"),)),
        maker.page("https://example.org/found-by-chance", 3, found=(listed(1, "a"),)),
        maker.page("https://example.org/plain", 4, found=(Found("https://example.org/a", PageKind.PAGE),)),
    )
    assert rows(maker.db, "SELECT kind FROM feed ORDER BY feed_id") == [("front",), ("section",), ("section",)]
    assert rows(maker.db, "SELECT feed_id, link_text FROM sighting ORDER BY 1") == [(1, "A"), (2, None), (3, None)]


def test_only_articles_with_text_are_articles(maker: Maker) -> None:
    maker.commit(
        maker.page("https://example.org/1", 1, Extraction(Verdict.LISTING)),
        maker.page("https://example.org/2", 2, Extraction(Verdict.CONSENT, Article(article_body="We value..."))),
        maker.page("https://example.org/3", 3, article("  \n ")),
        maker.page(
            "https://example.org/4", 4, Extraction(Verdict.PAYWALL, Article(article_body="The first lines."))
        ),
    )
    assert rows(maker.db, "SELECT verdict, url FROM articles") == [("paywall", "https://example.org/4")]


def test_a_record_without_its_file_and_an_article_without_its_recipe_are_mistakes(maker: Maker) -> None:
    page = maker.page(URL, 1, article())
    with pytest.raises(ValueError, match="without a recipe"):
        maker.commit(replace(page, recipe=None))
    capture, answer, request, metadata = page.captures[0]
    stray = ((capture, replace(answer, warc_file="other.warc.gz"), request, metadata),)
    with pytest.raises(ValueError, match="never entered"):
        maker.commit(replace(page, captures=stray))
    maker.commit(replace(page, captures=((capture, replace(answer, warc_file=f"/x/{WARC}.open"), None, None),)))


NASTY = [
    "\0", "a\0b", "\ud800", "\udfff\ud800", "\U0001f469\u200d\U0001f680", "\ufeff", "\u202e", "\uffff", "Z\u0300" * 50,
    "'; DROP TABLE url; --", '"', "%s %n", "${x}", "{{7*7}}", "<script>alert(1)</script>", "=1+1", "\r\n\t", "\x7f\x80",
    "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\u6771\u4eac", "x" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_no_text_is_too_strange(maker: Maker, text: str) -> None:
    extraction = Extraction(
        Verdict.ARTICLE,
        Article(
            headline=text, headline_forms={text: text}, description=text, authors=(text, "A"), byline_raw=text,
            date_published=text, date_published_raw=text, article_section=text, keywords=(text,), in_language=text,
            publisher=text, image=text, canonical_url=text, type=text, article_body=f"{text} body",
        ),
        removed=(Removed(text, text),),
        sources=(FieldSource(text, text, text, False),),
        error=text,
    )  # fmt: skip
    found = (
        listed(1, "ok", link_text=text, claimed_title=text, claimed_published=text),
        Found(text, PageKind.PAGE),
    )
    feed = Feed("rss", text, error=text)
    capture = {"content_type": text, "etag": text, "last_modified": text, "redirect_to": text}
    page = maker.page(URL, 1, extraction, found=found, feed=feed, detail=text, capture=capture)
    maker.commit(page, maker.page(URL, 2, article("Another version.")))
    store.search(maker.db, text)
    kept = store.version(maker.db, 1)
    assert "\0" not in kept.article_body + (kept.headline or "")
    if "\0" not in text and not any(0xD800 <= ord(c) < 0xE000 for c in text):
        assert kept.headline == text
        assert kept.article_body == f"{text} body"
        assert kept.authors == (text, "A")
    assert store.integrity(maker.db) == []


def test_crawls_open_and_close(maker: Maker) -> None:
    assert (unfinished := store.unfinished_crawl(maker.db)) is not None
    assert (unfinished.crawl_id, unfinished.started_at, unfinished.ended_at) == (1, START, None)
    store.close_crawl(maker.db, 1, ended_at=at(9), finish_reason="stopped", summary={"fetched": 1})
    assert (unfinished := store.unfinished_crawl(maker.db)) is not None
    assert unfinished.finish_reason == "stopped"
    store.close_crawl(maker.db, 1, ended_at=at(9), finish_reason="finished")
    assert store.unfinished_crawl(maker.db) is None


def test_warc_files_are_entered_once_and_sealed(maker: Maker) -> None:
    again = store.add_warc_file(maker.db, f"/some/where/{WARC}.open", warcinfo_id="<urn:uuid:9>", opened_at=START)
    assert again == maker.file_id
    store.seal_warc_file(maker.db, again, sealed_at=at(9), sha256="f" * 64, size=4711)
    (file,) = store.warc_files(maker.db)
    assert (file.filename, file.warcinfo_id, file.committed_bytes, file.sha256, file.sealed_at) == (
        WARC, "<urn:uuid:0>", 4711, "f" * 64, "2024-01-20T12:00:09Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One two.", 2),
        ("It's \u2013 well-known \u2014 true!", 3),
        ("\u6771\u4eac\u90fd", 3),
        ("iPhone\u767a\u58f2 now", 4),
    ],
)
def test_words_are_counted(text: str, count: int) -> None:
    assert word_count(text) == count
