"""The main job on the demo newspaper: all that was published and allowed is held once and reads like the truth."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from archive import store
from crawler.demo import Newspaper, Truth
from tests.conftest import ARTICLES, SEED

Place = tuple[str, str, str]


def place(url: str) -> Place:
    """What identifies a page of the demo: its port changes from run to run."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.path, parts.query


def instant(value: str | None) -> float | str | None:
    """An instant if a zone is given; otherwise the text."""
    moment = datetime.fromisoformat(value) if value else None
    return moment.timestamp() if moment is not None and moment.tzinfo else value


@pytest.fixture(scope="module")
def held(demo_archive: Path) -> dict[Place, dict[str, Any]]:
    with store.open_archive(demo_archive) as archive:
        rows = archive.db.query("SELECT url, headline, authors, date_published, article_body FROM articles")
        return {place(row["url"]): row for row in rows}


@pytest.fixture(scope="module")
def truths() -> dict[Place, Truth]:
    return {place(truth.url): truth for truth in Newspaper(seed=SEED, articles=ARTICLES).truths()}


def test_all_that_was_published_and_allowed_is_held_and_nothing_else(held: Any, truths: Any) -> None:
    allowed = {at for at, truth in truths.items() if truth.allowed_by_robots}
    assert allowed - set(held) == set()
    assert set(held) - allowed == set()


@pytest.mark.parametrize("field", ["headline", "authors", "date_published", "article_body"])
def test_fields_equal_the_truth_in_every_house_style(held: Any, truths: Any, field: str) -> None:
    equal, wrong = defaultdict(list), defaultdict(list)
    for at, truth in truths.items():
        if not truth.allowed_by_robots or at not in held:
            continue
        found, wanted = held[at][field], getattr(truth, field)
        if field == "authors":
            wanted = "; ".join(wanted) or None
        if field == "date_published":
            found, wanted = instant(found), instant(wanted)
        (equal if found == wanted else wrong)[truth.house_style].append(truth.url)
    shares = {style: len(equal[style]) / (len(equal[style]) + len(wrong[style])) for style in {*equal, *wrong}}
    assert len(shares) >= 6
    assert {style: share for style, share in shares.items() if share < 0.95} == {}, dict(wrong)


def test_every_page_is_captured_once(demo_archive: Path) -> None:
    with store.open_archive(demo_archive) as archive:
        twice = archive.db.execute(
            """SELECT url.url, count(*) FROM capture JOIN url USING (url_id) WHERE status = 200
               GROUP BY url.url HAVING count(*) > 1"""
        ).fetchall()
        assert twice == []
        assert archive.db.execute("SELECT count(*) FROM frontier").fetchone()[0] == 0


def test_the_disallowed_was_never_asked_for(demo_archive: Path, truths: Any) -> None:
    forbidden = [truth.url for truth in truths.values() if not truth.allowed_by_robots]
    assert forbidden
    with store.open_archive(demo_archive) as archive:
        rows = archive.db.execute(
            """SELECT url.url, url.state, url.excluded_by, count(capture.capture_id) FROM url
               LEFT JOIN capture USING (url_id) WHERE url.url LIKE '%/internal/%' GROUP BY url.url_id"""
        ).fetchall()
    assert {place(url) for url, *_ in rows} >= {place(url) for url in forbidden}
    assert {tuple(rest) for _, *rest in rows} == {("excluded", "robots", 0)}


def test_robots_feeds_and_redirects_are_captured_too(demo_archive: Path) -> None:
    with store.open_archive(demo_archive) as archive:
        kinds = dict(
            archive.db.execute(
                "SELECT kind, count(*) FROM capture JOIN url USING (url_id) GROUP BY kind"
            ).fetchall()
        )
        redirects = archive.db.execute("SELECT count(*) FROM capture WHERE redirect_to IS NOT NULL").fetchone()[0]
        recovered = archive.db.execute(
            """SELECT count(*) FROM attempt AS first JOIN attempt AS second USING (url_id)
               WHERE first.outcome = 'server-error' AND second.outcome = 'archived'"""
        ).fetchone()[0]
    assert {"robots", "feed", "front", "page"} <= set(kinds)
    assert redirects >= 3
    assert recovered >= 1


@pytest.mark.slow
def test_a_second_crawl_asks_only_for_what_lists_articles(
    tmp_path: Path, demo_server: Any, broadsheet: Any
) -> None:
    from crawler import tour

    announced = demo_server(["--articles", "50"])
    store.create(tmp_path / "a")
    tour.write_sites(tmp_path / "a", tour.demo_sites(announced))
    broadsheet("crawl", "--now", "--quiet", "--archive", tmp_path / "a")
    broadsheet("crawl", "--now", "--quiet", "--archive", tmp_path / "a")
    with store.open_archive(tmp_path / "a") as archive:
        first, second = (store.crawl_summary(archive.db, crawl_id) for crawl_id in (1, 2))
        (revisits,) = archive.db.execute(
            "SELECT count(*) FROM capture WHERE record_type = 'revisit' AND status = 304"
        ).fetchone()
    assert second.articles == 0
    assert second.unchanged == revisits > 0
    assert second.fetched < first.fetched / 2
    assert second.requested == sum(second.outcomes.values())
    broadsheet("verify", "--archive", tmp_path / "a")
