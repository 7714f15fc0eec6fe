"""What drift is found in: the first answer for each page of a site, with all that was read from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

PAGES = 1500  # of a site, the newest: as far back as alarms look (archive.store.history)

_SITES = "SELECT site_id, name, title FROM site WHERE site_id IN (SELECT site_id FROM url) ORDER BY name"
# A page that turned out to be a listing is a section from then on: it counts where a feed says that it is an article.
_PAGES = """SELECT url.url, capture.captured_at, capture.verdict, capture.extraction_error IS NOT NULL,
    warc_file.filename, capture."offset", capture.length, version.version_id, version.article_id,
    version.headline, version.description, version.authors, version.byline_raw, version.date_published,
    version.date_published_offset, version.date_published_precision, version.date_published_raw,
    version.date_modified, version.article_section, nullif(version.keywords, '[]'), version.in_language,
    version.publisher, version.is_accessible_for_free, version.image, version.image_caption, version.canonical_url,
    coalesce(version.article_body, ''), version.body_blocks, version.body_source, version.confidence,
    coalesce(version.word_count, 0),
    (SELECT json_group_object(field, source) FROM field_source
     WHERE field_source.version_id = version.version_id AND chosen AND field <> 'verdict'),
    (SELECT min(claimed_published) FROM sighting WHERE sighting.url_id = url.url_id)
  FROM url JOIN capture ON capture.capture_id = (
    SELECT capture_id FROM capture WHERE capture.url_id = url.url_id AND status BETWEEN 200 AND 299
      AND record_type = 'response' AND lost_at IS NULL ORDER BY captured_at LIMIT 1)
  JOIN warc_file USING (warc_file_id)
  LEFT JOIN version ON version.version_id = capture.version_id
  WHERE url.site_id = :site AND capture.verdict IS NOT NULL AND (url.kind = 'page' OR (url.kind = 'section'
    AND EXISTS (SELECT 1 FROM sighting JOIN feed USING (feed_id)
                WHERE sighting.url_id = url.url_id AND feed.kind NOT IN ('section', 'front', 'unknown'))))
  ORDER BY capture.captured_at DESC, url.url_id DESC LIMIT :limit"""


@dataclass(frozen=True, slots=True)
class Observed:
    """One page as it was first captured. Without a version (`version_id` None) it shows no article: no field is filled.

    Fields as in the table `version`; `sources`: where each was read; `claimed`: what a feed says of its publication.
    """

    url: str
    captured_at: str
    verdict: str
    has_error: bool
    warc_file: str
    offset: int
    length: int
    version_id: int | None
    article_id: int | None
    headline: str | None
    description: str | None
    authors: str | None
    byline_raw: str | None
    date_published: str | None
    date_published_offset: str | None
    date_published_precision: str | None
    date_published_raw: str | None
    date_modified: str | None
    article_section: str | None
    keywords: str | None
    in_language: str | None
    publisher: str | None
    is_accessible_for_free: int | None
    image: str | None
    image_caption: str | None
    canonical_url: str | None
    article_body: str
    block_kinds: tuple[str, ...]
    body_source: str | None
    confidence: float | None
    words: int
    sources: Mapping[str, str]
    claimed: str | None

    @property
    def day(self) -> str:
        """Of its capture, YYYY-MM-DD in UTC; the first where other tools noted a month or a year (ISO 28500)."""
        return f"{self.captured_at}-01-01"[:10]


def sites(db: Database) -> dict[str, tuple[int, str | None]]:
    """{name: (id, title)} of the sites of which any URL is known."""
    return {name: (site_id, title) for site_id, name, title in db.conn.execute(_SITES)}


def observed(db: Database, site_id: int, limit: int = PAGES) -> list[Observed]:
    """The newest pages of a site, the first captured first; of several addresses of one article only the first."""
    found: list[Observed] = []
    known: set[tuple[int | None, str | None]] = set()
    for values in reversed(db.conn.execute(_PAGES, {"site": site_id, "limit": limit}).fetchall()):
        *plain, blocks, body_source, confidence, words, sources, claimed = values
        kinds = tuple(block[0] for block in json.loads(blocks)) if blocks else ()
        rest = (kinds, body_source, confidence, words, json.loads(sources or "{}"), claimed)
        page = Observed(*(*plain, *rest))
        # Its headline as well: a wrong canonical URL makes one article of many.
        article = (page.article_id, page.headline)
        if page.article_id is None or article not in known:
            known.add(article)
            found.append(page)
    return found
