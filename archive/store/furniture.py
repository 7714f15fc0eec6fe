"""The furniture of the sites of an archive: learnt from what is held, and taken out of the articles.

`settle` brings a site's furniture and all its versions up to date. What comes of it depends on the captures held and
on what people decided, not on the order in which they came, nor on what was learnt before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract.evidence import hash_of, split
from archive.extract.furniture import DROPPED, Furniture, Learnt, Seen, learn, reason
from archive.store import templates
from archive.store.bodies import Parted, part, sha256_of, site_furniture, whole, write_furniture
from archive.store.current import make_current, refresh, relink
from archive.store.revisions import forget, revise
from archive.store.text import Moment, row, stamp, word_count
from archive.store.transaction import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

BATCH = 200  # versions that one transaction rewrites, so that nobody waits long for it
REASONS = 5000  # rows of `removed` whose count one transaction brings up to date
_EVIDENCE = """SELECT version.version_id, article.article_id, article.url, version.lines,
    EXISTS (SELECT 1 FROM capture WHERE capture.version_id = version.version_id)
  FROM article CROSS JOIN version ON version.article_id = article.article_id
  WHERE article.site_id = ? AND version.lines IS NOT NULL"""
_APART = """SELECT removed.version_id, removed.position, removed.text, removed.reason
  FROM article CROSS JOIN version ON version.article_id = article.article_id
  CROSS JOIN removed ON removed.version_id = version.version_id AND removed.line IS NOT NULL
  WHERE article.site_id = ?"""
_NEW = """INSERT INTO furniture (site_id, line_key, text, articles, of_articles, learnt_at, example_article_id, decided)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'learnt')"""
_KNOWN = """UPDATE furniture SET text = coalesce(?3, text), articles = ?4, of_articles = ?5, example_article_id = ?7
  WHERE site_id = ?1 AND line_key = ?2"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of one site."""

    site_id: int
    furniture: int  # different lines that leave its articles
    versions: int  # that read differently now
    templates: int  # versions that are no articles


@dataclass(frozen=True, slots=True)
class Held:
    """What one version can teach."""

    version_id: int
    article_id: int
    url: str  # of the article
    lines: bytes
    is_shown: bool

    def kept(self) -> Iterator[int]:
        """The keys of the lines of its whole body."""
        return (n >> 16 for n in split(self.lines)[1])


def settle(db: Database, site_id: int | None = None, *, now: Moment) -> list[Settled]:
    """Learn the furniture of a site, or of all that have got new pages, and bring their versions up to date.

    Lines that became furniture go from the body to `removed`, others come back; pages that prove to be templates
    leave the articles. Then the edits of articles that have changed are entered. Done in many short transactions: if
    it is cut short, the site is settled the next time. Doing it twice changes nothing. The caller holds the writer's
    lock.

    :raises StorageFailed: the disk is full or fails.
    """
    sites = [site_id] if site_id is not None else _unsettled(db.conn)
    settled = [_settle(db, each, stamp(now)) for each in sites]
    revise(db)
    return settled


def _unsettled(connection: sqlite3.Connection) -> list[int]:
    return [site_id for (site_id,) in connection.execute("SELECT site_id FROM site WHERE unsettled = 1")]


def _settle(db: Database, site_id: int, now: str) -> Settled:
    connection = db.conn
    with transaction(db):
        found_templates = templates.judge(connection, site_id)
    held = evidence(connection, site_id)
    learnt = learn_site(held, found_templates)
    with transaction(db):
        _enter(connection, site_id, held, learnt, now)
    furniture = site_furniture(connection, site_id)
    changed = _part_again(db, site_id, held, furniture)
    with transaction(db):
        connection.execute("UPDATE site SET unsettled = 0 WHERE site_id = ?", (site_id,))
    return Settled(site_id, len(furniture.learnt) + len(furniture.dropped), changed, len(found_templates))


def evidence(connection: sqlite3.Connection, site_id: int) -> list[Held]:
    """Every version of a site that has evidence, by URL."""
    found = [
        Held(version_id, article_id, url, lines, bool(is_shown))
        for version_id, article_id, url, lines, is_shown in connection.execute(_EVIDENCE, (site_id,))
    ]
    return sorted(found, key=lambda h: (h.url, h.version_id))


def learn_site(held: Iterable[Held], without: Collection[int] = ()) -> Learnt:
    """What recurs on a site: learnt from the versions that captures show."""
    return learn(Seen(h.url, h.lines) for h in held if h.is_shown and h.version_id not in without)


# The rows of `furniture`.


def _enter(connection: sqlite3.Connection, site_id: int, held: list[Held], learnt: Learnt, now: str) -> None:
    """Bring the rows up to date; what people decided stays, with new counts."""
    found = connection.execute("SELECT line_key, decided FROM furniture WHERE site_id = ?", (site_id,))
    decided = dict(found.fetchall())
    counts = learnt.furniture
    stale = [key for key, what in decided.items() if what == "learnt" and key not in counts]
    connection.executemany(
        "DELETE FROM furniture WHERE site_id = ? AND line_key = ?", [(site_id, key) for key in stale]
    )
    wanted = set(counts) | {key for key, what in decided.items() if what != "learnt"}
    seen = examples(connection, held, wanted)
    for key in sorted(wanted):
        article_id, text = seen.get(key, (None, None))
        recurring = learnt.lines.get(key)
        articles = recurring.articles if recurring else int(key in seen)
        parameters = row(site_id, key, text, articles, learnt.of_articles, now, article_id)
        connection.execute(_KNOWN if key in decided else _NEW, parameters)


def examples(
    connection: sqlite3.Connection, held: Iterable[Held], keys: Collection[int]
) -> dict[int, tuple[int, str]]:
    """Of each line: the first article by URL whose body has it, and how that writes it."""
    first: dict[int, tuple[int, list[int]]] = {}
    for h in held:  # by URL
        for key in {key for key in h.kept() if key in keys}:
            article_id, versions = first.setdefault(key, (h.article_id, []))
            if article_id == h.article_id:
                versions.append(h.version_id)
    texts: dict[int, dict[int, str]] = {}
    for version_id in {v for _, versions in first.values() for v in versions}:
        texts[version_id] = {hash_of(line.text): line.text for line in whole(connection, version_id)}
    found: dict[int, tuple[int, str]] = {}
    for key, (article_id, versions) in first.items():
        if written := [texts[v][key] for v in versions if key in texts[v]]:
            found[key] = article_id, min(written)
    return found


# The versions.


def _part_again(db: Database, site_id: int, held: list[Held], furniture: Furniture) -> int:
    """Take furniture out of the bodies, and put back what is none -> how many versions read differently."""
    whys = {key: reason(n) for key, n in furniture.learnt.items()} | dict.fromkeys(furniture.dropped, DROPPED)
    apart = _apart(db.conn, site_id)
    again: list[Held] = []
    recount: list[tuple[str, int, int]] = []
    for h in held:
        wanted = {key: whys[key] for key in h.kept() if key in whys}
        rows = apart.get(h.version_id, {})
        if wanted.keys() != rows.keys():
            again.append(h)
        else:
            recount += [
                (wanted[key], h.version_id, position)
                for key, places in rows.items()
                for position, why in places
                if why != wanted[key]
            ]
    for start in range(0, len(recount), REASONS):
        with transaction(db) as connection:
            connection.executemany(
                "UPDATE removed SET reason = ? WHERE version_id = ? AND position = ?",
                recount[start : start + REASONS],
            )
    changed = 0
    for start in range(0, len(again), BATCH):
        with transaction(db) as connection:
            batch = again[start : start + BATCH]
            read_new = {h.article_id for h in batch if _rewrite(connection, h, furniture)}
            changed += len(read_new)
            for article_id in sorted(read_new):
                relink(connection, article_id)
                refresh(connection, article_id)
    return changed


def _apart(connection: sqlite3.Connection, site_id: int) -> Mapping[int, dict[int, list[tuple[int, str]]]]:
    """{version: {key of a line that was taken out: [(position in `removed`, reason)]}}"""
    found: dict[int, dict[int, list[tuple[int, str]]]] = {}
    for version_id, position, text, why in connection.execute(_APART, (site_id,)):
        found.setdefault(version_id, {}).setdefault(hash_of(text), []).append((position, why))
    return found


def _rewrite(connection: sqlite3.Connection, held: Held, furniture: Furniture) -> bool:
    """-> whether the version reads differently now."""
    version_id = held.version_id
    parted = part(whole(connection, version_id), furniture)
    (before,) = connection.execute(
        "SELECT article_body FROM version WHERE version_id = ?", (version_id,)
    ).fetchone()
    if before == parted.text:
        _explain(connection, version_id, parted)
        return False
    is_current = connection.execute(
        "SELECT 1 FROM article WHERE article_id = ? AND current_version_id = ?", (held.article_id, version_id)
    ).fetchone()
    if is_current:
        make_current(connection, held.article_id, None)  # no version changes while it is indexed
    connection.execute(
        """UPDATE version SET article_body = ?, body_blocks = ?, word_count = ?, text_sha256 = ?,
             full_sha256 = coalesce(full_sha256, text_sha256) WHERE version_id = ?""",
        row(
            parted.text, parted.blocks, word_count(parted.text), sha256_of(connection, version_id, parted.text),
            version_id,
        ),
    )  # fmt: skip
    if is_current:
        make_current(connection, held.article_id, version_id)
    write_furniture(connection, version_id, parted)
    forget(connection, version_id)
    return True


def _explain(connection: sqlite3.Connection, version_id: int, parted: Parted) -> None:
    """Bring the reasons up to date where nothing else changed."""
    written = connection.execute(
        "SELECT line, reason FROM removed WHERE version_id = ? AND line IS NOT NULL ORDER BY line", (version_id,)
    ).fetchall()
    if written != [(number, why) for number, _, why in parted.furniture]:
        write_furniture(connection, version_id, parted)
