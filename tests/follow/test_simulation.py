"""The newspaper followed at a moved clock, and that the figures of scripts/follow can be met and can be missed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from crawler.demo import DEFAULT_CLOCK, FAILURES, PUBLISHERS, Newspaper

ROOT = Path(__file__).resolve().parents[2]
LIB = ROOT / "scripts" / "lib"
if str(LIB) not in sys.path:
    sys.path.append(str(LIB))
figures, follow_world = import_module("follow_figures"), import_module("follow_world")
DAY = timedelta(days=1)
pytestmark = pytest.mark.timeout(600)  # a dozen processes: on a busy machine they take their time


def test_a_command_runs_at_another_clock(tmp_path: Path) -> None:
    words = [sys.executable, str(ROOT / "tests/follow/at.py"), "2031-05-06T07:08:00Z", "--"]
    subprocess.run([*words, "init", str(tmp_path / "news")], check=True, capture_output=True)
    done = subprocess.run(
        [*words, "crawl", "--archive", str(tmp_path / "news"), "http://127.0.0.1:9/"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 25, done.stderr  # a private address: nothing was sent
    with sqlite3.connect(tmp_path / "news" / "archive.db") as db:
        (started,) = db.execute("SELECT started_at FROM crawl").fetchone()
    assert started.startswith("2031-05-06T07:08:")


@pytest.mark.parametrize("words", [[], ["2031-05-06", "status"], ["2031-05-06T07:08:00", "--", "status"]])
def test_a_clock_must_be_told(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/follow/at.py"), *words], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "usage" in done.stderr or "has no zone" in done.stderr


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Three crawls of two publishers, nine hours apart."""
    with follow_world.world(tmp_path_factory.mktemp("world"), 1, 50, ["courier", "gazette"]) as world:
        follow_world.follow(world, DEFAULT_CLOCK, 0.75, timedelta(hours=9))
        yield world


def test_a_few_steps(seen: Any) -> None:
    assert len(seen.steps) == 3
    assert seen.again == []
    held = figures.held(seen)
    assert held.met, held.details
    assert "younger than a day" in held.text


def wanted(world: Any) -> list[tuple[str, Any]]:
    return [(url, window) for url, each in figures._watched(world).items() for window in each.windows]


@pytest.fixture
def revisions(seen: Any) -> Callable[..., None]:
    """Fills the table `revision` with what a perfect eye would see; `change` makes another kind of a kind."""

    def fill(change: Callable[[str], str | None] = lambda kind: kind) -> None:
        with sqlite3.connect(seen.folder / "archive.db") as db:
            db.execute("DELETE FROM revision")
            for url, window in wanted(seen):
                kind = change(sorted(window.kinds)[0])
                if kind is not None:
                    insert(db, url, kind, follow_world.stamp(window.until))
        db.close()

    def insert(db: sqlite3.Connection, url: str, kind: str, seen_at: str) -> None:
        article_id, version_id = db.execute(
            "SELECT article_id, current_version_id FROM article WHERE url = ?", (url,)
        ).fetchone()
        (capture,) = db.execute("SELECT count(*) FROM revision").fetchone()
        db.execute(
            """INSERT INTO revision (article_id, version_id, previous_id, capture_id, seen_at, after_at, kind, fields,
               words_added, words_removed) VALUES (?, ?, ?, ?, ?, ?, ?, 'article_body', 1, 1)""",
            (article_id, version_id, version_id, capture + 1, seen_at, seen_at, kind),
        )

    return fill


def test_edits_are_counted_as_visits_allow(seen: Any, revisions: Callable[..., None]) -> None:
    things = wanted(seen)
    assert {"addition", "correction"} <= {kind for _, window in things for kind in window.kinds}
    assert all(window.after < window.until for _, window in things)
    revisions()
    perfect = figures.edits(seen)
    assert perfect.met
    assert f"({len(things)} of {len(things)} with the right kind), precision 1.000" in perfect.text
    revisions(lambda kind: "metadata")
    assert "recall 0.000" in figures.edits(seen).text
    revisions(lambda kind: None if kind == "addition" else kind)
    overlooked = figures.edits(seen)
    assert not overlooked.met
    assert any("overlooked: addition" in line for line in overlooked.details)


def test_an_invented_edit_is_one(seen: Any, revisions: Callable[..., None]) -> None:
    revisions()
    with sqlite3.connect(seen.folder / "archive.db") as db:
        db.execute("UPDATE revision SET seen_at = ? WHERE revision_id = 1", (follow_world.stamp(seen.steps[0]),))
    db.close()
    figure = figures.edits(seen)
    assert "1 invented" in figure.text
    assert not figure.met


def test_without_rows_a_figure_is_left_out(seen: Any) -> None:
    with sqlite3.connect(seen.folder / "archive.db") as db:
        db.execute("DELETE FROM revision")
        db.execute("UPDATE article SET story_id = NULL")
    db.close()
    for figure in (figures.edits(seen), figures.stories(seen)):
        assert figure.met is None
        assert figure.text.startswith("left out")


def test_stories_are_pairs(seen: Any) -> None:
    wires = [figures.normalise(truth.url) for truth in seen.truths() if truth.wire]
    with sqlite3.connect(seen.folder / "archive.db") as db:
        db.execute("PRAGMA foreign_keys = off")
        db.executemany("UPDATE article SET story_id = 1 WHERE url = ?", [(url,) for url in wires[:2]])
        db.commit()
        assert figures.stories(seen).met
        db.execute("UPDATE article SET story_id = 1 WHERE article_id IN (SELECT article_id FROM article LIMIT 9)")
        db.commit()
        assert not figures.stories(seen).met
        db.execute("UPDATE article SET story_id = NULL")
    db.close()


def of_status(words: dict[int, set[tuple[str, str]]]) -> Any:
    """A world of 25 days in which `status` has told these alarms from these hours on."""
    names = tuple(each.name for each in PUBLISHERS)
    world = follow_world.World(Newspaper(1, 50), None, Path(), None, names)
    world.steps = [DEFAULT_CLOCK, DEFAULT_CLOCK + 25 * DAY]
    for hour in range(0, 25 * 24, 6):
        alarms = {alarm for since, told in words.items() for alarm in told if hour >= since}
        code = 30 if alarms else 0
        world.status.append(follow_world.Alarm(DEFAULT_CLOCK + timedelta(hours=hour), code, alarms))
    return world


def test_failures_must_be_told_within_a_day() -> None:
    right = {
        10 * 24 + 6: {("gazette", "feed-dead")},
        15 * 24 + 18: {("samachar", "feed-empty")},
        20 * 24 + 24: {("sahifa", "no-new-articles")},
        24 * 24: {("newsline", "section-silent")},
    }
    assert len([each for each in FAILURES if each.since <= DEFAULT_CLOCK + 25 * DAY]) == len(right)
    assert figures.failures(of_status(right)).met
    late = {hour + (30 if hour == 246 else 0): told for hour, told in right.items()}
    assert "3 of 4 told within a day" in figures.failures(of_status(late)).text
    noisy = {**right, 48: {("courier", "no-new-articles")}}
    assert "1 alarms without a reason" in figures.failures(of_status(noisy)).text
    always = {**right, 0: {("gazette", "feed-dead")}}
    assert not figures.failures(of_status(always)).met  # an alarm that never ends tells nothing
    none = of_status({})
    for each in none.status:
        each.alarms = None
    assert figures.failures(none).met is None


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_days() -> None:
    """`scripts/follow` over three days in which a server forbids all, and the figures that need no days."""
    only = [x for name in ("held", "visible", "again", "twice", "recrawl") for x in ("--only", name)]
    when = ["--begin", "33.6", "--days", "3", "--step", "6", "--site", "shimbun"]
    done = subprocess.run(
        [sys.executable, str(LIB / "follow.py"), *when, *only],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "held      met" in done.stdout
    assert "recrawl   met" in done.stdout
    assert "twice     met" in done.stdout
