"""Articles and their versions.

A capture has a version (`capture.version_id`): its own, or that of a neighbour in time that reads the same, so an
unchanged page makes no new version. Neighbours that differ by furniture alone are one version too, but the record of
each is kept, since furniture can come back: `version.same_as` names the one that is shown. The current version is
the one that the newest capture shows. All this is decided by capture time, never by the order of commits.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.extract.evidence import merge
from archive.extract.furniture import Furniture
from archive.model import HELD, Article, Extraction, Recipe, Verdict
from archive.store.bodies import Reading, mark_unsettled, read, site_furniture, write_furniture
from archive.store.current import refresh, relink
from archive.store.text import other_headlines, row, to_json, word_count
from archive.urls import host_of, normalise, same_site

_VERSION_COLUMNS = (
    "article_id", "capture_id", "recipe_id", "verdict", "type", "headline", "headline_forms", "other_headlines",
    "description", "authors", "byline_raw", "date_published", "date_published_offset", "date_published_raw",
    "date_published_precision", "date_modified", "date_modified_offset", "date_modified_raw",
    "date_modified_precision", "article_section", "keywords", "in_language", "publisher", "is_accessible_for_free",
    "image", "image_caption", "image_credit", "canonical_url", "article_body", "body_blocks", "body_source",
    "confidence", "word_count", "text_sha256", "extracted_at", "lines", "full_sha256",
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
        return f"{self.captured_at[:19]}Z" if len(self.captured_at) > 20 else self.captured_at


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
        self, source: Source, extraction: Extraction, recipe: Recipe | None, extracted_at: str
    ) -> int | None:
        """Enter what was extracted -> the article's id; None if the page is no article or has no text.

        :raises ValueError: an article without the recipe that made it.
        """
        article = extraction.article
        if article is None or extraction.verdict not in HELD or not article.article_body.strip():
            return None
        if recipe is None:
            raise ValueError(f"an article without a recipe: {source.url}")
        if self._is_taken_down(article_url(source.url, article.canonical_url)):
            return None
        article_id, site_id, is_new = self._article_id(source, article)
        reading = read(article, extraction.verdict, self._furniture(site_id))
        version_id = None if is_new else self._same_reading(article_id, source, reading.full_sha256)
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
            return found[0], found[1], False
        cursor = self.connection.execute(
            "INSERT INTO article (site_id, url, first_seen) VALUES (?, ?, ?)", (source.site_id, url, source.second)
        )
        self.new_articles += 1
        assert cursor.lastrowid is not None
        return cursor.lastrowid, source.site_id, True

    def _same_reading(self, article_id: int, source: Source, sha256: str) -> int | None:
        """The version with the same whole text that this capture shows already, or a neighbour in time does."""
        own = self.connection.execute(
            """SELECT version_id, coalesce(full_sha256, text_sha256) FROM version
               WHERE article_id = ? AND version_id = (SELECT version_id FROM capture WHERE capture_id = ?)""",
            (article_id, source.capture_id),
        ).fetchone()
        if own and own[1] == sha256:
            return int(own[0])
        for query in (_BEFORE, _AFTER):
            near = self.connection.execute(query, (article_id, source.capture_id, source.at)).fetchone()
            if near and near[2] == sha256:
                return int(near[1])
        return None

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
        cursor = self.connection.execute(
            _VERSION,
            row(
                *facts, a.type, a.headline, to_json(dict(a.headline_forms)) if a.headline_forms else None,
                other_headlines(a), a.description, "; ".join(a.authors) or None, a.byline_raw, *reading.published,
                a.date_published_raw, a.date_published_precision, *reading.modified, a.date_modified_raw,
                a.date_modified_precision, a.article_section, to_json(list(a.keywords)) if a.keywords else None,
                a.in_language, a.publisher, a.is_accessible_for_free, a.image, a.image_caption, a.image_credit,
                a.canonical_url, body, reading.parted.blocks, e.body_source, e.confidence, word_count(body),
                reading.text_sha256, extracted_at, e.lines or None, reading.full_sha256,
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
