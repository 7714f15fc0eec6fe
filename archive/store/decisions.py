"""What a person sees of a site's furniture, and how they overrule it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.errors import BadInput, NotFound
from archive.extract.evidence import hash_of
from archive.store.bodies import mark_unsettled
from archive.store.furniture import evidence, examples, learn_site
from archive.store.text import Moment, clean, row, stamp
from archive.store.transaction import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

_ROWS = """SELECT furniture_id, text, articles, of_articles, decided, learnt_at, example_article_id FROM furniture
  WHERE site_id = ? ORDER BY articles DESC, text"""
_ONE = """SELECT furniture_id, text, articles, of_articles, decided, learnt_at, example_article_id FROM furniture
  WHERE site_id = ? AND furniture_id = ?"""


@dataclass(frozen=True, slots=True)
class FurnitureRecord:
    """A line that recurs on a site. `decided`: learnt, keep or drop as in the table; stays: it recurs, but is taken
    for text, so it has no number."""

    furniture_id: int | None
    text: str
    articles: int
    of_articles: int
    decided: str
    learnt_at: str | None
    example_article_id: int | None


def site_of_name(db: Database, name: str) -> int:
    """:raises NotFound: there is no site of that name."""
    found = db.conn.execute("SELECT site_id FROM site WHERE name = ?", row(name)).fetchone()
    if found is None:
        raise NotFound(f"no site is called {clean(name)!r}", hint="broadsheet status lists the sites")
    return int(found[0])


def is_unsettled(db: Database, site_id: int) -> bool:
    """Whether pages have come since the site's furniture was learnt."""
    (unsettled,) = db.conn.execute("SELECT unsettled FROM site WHERE site_id = ?", (site_id,)).fetchone()
    return bool(unsettled)


def furniture(db: Database, site_id: int, *, also_what_stays: bool = False) -> list[FurnitureRecord]:
    """The furniture of a site and what people decided of it, the most frequent first; then, if asked for, what
    recurs and stays."""
    found = [FurnitureRecord(*values) for values in db.conn.execute(_ROWS, (site_id,))]
    return found + _what_stays(db.conn, site_id) if also_what_stays else found


def _what_stays(connection: sqlite3.Connection, site_id: int) -> list[FurnitureRecord]:
    known = {key for (key,) in connection.execute("SELECT line_key FROM furniture WHERE site_id = ?", (site_id,))}
    held = evidence(connection, site_id)
    no_articles = {
        version_id
        for (version_id,) in connection.execute(
            """SELECT version_id FROM version JOIN article USING (article_id)
               WHERE site_id = ? AND verdict = 'soft-404'""",
            (site_id,),
        )
    }
    learnt = learn_site(held, no_articles)
    counts = {line.key: line.articles for line in learnt.lines.values() if line.key not in known}
    texts = examples(connection, held, counts.keys())
    records = [
        FurnitureRecord(None, text, counts[key], learnt.of_articles, "stays", None, article_id)
        for key, (article_id, text) in texts.items()
    ]
    return sorted(records, key=lambda r: (-r.articles, r.text))


def texts_of(db: Database, site_id: int, ids: Sequence[int]) -> list[str]:
    """The lines of furniture by number.

    :raises NotFound: the site has no furniture of such a number.
    """
    return [_one(db.conn, site_id, furniture_id).text for furniture_id in ids]


def furniture_ids(db: Database, site_id: int, keys: Sequence[int]) -> list[int]:
    """The numbers of a site's lines of furniture, by the hashes of their texts; what is none any longer is left out."""
    found = (
        db.conn.execute(
            "SELECT furniture_id FROM furniture WHERE site_id = ? AND line_key = ?", (site_id, key)
        ).fetchone()
        for key in keys
    )
    return [int(one[0]) for one in found if one]


def _one(connection: sqlite3.Connection, site_id: int, furniture_id: int) -> FurnitureRecord:
    values = connection.execute(_ONE, (site_id, min(furniture_id, 2**62))).fetchone()
    if values is None:
        raise NotFound(f"the site has no furniture {furniture_id}", hint="broadsheet furniture lists it")
    return FurnitureRecord(*values)


def decide(db: Database, site_id: int, ids: Sequence[int], decision: str, *, now: Moment) -> list[FurnitureRecord]:
    """Overrule what was learnt -> the lines as they stood before.

    `decision`: "keep" (it is text), "drop" (it is none), or "learnt" to take back what was decided. The caller
    settles the site (`archive.store.settle`) for its articles to follow. All ids or none.

    :raises NotFound: the site has no furniture of such a number.
    """
    with transaction(db) as connection:
        found = [_one(connection, site_id, furniture_id) for furniture_id in ids]
        connection.executemany(
            "UPDATE furniture SET decided = ?, learnt_at = ? WHERE furniture_id = ?",
            [(decision, stamp(now), record.furniture_id) for record in found if record.decided != decision],
        )
        mark_unsettled(connection, site_id)
        return found


def drop_text(db: Database, site_id: int, text: str, *, now: Moment) -> None:
    """Take a line out of the site's articles that was not learnt; case, punctuation and white space do not count.

    :raises BadInput: there is no word in it, or it is more than one line.
    """
    line = clean(text).strip()
    if not hash_of(line) or "\n" in line:
        raise BadInput("a text to drop must be one line with a word in it", hint="give it as an article has it")
    with transaction(db) as connection:
        connection.execute(
            """INSERT INTO furniture (site_id, line_key, text, articles, of_articles, decided, learnt_at)
               VALUES (?, ?, ?, 0, 0, 'drop', ?)
               ON CONFLICT (site_id, line_key) DO UPDATE SET decided = 'drop', learnt_at = excluded.learnt_at""",
            row(site_id, hash_of(line), line, stamp(now)),
        )
        mark_unsettled(connection, site_id)
