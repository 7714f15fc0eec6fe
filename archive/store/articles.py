"""Articles and their versions.

A capture has a version (`capture.version_id`): its own, or that of a neighbour in time that reads the same, so an
unchanged page makes no new version. Neighbours that differ by furniture alone are one version too, but the record of
each is kept, since furniture can come back: `version.same_as` names the one that is shown. The current version is
the one that the newest capture shows. All this is decided by capture time, never by the order of commits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from archive.extract.evidence import merge
from archive.extract.furniture import Furniture
from archive.model import HELD, Article, Extraction, Recipe, Verdict
from archive.store import fields
from archive.store.bodies import Reading, mark_unsettled, read, site_furniture, write_furniture
from archive.store.current import refresh, relink
from archive.store.revisions import mark_if_known
from archive.store.text import row, to_second, word_count
from archive.urls import host_of, normalise, same_site

_VERSION_COLUMNS = (
    "article_id", "capture_id", "recipe_id", "verdict", *fields.NAMES, "other_headlines", "article_body",
    "body_blocks", "body_source", "confidence", "word_count", "text_sha256", "extracted_at", "lines", "full_sha256",
)  # fmt: skip
_VERSION = f"""INSERT INTO version ({", ".join(_VERSION_COLUMNS)})
  VALUES ({", ".join("?" * len(_VERSION_COLUMNS))})"""
# WARC-Dates of different precision compare rightly without their Z.
_SHOWN = """SELECT capture.capture_id, version.version_id, coalesce(version.full_sha256, version.text_sha256),
    rtrim(capture.captured_at, 'Z') AS at
  FROM version CROSS JOIN capture ON capture.version_id = version.version_id
  WHERE version.article_id = ?1 AND capture.capture_id <> ?2"""
_BEFORE = f"{_SHOWN} AND (at, capture.capture_id) < (?3, ?2) ORDER BY at DESC, capture.capture_id DESC LIMIT 1"
_AFTER = f"{_SHOWN} AND (at, capture.capture_id) > (?3, ?2) ORDER BY at, capture.capture_id LIMIT 1"


@dataclass(frozen=True, slots=True)
class Source:
    """The capture that an extraction was made from."""

    capture_id: int
    captured_at: str
    url_id: int
    url: str
    site_id: int

    @property
    def at(self) -> str:
        return self.captured_at.rstrip("Z")

    @property
    def second(self) -> str:
        """When it was captured, as the other times of the database are written."""
        return to_second(self.captured_at)


def held_article(extraction: Extraction) -> Article | None:
    """The article that the archive holds of a page; None if the page is none, or has no text."""
    article = extraction.article
    return article if article and extraction.verdict in HELD and article.article_body.strip() else None


def article_url(url: str, canonical: str | None) -> str:
    """What identifies the article: its canonical URL if that lies on the same site, else the URL itself.

    A canonical URL that leads to the front page from elsewhere is a mistake of the site's template.
    """
    target = normalise(canonical, url) if canonical else None
    if target is None or not same_site(host_of(target), host_of(url)):
        return url
    if _is_root(target) and not _is_root(url):
        return url
    return target


def _is_root(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


class Articles:
    """Writes articles inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.new_articles = 0
        self.new_versions = 0
        self._recipes: dict[str, int] = {}
        self._furniture_of: dict[int, Furniture] = {}

    def store(
        self,
        source: Source,
        extraction: Extraction,
        recipe: Recipe | None,
        extracted_at: str,
        *,
        every_field: bool = False,
    ) -> int | None:
        """Enter what was extracted -> the article's id; None if the page is no article or has no text.

        `every_field`: what differs in any field is another version, not only what reads differently.

        :raises ValueError: an article without the recipe that made it.
        """
        article = held_article(extraction)
        if article is None:
            return None
        if recipe is None:
            raise ValueError(f"an article without a recipe: {source.url}")
        if self._is_taken_down(article_url(source.url, article.canonical_url)):
            return None
        article_id, site_id, is_new = self._article_id(source, article)
        reading = read(article, extraction.verdict, self._furniture(site_id))
        record = None
        if every_field and not is_new:
            record = fields.record_of(extraction.verdict, article, read(article, extraction.verdict, Furniture()))
        version_id = None if is_new else self._same_reading(article_id, source, reading.full_sha256, record)
        is_new_reading = version_id is None
        if version_id is None:
            recipe_id = self.recipe_id(recipe, extracted_at)
            facts = (article_id, source.capture_id, recipe_id, extraction.verdict.value)
            version_id = self._insert(facts, extraction, article, reading, extracted_at)
            self._insert_details(version_id, extraction, article)
            if reading.parted.furniture:
                write_furniture(self.connection, version_id, reading.parted)
            mark_unsettled(self.connection, site_id)
        elif self._learn_more(version_id, extraction.lines):
            mark_unsettled(self.connection, site_id)
        self.show(source.capture_id, version_id)
        if is_new:
            refresh(self.connection, article_id, version_id)
            mark_if_known(self.connection, article_id, source.url_id)
        else:
            self.refresh(article_id)
        same_as, verdict = self.connection.execute(
            "SELECT same_as, verdict FROM version WHERE version_id = ?", (version_id,)
        ).fetchone()
        if is_new_reading and same_as is None:
            self.new_versions += 1
        if verdict == Verdict.SOFT_404:  # other pages of the site have shown that it is no article
            self.connection.execute(
                "UPDATE capture SET verdict = ? WHERE capture_id = ?", (verdict, source.capture_id)
            )
        return article_id

    def seen_again(self, source: Source) -> int | None:
        """A revisit shows what its original shows -> the article's id; None if that is no article."""
        found = self.connection.execute(
            """SELECT version.version_id, version.article_id FROM capture
               JOIN capture AS original ON original.capture_id = capture.refers_to
               JOIN version ON version.version_id = original.version_id WHERE capture.capture_id = ?""",
            (source.capture_id,),
        ).fetchone()
        if found is None:
            return None
        version_id, article_id = found
        self.show(source.capture_id, version_id)
        self.refresh(article_id)
        return int(article_id)

    def show(self, capture_id: int, version_id: int | None) -> None:
        self.connection.execute("UPDATE capture SET version_id = ? WHERE capture_id = ?", (version_id, capture_id))

    def refresh(self, article_id: int) -> None:
        """Say anew which versions are one, and which is the current one."""
        relink(self.connection, article_id)
        refresh(self.connection, article_id)

    def _is_taken_down(self, url: str) -> bool:
        found = self.connection.execute("SELECT excluded_by FROM url WHERE url = ?", row(url)).fetchone()
        return found is not None and found[0] == "takedown"

    def _article_id(self, source: Source, article: Article) -> tuple[int, int, bool]:
        """-> the article, its site, and whether it was not known before."""
        (url,) = row(article_url(source.url, article.canonical_url))
        found = self.connection.execute("SELECT article_id, site_id FROM article WHERE url = ?", (url,)).fetchone()
        if found:
            self.connection.execute(  # captures that were made elsewhere come in any order
                "UPDATE article SET first_seen = ?1, unsettled = 1 WHERE article_id = ?2 AND first_seen > ?1",
                (source.second, found[0]),
            )
            return found[0], found[1], False
        cursor = self.connection.execute(
            "INSERT INTO article (site_id, url, first_seen) VALUES (?, ?, ?)", (source.site_id, url, source.second)
        )
        self.new_articles += 1
        assert cursor.lastrowid is not None
        return cursor.lastrowid, source.site_id, True

    def _same_reading(
        self, article_id: int, source: Source, sha256: str, record: dict[str, Any] | None
    ) -> int | None:
        """The version with the same whole text that this capture shows already, or a neighbour in time does; with
        `record`, the same in every field, and then also one that was once read from this capture."""
        near = self._near(article_id, source, once=record is not None)
        return next((version for version, its in near if its == sha256 and self._says(version, record)), None)

    def _near(self, article_id: int, source: Source, *, once: bool) -> Iterator[tuple[int, str]]:
        """Versions with their hashes: what this capture shows, then its neighbours, then what once was read from it."""
        yield from self.connection.execute(
            """SELECT version_id, coalesce(full_sha256, text_sha256) FROM version
               WHERE article_id = ? AND version_id = (SELECT version_id FROM capture WHERE capture_id = ?)""",
            (article_id, source.capture_id),
        ).fetchall()
        for query in (_BEFORE, _AFTER):
            near = self.connection.execute(query, (article_id, source.capture_id, source.at))
            yield from [(version_id, sha256) for _, version_id, sha256, _ in near]
        if once:
            yield from self.connection.execute(
                """SELECT version_id, coalesce(full_sha256, text_sha256) FROM version
                   WHERE article_id = ? AND capture_id = ? ORDER BY version_id DESC""",
                (article_id, source.capture_id),
            ).fetchall()

    def _says(self, version_id: int, record: dict[str, Any] | None) -> bool:
        return record is None or fields.record_held(self.connection, version_id, full=True) == record

    def _learn_more(self, version_id: int, lines: bytes) -> bool:
        """Add what another capture of the same text shows of its site -> whether there was anything new."""
        (known,) = self.connection.execute(
            "SELECT lines FROM version WHERE version_id = ?", (version_id,)
        ).fetchone()
        both = merge(known or b"", lines)
        if both == (known or b""):
            return False
        self.connection.execute("UPDATE version SET lines = ? WHERE version_id = ?", (both, version_id))
        return True

    def _furniture(self, site_id: int) -> Furniture:
        if site_id not in self._furniture_of:
            self._furniture_of[site_id] = site_furniture(self.connection, site_id)
        return self._furniture_of[site_id]

    def recipe_id(self, recipe: Recipe, now: str) -> int:
        """The row of a recipe, entered when it is first used."""
        if recipe.sha256 not in self._recipes:
            self.connection.execute(
                "INSERT INTO recipe (sha256, definition, first_used) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                row(recipe.sha256, recipe.definition, now),
            )
            found = self.connection.execute("SELECT recipe_id FROM recipe WHERE sha256 = ?", (recipe.sha256,))
            self._recipes[recipe.sha256] = found.fetchone()[0]
        return self._recipes[recipe.sha256]

    def _insert(
        self, facts: tuple[int, int, int, str], e: Extraction, a: Article, reading: Reading, extracted_at: str
    ) -> int:
        body = reading.parted.text
        stated = fields.columns(a, reading)
        cursor = self.connection.execute(
            _VERSION,
            row(
                *facts, *(stated[name] for name in fields.NAMES), stated["other_headlines"], body,
                reading.parted.blocks, e.body_source, e.confidence, word_count(body), reading.text_sha256,
                extracted_at, e.lines or None, reading.full_sha256,
            ),
        )  # fmt: skip
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _insert_details(self, version_id: int, extraction: Extraction, article: Article) -> None:
        names = [row(name)[0] for name in article.authors]
        many = self.connection.executemany
        many("INSERT INTO author (name) VALUES (?) ON CONFLICT DO NOTHING", [(name,) for name in names])
        many(
            "INSERT INTO version_author SELECT ?, ?, author_id FROM author WHERE name = ?",
            [(version_id, position, name) for position, name in enumerate(names, 1)],
        )
        many(
            """INSERT INTO removed (version_id, position, reason, text, confidence, place)
               VALUES (?, ?, ?, ?, ?, ?)""",
            [
                row(version_id, n, block.reason, block.text, block.confidence, block.place)
                for n, block in enumerate(extraction.removed, 1)
            ],
        )
        many(
            """INSERT INTO field_source (version_id, position, field, source, value, chosen)
               VALUES (?, ?, ?, ?, ?, ?)""",
            [
                row(version_id, n, s.field, s.source, s.value, s.chosen)
                for n, s in enumerate(extraction.sources, 1)
            ],
        )
