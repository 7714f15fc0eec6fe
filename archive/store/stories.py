"""Stories: articles whose current texts are one, at whatever sites. `settle` brings them up to date.

What comes of it depends on the articles held, not on the order in which they came: among texts that are alike the
earliest founds a story, and each later one joins the earliest founder that it is alike. So it is enough to look again
at what has changed, at the stories it belonged to, at whatever is alike one of these, and so on.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from archive.store.transaction import transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlite_utils import Database

    from archive.shingles import Shingled

BATCH = 200  # articles that one transaction signs
KEPT = 5000  # texts that are kept in memory, about 6 KB each
COMPARED = 500_000  # results of comparisons

# A live blog is never the same text for long.
_TEXT = """SELECT version.article_body FROM article JOIN version ON version.version_id = article.current_version_id
  WHERE article.article_id = ? AND version.verdict IN ('article', 'paywall')"""
_UNSETTLED = "SELECT article_id FROM article WHERE unsettled = 1 ORDER BY article_id"
_NEAR = """SELECT article_id FROM shingle WHERE shingle IN (SELECT value FROM json_each(?))
  GROUP BY article_id HAVING count(*) > 1"""
# Who has it first: by the date of publication, at the end of the day or month if no more is stated (what states a time
# of that day was there then); without a date, by when it was seen. WARC-Dates compare rightly without their Z.
_AGE = """SELECT rtrim(CASE WHEN length(date_published) < 11 THEN date_published || '~'
                            ELSE coalesce(date_published, first_seen) END, 'Z'), first_seen, url
  FROM article JOIN version ON version_id = current_version_id WHERE article.article_id = ?"""
_BEFORE = """SELECT article_id, story_id FROM article
  WHERE article_id IN (SELECT value FROM json_each(?)) AND story_id IS NOT NULL"""


def settle(db: Database) -> int:
    """Group anew what has changed since the last time -> how many articles were looked at.

    In short transactions: if it is cut short, the next goes on. Doing it twice changes nothing. The caller holds the
    writer's lock.

    :raises StorageFailed: the disk is full or fails.
    """
    waiting = [article_id for (article_id,) in db.conn.execute(_UNSETTLED)]
    if not waiting:
        return 0
    texts = _Texts(db.conn)
    for start in range(0, len(waiting), BATCH):
        with transaction(db) as connection:
            for article_id in waiting[start : start + BATCH]:
                _sign(connection, article_id, texts)
    done = set[int]()
    for start in range(0, len(waiting), BATCH):
        with transaction(db) as connection:
            for article_id in waiting[start : start + BATCH]:
                if article_id not in done:
                    closed = _closed(connection, article_id, texts)
                    _group(connection, closed, texts)
                    done |= closed
    return len(done)


def forget(connection: sqlite3.Connection, article_id: int) -> None:
    """Take an article out of its story, before it is deleted; `settle` looks at the others again."""
    _unsign(connection, article_id)
    (story_id,) = connection.execute("SELECT story_id FROM article WHERE article_id = ?", (article_id,)).fetchone()
    if story_id is not None:
        connection.execute(
            "UPDATE article SET story_id = NULL, similarity = NULL, unsettled = 1 WHERE story_id = ?", (story_id,)
        )
        connection.execute("DELETE FROM story WHERE story_id = ?", (story_id,))


# Sketches.


def _sign(connection: sqlite3.Connection, article_id: int, texts: _Texts) -> None:
    """Bring the sketch of an article up to date."""
    text = texts.of(article_id)
    sketch = text.sketch() if text is not None else None
    blob = sketch.astype("<i8").tobytes() if sketch is not None else None
    if blob == _sketch(connection, article_id):
        return
    _unsign(connection, article_id)
    if sketch is not None:
        connection.execute("INSERT INTO sketch (article_id, shingles) VALUES (?, ?)", (article_id, blob))
        connection.executemany(
            "INSERT INTO shingle (shingle, article_id) VALUES (?, ?)", [(n, article_id) for n in sketch.tolist()]
        )


def _unsign(connection: sqlite3.Connection, article_id: int) -> None:
    blob = _sketch(connection, article_id)
    if blob is not None:
        connection.executemany(
            "DELETE FROM shingle WHERE shingle = ? AND article_id = ?",
            [(n, article_id) for (n,) in struct.iter_unpack("<q", blob)],
        )
        connection.execute("DELETE FROM sketch WHERE article_id = ?", (article_id,))


def _sketch(connection: sqlite3.Connection, article_id: int) -> bytes | None:
    found = connection.execute("SELECT shingles FROM sketch WHERE article_id = ?", (article_id,)).fetchone()
    return bytes(found[0]) if found else None


class _Texts:
    """Texts and what comparing them gave, as long as one settling lasts; it changes none."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        from archive import shingles

        self._connection, self._shingles = connection, shingles
        self.of = lru_cache(KEPT)(self._read)
        self._sketch_of = lru_cache(KEPT)(self._read_sketch)
        self._compared: dict[tuple[bytes, bytes], float | None] = {}

    def _read(self, article_id: int) -> Shingled | None:
        """The current text of an article; None if it has none, or none that can be compared."""
        found = self._connection.execute(_TEXT, (article_id,)).fetchone()
        return self._shingles.shingled(found[0]) if found else None

    def _read_sketch(self, article_id: int) -> NDArray[np.int64]:
        import numpy

        blob = _sketch(self._connection, article_id)
        assert blob is not None
        return numpy.frombuffer(blob, "<i8")

    def similarity(self, one: int, other: int) -> float | None:
        """Of two articles; None if they are different texts, or their sketches say so."""
        a, b = self.of(one), self.of(other)
        if a is None or b is None:
            return None
        pair = (a.key, b.key) if a.key <= b.key else (b.key, a.key)
        if pair not in self._compared:
            if len(self._compared) >= COMPARED:
                self._compared.clear()
            near = self._shingles.may_be_alike(self._sketch_of(one), self._sketch_of(other))
            self._compared[pair] = self._shingles.similarity(a, b) if near else None
        return self._compared[pair]

    def alike(self, article_id: int) -> Iterator[int]:
        """The other articles with the same text."""
        if self.of(article_id) is None:
            return
        sketch = json.dumps(self._sketch_of(article_id).tolist())
        for (other,) in self._connection.execute(_NEAR, (sketch,)).fetchall():
            if other != article_id and self.similarity(article_id, other) is not None:
                yield other


# Stories.


def _closed(connection: sqlite3.Connection, article_id: int, texts: _Texts) -> set[int]:
    """An article with all that are alike it, or in a story with it, and with what is alike these, and so on."""
    found, waiting, keys = {article_id}, [article_id], set[bytes]()
    while waiting:
        each = waiting.pop()
        near = {
            other
            for (other,) in connection.execute(
                """SELECT other.article_id FROM article JOIN article AS other USING (story_id)
                   WHERE article.article_id = ?""",
                (each,),
            )
        }
        text = texts.of(each)
        if text is not None and text.key not in keys:  # the same words have the same neighbours
            keys.add(text.key)
            near.update(texts.alike(each))
        waiting += near - found
        found |= near
    return found


def _group(connection: sqlite3.Connection, closed: Collection[int], texts: _Texts) -> None:
    """Make the stories of a closed set of articles, and note what is new."""
    founded: dict[int, list[tuple[int, float]]] = {}  # by the founder
    for article_id in sorted(closed, key=lambda n: _age(connection, n)):
        for founder, members in founded.items():
            if (similarity := texts.similarity(founder, article_id)) is not None:
                members.append((article_id, similarity))
                break
        else:
            founded[article_id] = [(article_id, 1.0)]
    stories = {founder: members for founder, members in founded.items() if len(members) > 1}
    before = dict(connection.execute(_BEFORE, (json.dumps(list(closed)),)).fetchall())
    numbers = _numbers(connection, stories, before)
    for founder, members in founded.items():
        story_id = None
        if founder in stories:
            story_id = _enter(connection, numbers.get(founder), founder, len(members))
        for article_id, similarity in members:
            connection.execute(
                """UPDATE article SET story_id = ?1, similarity = ?2, unsettled = 0
                   WHERE article_id = ?3 AND (story_id IS NOT ?1 OR similarity IS NOT ?2 OR unsettled = 1)""",
                (story_id, similarity if story_id is not None else None, article_id),
            )
    gone = set(before.values()) - set(numbers.values())
    connection.executemany("DELETE FROM story WHERE story_id = ?", [(n,) for n in gone])


def _numbers(
    connection: sqlite3.Connection, stories: Mapping[int, list[tuple[int, float]]], before: Mapping[int, int]
) -> dict[int, int]:
    """{founder: story}: a story keeps its number with its founder, else with one of its articles."""
    numbers = {
        founder: before[founder]
        for founder in stories.keys() & before.keys()
        if connection.execute("SELECT 1 FROM story WHERE first_article_id = ?", (founder,)).fetchone()
    }
    for founder, members in stories.items():
        if founder not in numbers:
            free = {before[n] for n, _ in members if n in before} - set(numbers.values())
            if free:
                numbers[founder] = min(free)
    return numbers


def _age(connection: sqlite3.Connection, article_id: int) -> tuple[str, str, str]:
    found = connection.execute(_AGE, (article_id,)).fetchone()
    return found if found else ("", "", "")  # shows no text, and so is in no story


def _enter(connection: sqlite3.Connection, story_id: int | None, founder: int, articles: int) -> int:
    """Enter a story, or bring its row up to date -> its number, which stays while some of its articles do."""
    if story_id is None:
        new = connection.execute(
            "INSERT INTO story (first_article_id, articles) VALUES (?, ?) RETURNING story_id", (founder, articles)
        ).fetchone()
        return int(new[0])
    connection.execute(
        """UPDATE story SET first_article_id = ?1, articles = ?2 WHERE story_id = ?3
             AND (first_article_id <> ?1 OR articles <> ?2)""",
        (founder, articles, story_id),
    )
    return story_id
