"""The newspaper itself, without sockets: the same for the same seed, true to its truth, edited as its clock moves."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree, html

from archive.errors import BadInput
from crawler.demo import DEFAULT_CLOCK, PUBLISHERS, Newspaper, Truth, TruthEdit
from crawler.demo.edition import Edition
from crawler.demo.paths import slug
from crawler.demo.prose import ordinal
from tests.demo.conftest import PORT, get

LATER = DEFAULT_CLOCK + timedelta(days=1)


def digest(site: Newspaper, reverse: bool) -> str:
    urls = [truth.url for truth in site.truths(PORT)] + site.listing_urls(PORT)
    pages = {url: get(site, url).body for url in (reversed(urls) if reverse else urls)}
    return hashlib.sha256(b"".join(pages[url] for url in urls)).hexdigest()


def test_same_seed_same_bytes_in_any_order_and_process(small: Newspaper) -> None:
    code = (
        "from crawler.demo import Newspaper; from tests.demo.test_newspaper import digest;"
        "print(digest(Newspaper(seed=1, articles=50), reverse=True))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert other.stdout.strip() == digest(small, reverse=False)
    assert digest(Newspaper(seed=2, articles=50), reverse=False) != digest(small, reverse=False)


@pytest.mark.parametrize("articles", [50, 57, 120, 333])
def test_every_special_kind_is_there(articles: int) -> None:
    site = Newspaper(seed=3, articles=articles)
    truths = list(site.truths())
    assert len(truths) == articles
    assert {truth.kind for truth in truths} == {"article", "live-blog", "gallery", "opinion", "wire", "paywall"}
    assert {truth.listed for truth in truths} == {"everywhere", "sitemap-only", "section-only"}
    assert {truth.allowed_by_robots for truth in truths} == {True, False}
    assert {truth.language for truth in truths} == {"en-GB", "en-US", "en-IN", "hi", "ar", "de", "ja"}
    assert len({truth.house_style for truth in truths}) == len(PUBLISHERS)
    assert len({truth.url for truth in truths}) == articles
    assert max(len(truth.authors) for truth in truths) >= 2
    edits = [edit for truth in site.at(LATER).truths() for edit in truth.edits]
    assert {"correction", "addition"} <= {edit.kind for edit in edits}
    assert {None, "both"} <= {edit.acknowledged for edit in edits if edit.kind in ("correction", "removal")}


def test_too_few_articles() -> None:
    with pytest.raises(BadInput, match="at least 50"):
        Newspaper(articles=49)


def test_wire_story_is_carried_twice(small: Newspaper) -> None:
    first, second = (truth for truth in small.truths() if truth.kind == "wire")
    assert first.host != second.host
    assert first.authors == second.authors == ("Meridian Wire",)
    assert first.article_body.startswith(second.article_body)
    assert first.article_body != second.article_body


def test_clock_brings_articles_and_edits_and_nothing_else() -> None:
    now = Newspaper(seed=5, articles=120)
    later = now.at(LATER)
    before = {truth.url: truth for truth in now.truths(PORT)}
    after = {truth.url: truth for truth in later.truths(PORT)}
    assert before.keys() < after.keys()
    acknowledged = Counter[str | None]()
    for url, old in before.items():
        new = after[url]
        if old.kind == "live-blog":
            assert new.article_body.endswith(old.article_body.split("\n", 1)[1])
            continue
        fresh = new.edits[len(old.edits) :]
        assert new.edits[: len(old.edits)] == old.edits
        if not fresh:
            # the heads of other articles that stand beside it may have changed or gone
            assert asdict(old) == asdict(new)
            continue
        assert all(DEFAULT_CLOCK < datetime.fromisoformat(edit.at) <= LATER for edit in fresh)
        acknowledged.update(edit.acknowledged for edit in fresh)
        if len(fresh) == 1:
            _check(old, new, fresh[0])
    assert acknowledged["both"] >= 3
    assert acknowledged[None] >= 3


def _check(old: Truth, new: Truth, edit: TruthEdit) -> None:
    """One edit does to the truth what it says, and nothing else."""
    lines, edited = old.article_body.split("\n"), new.article_body.split("\n")
    gone, come = ([line for line in text.split("\n") if line] for text in (edit.before, edit.after))
    assert edit.before != edit.after or edit.kind == "deleted"
    if edit.kind == "headline-only":
        assert (old.headline, new.headline) == (edit.before, edit.after)
    else:
        assert old.headline == new.headline
        assert set(gone) <= set(lines)
        assert set(come) <= set(edited)
        rest = set(edited) - set(come)
        notice = [edited[-1]] if edit.acknowledged in ("notice", "both") else []
        assert rest - set(notice) == set(lines) - set(gone)
    if edit.acknowledged in ("both", "modified-date"):
        assert new.date_modified != old.date_modified
    else:
        assert new.date_modified == old.date_modified


def test_last_modified_tells_of_silent_edits_but_lastmod_does_not() -> None:
    now = Newspaper(seed=5, articles=120)
    later = now.at(LATER)
    truth = next(
        truth
        for truth in later.truths(PORT)
        if truth.host == "courier.localhost"
        and [(edit.kind, edit.acknowledged) for edit in truth.edits] == [("removal", None)]
        and datetime.fromisoformat(truth.edits[0].at)
        > DEFAULT_CLOCK
        > datetime.fromisoformat(truth.date_published)
    )
    old, new = get(now, truth.url), get(later, truth.url)
    assert old.etag != new.etag
    assert old.last_modified is not None
    assert new.last_modified is not None
    assert old.last_modified < new.last_modified

    def lastmod(site: Newspaper) -> str:
        tree = etree.fromstring(get(site, f"http://courier.localhost:{PORT}/sitemap-1.xml").body)
        return str(tree.xpath("string(//*[local-name()='url'][*=$url]/*[local-name()='lastmod'])", url=truth.url))

    assert lastmod(now) == lastmod(later) != ""


def reachable(site: Newspaper) -> tuple[set[str], set[str]]:
    """(every URL that listings lead to, those that answer 200 and are no listing) without reading robots' rules."""
    articles = {truth.url for truth in site.truths(PORT)}
    queue = [base + path for base in site.origins(PORT) for path in ("/", "/robots.txt", "/sitemap.xml")]
    listed: set[str] = set()
    seen = set(queue)
    while queue:
        url = queue.pop()
        response = get(site, url)
        if response.status != 200:
            continue
        found: list[str] = []
        if url.endswith("robots.txt"):
            found = re.findall(r"Sitemap: (\S+)", response.body.decode())
        elif "xml" in response.content_type:
            tree = etree.fromstring(response.body)
            found = tree.xpath("//*[local-name()='loc' or local-name()='link']/text()")
            found += tree.xpath("//*[local-name()='entry']/*[local-name()='link']/@href")
        elif "html" in response.content_type:
            tree = html.document_fromstring(response.body.decode())
            if url in articles:
                continue  # its links are not followed
            found = [urljoin(url, str(href)) for href in tree.xpath("//a/@href | //link[@rel='alternate']/@href")]
        for each in found:
            each = re.sub(r"[?&]utm_source=.*", "", each).partition("#")[0]
            listed.add(each)
            if each not in seen and urlsplit(each).hostname == urlsplit(url).hostname:
                seen.add(each)
                queue.append(each)
    return seen, listed


def test_every_article_is_reachable_from_listings() -> None:
    site = Newspaper(seed=6, articles=400)
    seen, _ = reachable(site)
    truths = {truth.url: truth for truth in site.truths(PORT)}
    assert truths.keys() <= seen
    for truth in truths.values():
        host = f"http://{truth.host}:{PORT}"
        sitemap = get(site, host + "/sitemap-1.xml").body or get(site, host + "/sitemap.xml").body
        inside = f"<loc>{truth.url}</loc>".encode() in sitemap
        if truth.listed == "section-only":
            assert not inside
        if truth.listed == "sitemap-only":
            assert inside


def test_odd_links_of_the_front_page(small: Newspaper) -> None:
    seen, listed = reachable(small)
    statuses = Counter(get(small, url).status for url in listed & seen)
    assert {301, 302, 404, 410} <= statuses.keys()
    url = f"http://courier.localhost:{PORT}/chain/1"
    hops = []
    while (response := get(small, url)).location:
        hops.append(response.status)
        url = response.location
    assert hops == [302, 301, 307]
    assert url in {truth.url for truth in small.truths(PORT)}


def test_robots(small: Newspaper) -> None:
    texts = {base: get(small, base + "/robots.txt") for base in small.origins(PORT)}
    assert Counter(response.status for response in texts.values()) == {200: len(PUBLISHERS) - 1, 404: 1}
    assert sum(b"Crawl-delay: 0.05" in response.body for response in texts.values()) == 1
    for truth in small.truths(PORT):
        assert truth.allowed_by_robots == ("/internal/" not in truth.url)


def test_feeds_parse_and_carry_tracking(small: Newspaper) -> None:
    links = {}
    for url in small.listing_urls(PORT):
        response = get(small, url)
        assert response.status == 200
        if "xml" in response.content_type:
            links[url] = etree.fromstring(response.body).xpath(
                "//*[local-name()='item']/*[local-name()='link']/text()"
            )
    tracked = links[f"http://gazette.localhost:{PORT}/feed.xml"]
    assert tracked
    assert all("?utm_source=rss" in link for link in tracked)
    assert get(small, tracked[0]).body == get(small, tracked[0].partition("?")[0]).body


def test_scale_costs_nothing_until_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Counter[str]()
    whole = Edition._story

    def counted(self: Edition, *args: object) -> object:
        made["stories"] += 1
        return whole(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Edition, "_story", counted)
    site = Newspaper(seed=1, articles=100_000)
    assert sum(site.count(publisher) for publisher in PUBLISHERS) == 100_000
    assert made["stories"] == 0
    index = etree.fromstring(get(site, f"http://courier.localhost:{PORT}/sitemap.xml").body)
    children = index.xpath("//*[local-name()='loc']/text()")
    assert len(children) == 14  # 12,500 articles at 1,000 a child, and the news sitemap
    assert b"page/101/" not in get(site, f"http://gazette.localhost:{PORT}/category/sport/page/1/").body
    assert get(site, f"http://gazette.localhost:{PORT}/category/sport/page/89/").status == 200
    assert made["stories"] < 200
    child = etree.fromstring(get(site, children[4]).body)
    urls = child.xpath("//*[local-name()='loc']/text()")
    assert 900 < len(urls) <= 1000
    assert get(site, urls[500]).status == 200
    assert made["stories"] < 1300


def test_earlier_clock_shows_fewer(small: Newspaper) -> None:
    early = small.at(DEFAULT_CLOCK - timedelta(days=2))
    now = {truth.url for truth in small.truths()}
    past = {truth.url for truth in early.truths()}
    assert past < now
    assert len(list(small.at(DEFAULT_CLOCK - timedelta(days=4000)).truths())) == 0
    assert get(small.at(DEFAULT_CLOCK - timedelta(days=4000)), f"http://courier.localhost:{PORT}/").status == 200


def test_unknown_paths_and_hosts(small: Newspaper) -> None:
    base = f"http://courier.localhost:{PORT}"
    for path in (
        "/nothing",
        "/local/?page=99",
        "/local/?page=²",
        "/sitemap-2.xml",
        "/sitemap-².xml",
        "/go/1",
        "/go/²",
        "/author/nobody",
        "/section.php?name=local",
        "/media/².svg",
        "/local/2026/03/wrong-700001",
    ):
        assert get(small, base + path).status == 404, path
    assert get(small, f"http://nobody.localhost:{PORT}/").status == 404
    overview = get(small, f"http://localhost:{PORT}/").body.decode()
    assert all(f"http://{publisher.host}:{PORT}/" in overview for publisher in PUBLISHERS)


@pytest.mark.parametrize(
    ("day", "courier", "gazette", "tageblatt"),
    [  # before and after the changes of 8 and 29 March 2026
        ("2026-03-08T07:59:00+00:00", "+00:00", "-06:00", "+01:00"),
        ("2026-03-08T08:00:00+00:00", "+00:00", "-05:00", "+01:00"),
        ("2026-03-29T00:59:00+00:00", "+00:00", "-05:00", "+01:00"),
        ("2026-03-29T01:00:00+00:00", "+01:00", "-05:00", "+02:00"),
        ("2026-11-01T06:59:00+00:00", "+00:00", "-05:00", "+01:00"),
        ("2026-11-01T07:00:00+00:00", "+00:00", "-06:00", "+01:00"),
    ],
)
def test_summer_time(day: str, courier: str, gazette: str, tageblatt: str) -> None:
    moment = datetime.fromisoformat(day)
    zones = {publisher.name: publisher.zone for publisher in PUBLISHERS}
    found = [zones[name].local(moment).isoformat()[-6:] for name in ("courier", "gazette", "tageblatt")]
    assert found == [courier, gazette, tageblatt]


def test_ordinals() -> None:
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 62, 73, 111)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "62nd", "73rd", "111th"]
    )


def test_slug() -> None:
    assert slug("Grüße aus “Århus”: 5 o'clock") == "gruesse-aus-arhus-5-oclock"
