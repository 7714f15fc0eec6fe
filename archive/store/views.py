"""The views of `archive.db`, its full-text indexes and the triggers that keep those up to date."""

from __future__ import annotations

VIEWS = """
CREATE VIEW frontier AS                 -- the URLs known but not yet fetched
  SELECT url.url_id, url.url, url.host, site.name AS site, url.kind, url.priority, url.depth, url.attempts,
         url.due_at, url.first_seen
  FROM url JOIN site USING (site_id) WHERE url.state = 'due';

CREATE VIEW articles AS                 -- what researchers query: one flat row an article, its current version
  SELECT article.article_id AS rowid,   -- lets tools that look for a rowid search this view (Datasette)
         article.article_id, version.headline, version.authors, version.date_published, version.date_modified,
         site.name AS site, version.article_section AS section, version.in_language AS language,
         version.description, version.article_body, version.word_count, article.url, version.type,
         version.verdict, version.is_accessible_for_free, version.publisher, version.keywords, version.image,
         version.image_caption, version.image_credit, version.byline_raw, version.date_published_raw,
         version.date_published_offset, version.date_published_precision, version.confidence,
         version.other_headlines, version.version_id,
         (SELECT count(*) FROM version AS other WHERE other.article_id = article.article_id
            AND other.same_as IS NULL AND other.verdict <> 'soft-404') AS versions,
         capture.captured_at, warc_file.filename AS warc_file, capture."offset" AS warc_offset,
         capture.length AS warc_length, capture.record_id AS warc_record_id,
         article.story_id, EXISTS (SELECT 1 FROM story WHERE story.story_id = article.story_id
                                     AND story.first_article_id <> article.article_id) AS is_reprint
  FROM article
  JOIN version ON version.version_id = article.current_version_id
  JOIN capture ON capture.capture_id = version.capture_id
  JOIN warc_file ON warc_file.warc_file_id = capture.warc_file_id
  JOIN site ON site.site_id = article.site_id;

-- Words of all fields. FTS5 reads the text back from the view, so nothing is stored twice.
CREATE VIRTUAL TABLE articles_fts USING fts5(
  headline, authors, description, article_body, section, keywords, other_headlines,
  content="articles", content_rowid="rowid",
  tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'");
INSERT INTO articles_fts (articles_fts, rank) VALUES ('rank', 'bm25(10.0, 4.0, 3.0, 1.0, 2.0, 2.0, 5.0)');

-- Pairs of characters, for scripts that put no space between words; archive/store/cjk.py makes the text.
CREATE VIRTUAL TABLE articles_cjk_fts USING fts5(
  headline, text, content="",
  tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'");
INSERT INTO articles_cjk_fts (articles_cjk_fts, rank) VALUES ('rank', 'bm25(10.0, 1.0)');
"""

# One row of the full-text index for each article: its current version. No version changes while it is current (where
# furniture leaves a body, it is none for a moment), so the old values that FTS5 wants for a deletion can be read back
# from the version that was current.
TRIGGERS = """
CREATE TRIGGER article_indexed AFTER UPDATE OF current_version_id ON article
WHEN OLD.current_version_id IS NOT NEW.current_version_id BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, headline, authors, description, article_body, section, keywords,
                            other_headlines)
    SELECT 'delete', OLD.article_id, headline, authors, description, article_body, article_section, keywords,
           other_headlines
    FROM version WHERE version_id = OLD.current_version_id;
  INSERT INTO articles_fts (rowid, headline, authors, description, article_body, section, keywords,
                            other_headlines)
    SELECT NEW.article_id, headline, authors, description, article_body, article_section, keywords,
           other_headlines
    FROM version WHERE version_id = NEW.current_version_id;
END;
CREATE TRIGGER article_unindexed BEFORE DELETE ON article BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, headline, authors, description, article_body, section, keywords,
                            other_headlines)
    SELECT 'delete', OLD.article_id, headline, authors, description, article_body, article_section, keywords,
           other_headlines
    FROM version WHERE version_id = OLD.current_version_id;
END;
"""
