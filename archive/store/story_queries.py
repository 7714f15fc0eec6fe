"""Reading stories: who has the same text, and who had it first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from archive.errors import NotFound
from archive.store.records import StoryArticle, StoryRecord
from archive.store.search import date_bound
from archive.store.text import clean

if TYPE_CHECKING:
    from sqlite_utils import Database

# The first of a story comes first, then the others in the order in which they had it.
_ARTICLES = """SELECT article.article_id, site.name, article.url, version.headline, version.date_published,
    article.first_seen, version.word_count, article.similarity
  FROM article JOIN site USING (site_id) JOIN version ON version.version_id = article.current_version_id
  JOIN story USING (story_id) WHERE article.story_id = ?
  ORDER BY story.first_article_id <> article.article_id, coalesce(version.date_published, article.first_seen),
    article.first_seen, article.url"""
_STORIES = """SELECT story.story_id FROM story JOIN article AS first ON first.article_id = story.first_article_id
  JOIN version ON version.version_id = first.current_version_id
  WHERE (SELECT count(DISTINCT site_id) FROM article WHERE article.story_id = story.story_id) >= :min_sites
    AND (:site IS NULL OR EXISTS
      (SELECT 1 FROM article WHERE article.story_id = story.story_id AND article.site_id = :site))
    AND (:since IS NULL OR EXISTS
      (SELECT 1 FROM article JOIN version AS its ON its.version_id = article.current_version_id
       WHERE article.story_id = story.story_id
         AND its.date_published >= substr(:since, 1, length(its.date_published))))
  ORDER BY coalesce(version.date_published, first.first_seen) DESC, story.story_id"""


def stories(
    db: Database, *, site: str | None = None, since: str | None = None, min_sites: int = 2
) -> Iterator[StoryRecord]:
    """The stories that at least so many sites have, the newest first.

    `site`: that this site has too; `since`: that somebody published then or later, a date as in `search`.

    :raises NotFound: there is no site of that name.
    :raises BadInput: `since` is no date.
    """
    parameters: dict[str, Any] = {"site": None, "since": None, "min_sites": min_sites}
    if site is not None:
        found = db.conn.execute("SELECT site_id FROM site WHERE name = ?", (clean(site),)).fetchone()
        if found is None:
            raise NotFound(f"no site is called {clean(site)!r}", hint="broadsheet status lists the sites")
        parameters["site"] = found[0]
    if since is not None:
        parameters["since"] = date_bound(since)
    for (story_id,) in db.conn.execute(_STORIES, parameters).fetchall():
        yield story(db, story_id)


def story(db: Database, story_id: int) -> StoryRecord:
    """One story, which there must be."""
    first, *reprints = (StoryArticle(*values) for values in db.conn.execute(_ARTICLES, (story_id,)))
    sites = tuple(dict.fromkeys(each.site for each in (first, *reprints)))
    return StoryRecord(story_id, first.headline, sites, first, tuple(reprints))
