"""Which URLs belong to a site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from archive import scope
from archive.model import Feed, FeedEntry, Link, PageKind
from archive.scope import Scope

NEWS = Scope(("news.example", "blog.example:8080"), max_depth=3)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://news.example/story", None),
        ("http://news.example/story", None),
        ("https://www.news.example/story", None),
        ("https://blog.example:8080/story", None),
        ("https://blog.example/story", "scope"),
        ("https://news.example:8443/story", "scope"),
        ("https://sport.news.example/story", "scope"),
        ("https://news.example.evil.example/", "scope"),
        ("https://evil.example/?news.example", "scope"),
        ("https://news.example/photo.JPG", "asset"),
        ("https://news.example/report.pdf?download=1", "asset"),
        ("https://news.example/story.html", None),
        ("https://news.example/story.php?img=a.jpg", None),
        ("https://news.example/a/b/a/b/a/b", "trap"),
        ("https://news.example/en/en/en/", "trap"),
        ("https://news.example/en/news/en", None),
        ("https://news.example/2011/11/11/11", None),
        ("mailto:nobody@news.example", "scope"),
    ],
)
def test_hosts_files_and_traps(url: str, reason: str | None) -> None:
    assert NEWS.exclusion(url, 1) == reason


def test_a_site_written_with_www_is_the_same_site() -> None:
    assert Scope(("WWW.News.example",)).exclusion("https://news.example/a", 0) is None


def test_depth_counts_from_the_seed() -> None:
    assert NEWS.exclusion("https://news.example/a", 3) is None
    assert NEWS.exclusion("https://news.example/a", 4) == "depth"


def test_include_and_exclude() -> None:
    some = Scope(("news.example",), include=("/politics/", r"[?&]p=\d+"), exclude=("/politics/video/",))
    assert some.exclusion("https://news.example/politics/a", 1) is None
    assert some.exclusion("https://news.example/?p=12", 1) is None
    assert some.exclusion("https://news.example/sport/a", 1) == "filter"
    assert some.exclusion("https://news.example/politics/video/a", 1) == "filter"


def test_a_feed_need_not_look_like_the_pages_that_are_wanted() -> None:
    some = Scope(("news.example",), include=("/politics/",), exclude=("/video-",))
    assert some.feed_exclusion("https://news.example/sitemap-1.xml.gz") is None
    assert some.feed_exclusion("https://news.example/video-sitemap.xml") == "filter"
    assert some.feed_exclusion("https://elsewhere.example/sitemap.xml") == "scope"


def test_links_of_a_page_and_of_a_listing() -> None:
    urls = [
        "https://news.example/1",
        "https://elsewhere.example/",
        "https://news.example/a/a/a/",
        "https://news.example/p.png",
    ]
    links = [Link(url, "words") for url in urls]
    of_page = scope.from_links(links, NEWS, depth=1, listing=False)
    assert [(f.url, f.excluded_by) for f in of_page] == [(urls[0], None), (urls[2], "trap")]
    assert {(f.depth, f.position, f.link_text) for f in of_page} == {(2, None, None)}
    of_listing = scope.from_links(links, NEWS, depth=1, listing=True)
    assert [(f.position, f.link_text) for f in of_listing] == [
        (1, "words"),
        (None, None),
    ]  # by its address a section
    assert of_listing[0].priority > of_page[0].priority
    assert [f.excluded_by for f in scope.from_links(links, NEWS, depth=3, listing=True)] == ["trap"]


AT = datetime(2026, 3, 16, 12, tzinfo=UTC)


def test_lines_of_a_feed_are_kept_with_what_they_claim_foreign_ones_too() -> None:
    entries = (FeedEntry("https://news.example/1", "One", "2026-03-16", None), FeedEntry("https://other.example/"))
    one, foreign = scope.from_feed(Feed("rss", None, entries), NEWS, depth=0, at=AT)
    assert (one.kind, one.depth, one.position, one.claimed_title) == (PageKind.PAGE, 1, 1, "One")
    assert (one.claimed_published, one.excluded_by) == ("2026-03-16", None)
    assert (foreign.position, foreign.excluded_by) == (2, "scope")


def test_children_of_a_sitemap_index_end_somewhere() -> None:
    index = Feed("sitemap-index", None, (), (FeedEntry("https://news.example/sitemap-1.xml.gz"),))
    found = [scope.from_feed(index, NEWS, depth=depth, at=AT)[0] for depth in range(5)]
    assert {f.kind for f in found} == {PageKind.FEED}
    assert [f.excluded_by for f in found] == [None, None, None, "trap", "trap"]
    assert [f.depth for f in found] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("lastmod", "days", "reason"),
    [
        (None, 30, None),
        ("2026-03-16", 30, None),
        ("2026-02-14T23:59:59+00:00", 30, None),
        ("2026-02-13", 30, "old"),
        ("2015-01-01T00:00:00Z", 30, "old"),
        ("2015-01-01", 0, None),
        ("2026-03-14", 1, "old"),
        ("2031-01-01", 1, None),
        ("nonsense", 1, None),
    ],
)
def test_sitemaps_that_have_not_changed_for_long_stay_out(
    lastmod: str | None, days: int, reason: str | None
) -> None:
    index = Feed("sitemap-index", None, (), (FeedEntry("https://news.example/s.xml", None, None, lastmod),))
    (child,) = scope.from_feed(index, replace(NEWS, sitemap_days=days), depth=0, at=AT)
    assert (child.excluded_by, child.claimed_modified, child.position) == (reason, lastmod, 1)


def test_what_is_new_comes_first_and_all_that_is_listed_before_what_is_only_linked() -> None:
    dates = ["2026-03-16T10:00:00Z", "2026-03-15", "2026-03-10", "2026-02-20", "2025-06-01", "2001-01-01"]
    entries = tuple(FeedEntry(f"https://news.example/{n}", None, date) for n, date in enumerate(dates))
    entries += (FeedEntry("https://news.example/undated1"),)
    *dated, undated = (f.priority for f in scope.from_feed(Feed("sitemap", None, entries), NEWS, depth=0, at=AT))
    assert dated == sorted(dated, reverse=True) and dated[0] == dated[1] == scope.PRIORITY_LISTED
    assert len(set(dated)) == 5 and dated[0] > undated > dated[-1] > scope.PRIORITY_LINKED
    (edited,) = scope.from_feed(
        Feed("sitemap", None, (FeedEntry("https://news.example/x1", None, "2001-01-01", "2026-03-16"),)),
        NEWS, depth=0, at=AT,
    )  # fmt: skip
    assert edited.priority == scope.PRIORITY_LISTED
    rss = Feed("rss", None, (FeedEntry("https://news.example/undated1"),))
    assert scope.from_feed(rss, NEWS, depth=0, at=AT)[0].priority == scope.PRIORITY_LISTED


def test_a_seed_may_be_redirected_anywhere_but_not_for_ever() -> None:
    def target(url: str, depth: int, redirects: int = 0) -> str | None:
        return scope.redirect_target(url, NEWS, kind=PageKind.FRONT, depth=depth, redirects=redirects).excluded_by

    assert target("https://new-name.example/", 0) is None
    assert target("https://new-name.example/", 1) == "scope"
    assert target("https://news.example/other", 1) is None
    assert target("https://new-name.example/", 0, redirects=10) == "redirects"
    found = scope.redirect_target("https://news.example/b", NEWS, kind=PageKind.FEED, depth=2, redirects=3)
    assert (found.kind, found.depth, found.redirects) == (PageKind.FEED, 2, 4)
