"""Pages that are no articles though they were answered with 200 and look like one: the same few words, under the same
headline, at several addresses of a site. One page alone cannot tell; together they show a template, for an error or
for consent. What could be an article served under several addresses has a date, an author, or length."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archive.extract.text import key
from archive.model import Verdict
from archive.store.bodies import whole
from archive.store.current import refresh
from archive.urls import surt

WORDS = 120  # of the body, at most
ADDRESSES = 3  # different ones at least, of articles that are different by their canonical URLs
_SHORT = """SELECT version.version_id, version.headline, version.verdict, article.article_id, article.url
  FROM article CROSS JOIN version ON version.article_id = article.article_id
  WHERE article.site_id = ? AND version.date_published IS NULL AND version.authors IS NULL
    AND version.headline IS NOT NULL AND version.word_count <= ? AND version.verdict IN ('article', 'soft-404')
    AND EXISTS (SELECT 1 FROM capture WHERE capture.version_id = version.version_id)"""


@dataclass(frozen=True, slots=True)
class _Short:
    version_id: int
    verdict: str
    article_id: int
    url: str


def judge(connection: sqlite3.Connection, site_id: int) -> set[int]:
    """Find a site's templates, and take them out of the articles -> their versions.

    A function of the captures held: what was judged before is judged anew, and an article again if need be.
    """
    alike: dict[tuple[str, str], list[_Short]] = {}
    found = connection.execute(_SHORT, (site_id, WORDS)).fetchall()
    for version_id, headline, verdict, article_id, url in found:
        text = "\n".join(line.text for line in whole(connection, version_id))
        alike.setdefault((key(headline), key(text)), []).append(_Short(version_id, verdict, article_id, url))
    templates: set[int] = set()
    changed: set[int] = set()
    for group in alike.values():
        is_template = len({_address(short.url) for short in group}) >= ADDRESSES
        wanted = Verdict.SOFT_404 if is_template else Verdict.ARTICLE
        for short in group:
            if is_template:
                templates.add(short.version_id)
            if short.verdict != wanted:
                connection.execute(
                    "UPDATE version SET verdict = ? WHERE version_id = ?", (wanted.value, short.version_id)
                )
                changed.add(short.article_id)
            connection.execute(
                "UPDATE capture SET verdict = ?1 WHERE version_id = ?2 AND verdict IS NOT NULL AND verdict <> ?1",
                (wanted.value, short.version_id),
            )
    for article_id in sorted(changed):
        refresh(connection, article_id)
    return templates


def _address(url: str) -> str:
    """Host and path alone: session ids and other parameters make no new address."""
    return surt(url).partition("?")[0]
