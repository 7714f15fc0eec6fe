"""The newspaper after its default clock: every newsroom edits and deletes, wire copy comes back, and things fail."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree, html

from archive.errors import UsageError
from crawler.cli import cli
from crawler.demo import DEFAULT_CLOCK, FAILURES, Failure, Newspaper, Truth
from tests.demo.conftest import PORT, get
from tests.demo.test_newspaper import reachable

DAY = timedelta(days=1)
KINDS = {"typographic", "addition", "removal", "correction", "rewrite", "headline-only", "deleted"}


@pytest.fixture(scope="module")
def later() -> Newspaper:
    return Newspaper(seed=1, articles=60).at(DEFAULT_CLOCK + 60 * DAY)


@pytest.fixture(scope="module")
def truths(later: Newspaper) -> list[Truth]:
    return list(later.truths(PORT))


@pytest.mark.parametrize(
    ("seed", "articles", "expected"),
    [
        (1, 50, "1508d5e8dde2afbde23de33e0ddbfaa1c427bef176c56172a627c4d6aedefc27"),
        (5, 120, "5c72b69513e2fd9ad34069a1b1a11d7c13b26e95a2143e93e1f1e73a7470d3f1"),
    ],
)
def test_pages_at_the_default_clock_are_what_they_always_were(seed: int, articles: int, expected: str) -> None:
    site = Newspaper(seed=seed, articles=articles)
    urls = [truth.url for truth in site.truths(8800)] + site.listing_urls(8800)
    urls += [o + p for o in site.origins(8800) for p in ("/robots.txt", "/sitemap-1.xml", "/news-sitemap.xml")]
    digest = hashlib.sha256()
    for url in urls:
        r = get(site, url)
        digest.update(f"{url} {r.status} {r.etag} {r.last_modified} {r.location}\n".encode() + r.body)
    assert digest.hexdigest() == expected
    assert site.failures() == []


def test_all_kinds_of_edits_at_all_ages(truths: list[Truth]) -> None:
    edits = [(truth, edit) for truth in truths for edit in truth.edits if truth.kind != "live-blog"]
    kinds = Counter(edit.kind for _, edit in edits)
    assert kinds.keys() == KINDS
    assert min(kinds.values()) >= 10
    assert {edit.acknowledged for _, edit in edits if edit.kind == "correction"} == {None, "notice", "both"}
    ages = [
        datetime.fromisoformat(edit.at) - datetime.fromisoformat(truth.date_published)
        for truth, edit in edits
        if len(truth.date_published) > 10
    ]
    assert min(ages) > timedelta(0)
    assert sum(age < timedelta(hours=1) for age in ages) > 100
    assert sum(age > 7 * DAY for age in ages) > 30
    assert max(Counter(truth.url for truth, _ in edits).values()) >= 3
    assert all([edit.at for edit in truth.edits] == sorted(edit.at for edit in truth.edits) for truth in truths)


def test_rates_differ_between_publishers(truths: list[Truth]) -> None:
    rate = {
        host: sum(bool(t.edits) for t in truths if t.host == host) / sum(t.host == host for t in truths)
        for host in ("ledger.localhost", "sahifa.localhost")
    }
    assert rate["ledger.localhost"] > 2 * rate["sahifa.localhost"]


def test_each_edit_is_on_the_page_from_its_minute_on(later: Newspaper, truths: list[Truth]) -> None:
    seen = Counter[str]()
    for truth in truths:
        if truth.kind == "live-blog":
            continue
        for edit in truth.edits:
            if seen[edit.kind] >= 6:
                continue
            seen[edit.kind] += 1
            at = datetime.fromisoformat(edit.at)
            before, after = later.at(at - timedelta(seconds=1)), later.at(at)
            old, new = get(before, truth.url), get(after, truth.url)
            assert old.status == 200
            assert old.body != new.body
            if edit.kind == "deleted":
                assert new.status in (404, 410)
                continue
            one, two = before.truth(truth.url, PORT), after.truth(truth.url, PORT)
            for text, here, there in ((edit.before, one, two), (edit.after, two, one)):
                for line in filter(None, text.split("\n")):
                    assert line in (here.headline, *here.article_body.split("\n"))
                    if edit.kind in ("typographic", "headline-only"):
                        assert line not in (there.headline, *there.article_body.split("\n"))
    assert seen.keys() == KINDS


@pytest.mark.slow
def test_deleted_articles_are_listed_nowhere(later: Newspaper, truths: list[Truth]) -> None:
    gone = {truth.url for truth in truths if truth.edits and truth.edits[-1].kind == "deleted"}
    assert gone
    seen, listed = reachable(later)
    assert not gone & (seen | listed)


def test_wire_copy_is_carried_at_once_by_two_and_reprinted_days_later(truths: list[Truth]) -> None:
    wires: dict[str, list[Truth]] = {}
    for truth in truths:
        if truth.wire:
            wires.setdefault(truth.wire, []).append(truth)
    assert all(len({each.headline for each in group}) == 1 for group in wires.values())
    late = 0
    for group in wires.values():
        by = {each.host.partition(".")[0]: each for each in group}
        if "ledger" in by and "courier" in by:
            late += 1
            lines, cut = (by[name].article_body.split("\n") for name in ("courier", "ledger"))
            assert set(cut) < set(lines)
            assert len(cut) >= len(lines) // 2
            first, again = (datetime.fromisoformat(by[name].date_published) for name in ("courier", "ledger"))
            assert 2 * DAY < again - first < 5 * DAY
    assert late >= 5
    assert len(wires) - late >= 15


def at(failure: Failure, later: Newspaper) -> tuple[Newspaper, Newspaper]:
    return later.at(failure.since - timedelta(seconds=1)), later.at(failure.since)


def by_kind(kind: str) -> Failure:
    return next(each for each in FAILURES if each.kind == kind)


def test_failures_are_told_in_order(later: Newspaper) -> None:
    assert later.failures() == list(FAILURES)
    assert later.at(FAILURES[1].since).failures() == list(FAILURES[:2])


@pytest.mark.parametrize("kind", ["feed-dead", "feed-empty"])
def test_feeds_die(later: Newspaper, kind: str) -> None:
    failure = by_kind(kind)
    url = f"http://{failure.publisher}.localhost:{PORT}{failure.what}"
    before, after = (get(site, url) for site in at(failure, later))
    assert before.body.count(b"<item>") == 20
    assert after.status == (404 if kind == "feed-dead" else 200)
    if kind == "feed-empty":
        assert etree.fromstring(after.body).xpath("count(//item)") == 0


def published_after(failure: Failure, truths: list[Truth], choose: Callable[[Truth], bool]) -> int:
    return sum(
        datetime.fromisoformat(truth.date_published) > failure.since
        for truth in truths
        if truth.host == f"{failure.publisher}.localhost" and choose(truth)
    )


def test_a_publisher_and_a_section_fall_silent(truths: list[Truth]) -> None:
    whole, section = by_kind("publisher-silent"), by_kind("section-silent")
    assert published_after(whole, truths, lambda truth: True) == 0
    assert published_after(section, truths, lambda truth: truth.section == "Local") == 0
    assert published_after(section, truths, lambda truth: truth.section != "Local") > 100
    earlier = [t for t in truths if t.host == f"{section.publisher}.localhost" and t.section == "Local"]
    assert len(earlier) > 100  # it was the busiest of all


def test_a_template_loses_the_authors(later: Newspaper) -> None:
    failure = by_kind("field-lost")
    before, after = at(failure, later)
    host = f"{failure.publisher}.localhost"
    for old in (truth for truth in before.truths(PORT) if truth.host == host and truth.allowed_by_robots):
        if get(after, old.url).status != 200:
            continue
        new = after.truth(old.url, PORT)
        page = get(after, old.url).body.decode()
        assert old.authors
        assert new.authors == ()
        own = re.sub(r'(?s)<section class="comments".*?</section>', "", page)  # readers may have anybody's name
        assert not any(name in own for name in old.authors if name not in old.article_body)
        assert new.article_body == old.article_body
        assert html.document_fromstring(page).xpath("string(//h1)") == new.headline


def test_a_server_forbids_all_for_a_day(later: Newspaper) -> None:
    failure = by_kind("robots")
    assert failure.until is not None
    clocks = (failure.since - DAY, failure.since, failure.until)
    texts = [get(later.at(c), f"http://{failure.publisher}.localhost:{PORT}/robots.txt").body for c in clocks]
    assert [bool(re.search(rb"(?m)^Disallow: /$", text)) for text in texts] == [False, True, False]


def test_the_command_tells_the_truth_of_another_time(tmp_path: Path) -> None:
    lines = {}
    for clock in ("2026-03-16T12:00:00Z", "2026-03-20"):
        file = tmp_path / f"{clock[:10]}.jsonl"
        done = CliRunner().invoke(cli, ["demo", "--articles", "50", "--truth", str(file), "--clock", clock])
        assert done.exit_code == 0, done.output
        lines[clock] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    first, later = lines.values()
    assert len(first) == 50
    assert {truth["url"] for truth in first} < {truth["url"] for truth in later}
    assert {edit["kind"] for truth in later for edit in truth["edits"]} > {"addition", "correction"}


def test_a_clock_that_is_none() -> None:
    done = CliRunner().invoke(cli, ["demo", "--clock", "noon"])
    assert isinstance(done.exception, UsageError)
    assert "noon" in str(done.exception)
