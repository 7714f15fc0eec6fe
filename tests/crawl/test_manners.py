"""Politeness on the wire: a host that wants rest, hours of the day, pages a day."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.store import manners
from crawler.keep_running import next_due
from tests.crawl.site import GOOD_PAGES, Site, article, serve
from tests.custody.same_rows import differences

HTML = {"Content-Type": "text/html; charset=utf-8"}
QUICK = ("--allow-address", "loopback", "--delay", "0", "--quiet")


def crawl(broadsheet: Any, folder: Path, *words: str, code: int | None = 0) -> dict[str, Any]:
    return json.loads(broadsheet("crawl", *words, "--archive", folder, *QUICK, "--json", code=code).stdout)


def follow(folder: Path, broadsheet: Any, site: Site, *lines: str) -> Path:
    broadsheet("init", folder, "--contact", "a@b.example")
    entry = [f'[sites.gazette]\nurl = "{site.url}"', *lines]
    with (folder / "sites.toml").open("a") as f:
        f.write("\n" + "\n".join(entry) + "\n")
    return folder


def states(folder: Path) -> dict[str, int]:
    with store.open_archive(folder) as archive:
        return dict(
            archive.db.execute("SELECT state, count(*) FROM url WHERE kind = 'page' GROUP BY 1").fetchall()
        )


def test_a_short_rest_is_waited_for_and_told(tmp_path: Path, broadsheet: Any) -> None:
    with serve({"/good/0": (429, {"Retry-After": "1"}, b"")}) as site:
        folder = follow(tmp_path / "a", broadsheet, site)
        found = crawl(broadsheet, folder, code=27)
        assert site.hits.count("/good/0") == 3
    assert found["failed"] == {"server-error": 1}
    (note,) = found["notes"]
    assert note.startswith("slowed down: 127.0.0.1:")
    assert note.endswith(" s; rested 1 s as it asked (429 x 3)")
    assert states(folder) == {"done": GOOD_PAGES - 1, "failed": 1}


def test_a_long_rest_ends_the_crawl_of_the_host_and_holds_in_the_next(tmp_path: Path, broadsheet: Any) -> None:
    with serve({"/good/0": (503, {"Retry-After": "7200"}, b"")}) as site, serve({}) as other:
        folder = follow(tmp_path / "a", broadsheet, site, "max_depth = 1")
        found = crawl(broadsheet, folder, "gazette", other.url, code=27)
        assert site.hits == ["/robots.txt", "/", "/good/0"]
        assert len(other.hits) == 2 + GOOD_PAGES  # whose host asked for nothing
        assert "asks for 7200 s of rest" in found["notes"][0]
        assert states(folder)["due"] == GOOD_PAGES
        again = crawl(broadsheet, folder, "gazette", "--now")
        assert len(site.hits) == 3
    assert "of rest, the remainder is left for a later crawl" in again["notes"][0]
    with store.open_archive(folder) as archive:
        host = site.url.split("/")[2]
        soon, late = datetime.now(UTC) + timedelta(minutes=90), datetime.now(UTC) + timedelta(hours=3)
        assert manners.resting_until(archive.db, host, soon) is not None
        assert manners.resting_until(archive.db, host, late) is None


@pytest.mark.slow
def test_a_robots_txt_that_wants_rest_leaves_all_for_later(tmp_path: Path, broadsheet: Any) -> None:
    with serve({"/robots.txt": (429, {"Retry-After": "7200"}, b"")}) as site:
        folder = follow(tmp_path / "a", broadsheet, site)
        crawl(broadsheet, folder, code=27)
        with store.open_archive(folder) as archive:
            assert archive.db.execute("SELECT state FROM url WHERE kind = 'front'").fetchone() == ("due",)
        due = next_due(folder, ["gazette"])
        assert due is not None and timedelta(minutes=90) < due - datetime.now(UTC) < timedelta(hours=3)
        before = tmp_path / "before.db"
        shutil.copy(folder / "archive.db", before)
        broadsheet("rebuild", "--archive", folder)
        assert differences(before, folder / "archive.db") == []
        crawl(broadsheet, folder, "--now")
        assert site.hits == ["/robots.txt"]


def test_outside_its_window_a_site_is_left_alone(tmp_path: Path, broadsheet: Any) -> None:
    hour = datetime.now(UTC).hour
    window = f'window = "{(hour + 6) % 24:02}:00-{(hour + 8) % 24:02}:00"'
    with serve({}) as site, serve({}) as other:
        folder = follow(tmp_path / "a", broadsheet, site, window, f'[sites.other]\nurl = "{other.url}"')
        done = broadsheet("crawl", "--archive", folder, *QUICK)
        assert site.hits == []
        assert len(other.hits) == 2 + GOOD_PAGES
    (line,) = [line for line in done.stdout.splitlines() if "window" in line]
    assert line.startswith("outside its window (")
    assert line.endswith("), the rest is left for later: gazette")


@pytest.mark.slow
def test_the_pages_of_a_day_hold_over_crawls(tmp_path: Path, broadsheet: Any) -> None:
    with serve({}) as site:
        folder = follow(tmp_path / "a", broadsheet, site, "max_pages_a_day = 7")
        first = crawl(broadsheet, folder, "--max-pages", "4")
        assert len(site.hits) == 1 + 4
        second = crawl(broadsheet, folder)
        assert len(site.hits) == 1 + 7
        third = crawl(broadsheet, folder, "--now")
        assert len(site.hits) == 1 + 7
    reached = ["max_pages_a_day (7) is reached, the rest is left for later: gazette"]
    assert (first["notes"], second["notes"], third["notes"]) == ([], reached, reached)
    with store.open_archive(folder) as archive:
        now = datetime.now(UTC)
        assert manners.pages_of_day(archive.db, 1, now) == 7
        assert manners.pages_of_day(archive.db, 1, now + timedelta(days=1)) == 0


def test_what_was_never_sent_is_no_page_of_the_day(tmp_path: Path, broadsheet: Any) -> None:
    robots = (200, {}, b"User-agent: *\nDisallow: /good/\n")
    with serve({"/robots.txt": robots, "/other": (200, HTML, article(1))}, "/other") as site:
        folder = follow(tmp_path / "a", broadsheet, site)
        crawl(broadsheet, folder)
    with store.open_archive(folder) as archive:
        assert archive.db.execute("SELECT count(*) FROM attempt").fetchone() == (
            4 + GOOD_PAGES,
        )  # tdmrep.json too
        assert manners.pages_of_day(archive.db, 1, datetime.now(UTC)) == 2


@pytest.mark.slow
def test_a_robots_txt_that_lies_at_a_resting_host_allows_nothing(tmp_path: Path, broadsheet: Any) -> None:
    with serve({"/good/0": (503, {"Retry-After": "7200"}, b"")}) as resting:
        folder = follow(tmp_path / "a", broadsheet, resting)
        crawl(broadsheet, folder, code=27)
        asked = len(resting.hits)
        elsewhere = (302, {"Location": f"{resting.url}robots.txt"}, b"")
        with serve({"/robots.txt": elsewhere}) as site:
            crawl(broadsheet, folder, site.url, code=None)
            assert site.hits == ["/robots.txt"]
        assert len(resting.hits) == asked
