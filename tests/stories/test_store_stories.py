"""Stories in the database: a matter of what is held, not of how it came there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from story_cases import Text
from story_figures import Filler

from archive import shingles, store
from archive.model import Verdict
from archive.store import stories
from archive.store.transaction import transaction
from tests.stories import samples


def article(site: str, name: str, body: str, published: str | None = "2026-03-01T10:00:00Z", **more: Any) -> Text:
    return Text(site, f"https://{site}.example/{name}", body, published, **more)


def held(archive: store.Archive) -> set[tuple[str, frozenset[tuple[str, float]]]]:
    """Each story: who has it first, and all who have it with their similarity."""
    assert archive.db.conn.execute("SELECT count(*) FROM article WHERE unsettled = 1").fetchone() == (0,)
    found = archive.db.conn.execute(
        """SELECT first.url, article.url, article.similarity, story.articles FROM story
           JOIN article USING (story_id) JOIN article AS first ON first.article_id = story.first_article_id"""
    ).fetchall()
    groups: dict[str, set[tuple[str, float]]] = {}
    for first, url, similarity, articles in found:
        groups.setdefault(first, set()).add((url, similarity))
        assert articles == sum(row[0] == first for row in found)
    return {(first, frozenset(group)) for first, group in groups.items()}


def urls(archive: store.Archive) -> list[list[str]]:
    """The stories in short, who has it first in front."""
    return sorted([first, *sorted(url for url, _ in group if url != first)] for first, group in held(archive))


def fresh(folder: Path, texts: Iterable[Text]) -> set[tuple[str, frozenset[tuple[str, float]]]]:
    """The stories of an archive into which all came at once."""
    store.create(folder)
    with store.open_archive(folder, write=True) as archive:
        Filler(archive).add(texts)
        stories.settle(archive.db)
        return held(archive)


def take_down(archive: store.Archive, url: str) -> None:
    from archive.store.takedown import _take_out_article

    with transaction(archive.db) as connection:
        (number,) = connection.execute("SELECT article_id FROM article WHERE url = ?", (url,)).fetchone()
        connection.execute("UPDATE capture SET version_id = NULL")
        _take_out_article(connection, number)


def test_who_had_it_first(archive: store.Archive) -> None:
    text = samples.text(1)
    Filler(archive).add(
        [
            article("undated", "1", text, None),  # seen on 1 March; published then at the latest
            article("later", "1", text, "2026-02-03T09:00:00Z"),
            article("day", "1", text, "2026-02-03"),  # at some time of that day
            article("first", "1", text, "2026-02-03T08:00:00Z"),
            article("month", "1", text, "2026-02"),
        ]
    )
    stories.settle(archive.db)
    assert urls(archive) == [
        [f"https://{site}.example/1" for site in ("first", "day", "later", "month", "undated")],
    ]
    rows = archive.db.conn.execute("SELECT site, is_reprint, story_id FROM articles ORDER BY site").fetchall()
    assert [row[:2] for row in rows] == [("day", 1), ("first", 0), ("later", 1), ("month", 1), ("undated", 1)]
    assert {row[2] for row in rows} == {1}
    assert archive.db.conn.execute("SELECT count(*) FROM articles WHERE NOT is_reprint").fetchone() == (1,)


def test_the_same_moment_is_decided_by_when_it_was_seen(archive: store.Archive) -> None:
    text = samples.text(1)
    Filler(archive).add([article("b", "seen-first", text), article("a", "seen-later", text)])
    stories.settle(archive.db)
    assert urls(archive) == [["https://b.example/seen-first", "https://a.example/seen-later"]]


def test_what_makes_no_story(archive: store.Archive) -> None:
    text, brief = samples.text(1), samples.text(2, sentences=4)
    Filler(archive).add(
        [
            article("a", "blog", text, verdict=Verdict.LIVE_BLOG),
            article("b", "blog", text, verdict=Verdict.LIVE_BLOG),
            article("a", "brief", brief),
            article("b", "brief", brief),
            article("a", "other", samples.text(3)),
            article("b", "other", samples.text(4)),
        ]
    )
    stories.settle(archive.db)
    assert held(archive) == set()
    assert archive.db.conn.execute("SELECT count(*) FROM articles WHERE is_reprint = 0").fetchone() == (6,)


def test_one_site_may_have_it_twice(archive: store.Archive) -> None:
    text = samples.text(1)
    Filler(archive).add([article("a", "x", text), article("a", "y", text)])
    stories.settle(archive.db)
    assert urls(archive) == [["https://a.example/x", "https://a.example/y"]]


def test_what_is_like_the_second_alone_is_another_story(archive: store.Archive) -> None:
    """A digest holds a brief, and a long report the digest; the brief and the report are no reprints."""
    parts = [samples.text(n, sentences=8) for n in range(4)]
    Filler(archive).add(
        [
            article("a", "brief", parts[0], "2026-02-01T08:00:00Z"),
            article("b", "digest", "\n".join(parts[:2]), "2026-02-01T09:00:00Z"),
            article("c", "report", "\n".join(parts), "2026-02-01T10:00:00Z"),
        ]
    )
    stories.settle(archive.db)
    assert urls(archive) == [["https://a.example/brief", "https://b.example/digest"]]
    take_down(archive, "https://a.example/brief")
    stories.settle(archive.db)
    assert urls(archive) == [["https://b.example/digest", "https://c.example/report"]]


def test_a_new_text_leaves_the_story(archive: store.Archive) -> None:
    text = samples.text(1)
    filler = Filler(archive)
    filler.add([article("a", "1", text), article("b", "1", text), article("c", "1", text)])
    stories.settle(archive.db)
    (number,) = archive.db.conn.execute("SELECT story_id FROM story").fetchone()
    filler.add([article("a", "1", samples.text(2))])
    stories.settle(archive.db)
    assert urls(archive) == [["https://b.example/1", "https://c.example/1"]]
    assert archive.db.conn.execute("SELECT story_id FROM story").fetchone() == (number,)
    filler.add([article("b", "1", samples.text(3))])
    stories.settle(archive.db)
    assert held(archive) == set()
    filler.add([article("a", "1", text)])
    stories.settle(archive.db)
    assert urls(archive) == [["https://a.example/1", "https://c.example/1"]]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_way_they_came_the_stories_are_the_same(
    seed: int, archive: store.Archive, tmp_path: Path
) -> None:
    """Texts come, change and go, with settlings in between; an archive that holds what is left says the same."""
    rng = Random(seed)
    parts = [samples.text(n, sentences=rng.randint(3, 9)) for n in range(8)]
    filler, now = Filler(archive), dict[str, Text]()
    for step in range(40):
        name = f"{rng.randint(1, 14)}"
        if name in now and rng.random() < 0.3:
            take_down(archive, now.pop(name).url)
            archive.db.conn.execute("UPDATE url SET excluded_by = NULL, state = 'done'")
        else:
            start = rng.randint(0, 5)
            body = "\n".join(parts[start : start + rng.randint(1, 4)])
            published = f"2026-02-{rng.randint(1, 4):02}T08:00:00Z"
            now[name] = article(f"site{int(name) % 3}", name, body, published)
            filler.add([now[name]])
        if rng.random() < 0.4 or step == 39:
            stories.settle(archive.db)
    found = held(archive)
    seen = dict(archive.db.conn.execute("SELECT url, first_seen FROM article").fetchall())
    in_order = sorted(now.values(), key=lambda text: seen[text.url])
    assert found == fresh(tmp_path / "fresh", in_order)
    assert found


def test_only_what_has_changed_is_taken_apart(archive: store.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    filler = Filler(archive)
    filler.add(article("a", str(n), samples.text(n)) for n in range(20))
    assert stories.settle(archive.db) == 20
    taken = list[str]()
    whole = shingles.shingled
    monkeypatch.setattr(shingles, "shingled", lambda text: taken.append(text) or whole(text))
    assert stories.settle(archive.db) == 0
    filler.add([article("b", "new", samples.text(3))])
    assert stories.settle(archive.db) == 2
    assert taken == [samples.text(3)] * 2  # the new one, and the one that is alike


def test_what_was_cut_short_is_gone_on_with(archive: store.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    filler = Filler(archive)
    filler.add(article(site, str(n), samples.text(n)) for n in range(5) for site in "ab")
    monkeypatch.setattr(stories, "BATCH", 3)
    group, calls = stories._group, list[int]()

    def fails(*words: Any) -> None:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        group(*words)

    monkeypatch.setattr(stories, "_group", fails)
    with pytest.raises(KeyboardInterrupt):
        stories.settle(archive.db)
    monkeypatch.setattr(stories, "_group", group)
    stories.settle(archive.db)
    assert len(held(archive)) == 5


def test_the_index_of_shingles_is_that_of_the_sketches(archive: store.Archive) -> None:
    filler = Filler(archive)
    filler.add(article("a", str(n), samples.text(n)) for n in range(5))
    stories.settle(archive.db)
    filler.add([article("a", "1", samples.text(9)), article("a", "2", "Now it is short.")])
    take_down(archive, "https://a.example/3")
    stories.settle(archive.db)
    connection = archive.db.conn
    sketches = connection.execute("SELECT article_id, shingles FROM sketch").fetchall()
    assert len(sketches) == 3
    indexed = {
        (int.from_bytes(blob[i : i + 8], "little", signed=True), number)
        for number, blob in sketches
        for i in range(0, len(blob), 8)
    }
    assert indexed == set(connection.execute("SELECT shingle, article_id FROM shingle").fetchall())
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
