-- The tables of format 5, as its version of Broadsheet made them.


CREATE TABLE site (                     -- one publisher's web site, an entry of sites.toml
  site_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,            -- its key in sites.toml
  title TEXT,                           -- its name for people
  homepage TEXT NOT NULL,
  added_at TEXT NOT NULL,
  unsettled INTEGER NOT NULL DEFAULT 0, -- 1: pages have come since its furniture was learnt
  schedule TEXT,                        -- JSON: how often its listings and articles are visited; null: as usual
  edit_curve TEXT,                      -- JSON: [age in seconds, visits of articles at about that age, edits found]
  edit_curve_at TEXT                    -- when that was last counted
) STRICT;

CREATE TABLE crawl (                    -- one run of the crawler
  crawl_id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  started_at TEXT NOT NULL,
  ended_at TEXT,                        -- null: running, or killed; the next crawl goes on where it was
  finish_reason TEXT,                   -- finished | stopped | disk-full | ...
  user_agent TEXT,
  software TEXT NOT NULL,
  settings TEXT,                        -- JSON {scopes: {site: its words}} of sites whose scope had changed; or null
  summary TEXT,                         -- JSON: the counts that the command line printed
  name TEXT GENERATED ALWAYS AS (started_at) VIRTUAL
) STRICT;

CREATE TABLE url (                      -- every URL known, with its state in the frontier
  url_id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  surt TEXT NOT NULL,                   -- Sort-friendly URI Reordering Transform, as CDXJ keys
  host TEXT NOT NULL,                   -- host[:port], lower case: the unit of politeness
  site_id INTEGER NOT NULL REFERENCES site(site_id),
  kind TEXT NOT NULL CHECK (kind IN ('page', 'front', 'section', 'feed', 'robots', 'requisite')),
  state TEXT NOT NULL CHECK (state IN ('due', 'done', 'excluded', 'failed')),
  excluded_by TEXT,                     -- robots | scope | trap | old | opt-out ...; null unless excluded
  priority INTEGER NOT NULL DEFAULT 0,  -- higher is fetched earlier
  depth INTEGER NOT NULL DEFAULT 0,     -- links followed from a seed; 1000: imported, no crawl has met it
  redirects INTEGER NOT NULL DEFAULT 0, -- redirects followed to come here
  attempts INTEGER NOT NULL DEFAULT 0,  -- failed tries since it was last due
  found_on INTEGER REFERENCES url(url_id),
  first_seen TEXT NOT NULL,
  due_at TEXT,                          -- not to be fetched before; null: at once
  last_fetch TEXT,
  next_visit TEXT,                      -- when it is asked again by schedule; null: not by itself
  etag TEXT,
  last_modified TEXT,
  article_id INTEGER REFERENCES article(article_id),  -- what its newest capture that is an article shows
  name TEXT GENERATED ALWAYS AS (url) VIRTUAL
) STRICT;
-- What to fetch next of a host is read off this index alone, also past URLs that are not due yet.
-- Files called robots.txt are fetched when a host is first asked for something, not in their turn. SQLite checks
-- the conditions of a partial index again, row by row; so state and kind stand in it too.
CREATE INDEX url_due ON url(host, priority DESC, url_id, due_at, site_id, state, kind)
  WHERE state = 'due' AND kind <> 'robots';
CREATE INDEX url_due_at ON url(due_at, site_id) WHERE state = 'due' AND kind <> 'robots';
CREATE INDEX url_next_visit ON url(next_visit, site_id) WHERE next_visit IS NOT NULL;
CREATE INDEX url_listing ON url(site_id, kind) WHERE kind IN ('front', 'section', 'feed');
CREATE INDEX url_surt ON url(surt);
CREATE INDEX url_site ON url(site_id, state, excluded_by);
CREATE INDEX url_article ON url(article_id) WHERE article_id IS NOT NULL;

CREATE TABLE feed (                     -- any listing a site offers: feeds, sitemaps, section and front pages
  feed_id INTEGER PRIMARY KEY,
  site_id INTEGER NOT NULL REFERENCES site(site_id),
  url_id INTEGER NOT NULL UNIQUE REFERENCES url(url_id),
  kind TEXT NOT NULL CHECK (kind IN ('rss', 'atom', 'json', 'sitemap', 'sitemap-index', 'news-sitemap',
                                     'section', 'front', 'unknown')),
  name TEXT GENERATED ALWAYS AS (coalesce(title, kind)) VIRTUAL,
  title TEXT,
  first_seen TEXT NOT NULL,
  last_fetch TEXT,
  entries INTEGER,                      -- URLs it listed when it was last read
  foreign_entries INTEGER,              -- how many of them lie on hosts that are not the site's: advertising, partners
  interval_s INTEGER,                   -- from one visit to the next, learnt; null: not visited by schedule yet
  unchanged INTEGER NOT NULL DEFAULT 0, -- visits in a row that listed nothing new
  failures INTEGER NOT NULL DEFAULT 0,  -- visits in a row without a listing
  last_new TEXT,                        -- when it last listed a URL, not excluded, that the archive had not known
  error TEXT                            -- what was wrong with it then
) STRICT;

CREATE TABLE sighting (                 -- one listing of a URL in a feed at a time
  sighting_id INTEGER PRIMARY KEY,
  url_id INTEGER NOT NULL REFERENCES url(url_id),
  feed_id INTEGER NOT NULL REFERENCES feed(feed_id),
  capture_id INTEGER REFERENCES capture(capture_id),  -- the capture of the feed that says so
  seen_at TEXT NOT NULL,
  position INTEGER NOT NULL,            -- 1 is the first
  link_text TEXT,
  claimed_title TEXT,
  claimed_published TEXT,
  claimed_modified TEXT
) STRICT;
CREATE INDEX sighting_url ON sighting(url_id, seen_at);
CREATE INDEX sighting_feed ON sighting(feed_id, seen_at);

CREATE TABLE robots (                   -- what robots.txt of one origin said; RFC 9309
  origin TEXT PRIMARY KEY,              -- scheme://host[:port]
  fetched_at TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('rules', 'allow-all', 'disallow-all')),
  rules TEXT,                           -- the text that was obeyed, at most 500 KiB; null without rules
  reason TEXT,                          -- why all is allowed or disallowed: "404", "timeout"
  capture_id INTEGER REFERENCES capture(capture_id),
  tdm TEXT,                             -- its /.well-known/tdmrep.json (TDM Reservation Protocol); null: none
  tdm_fetched_at TEXT                   -- when that was asked for last; null: never
) STRICT, WITHOUT ROWID;

CREATE TABLE rest (                     -- hosts that asked by Retry-After to be left alone
  host TEXT PRIMARY KEY,                -- as url.host
  until TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE warc_file (
  warc_file_id INTEGER PRIMARY KEY,
  filename TEXT NOT NULL UNIQUE,        -- without .open, also while it is being written
  crawl_id INTEGER REFERENCES crawl(crawl_id),
  warcinfo_id TEXT NOT NULL,            -- WARC-Record-ID of its warcinfo record; empty if it has none
  opened_at TEXT NOT NULL,
  committed_bytes INTEGER NOT NULL,     -- all before this offset is on disk and in this database
  sealed_at TEXT,                       -- null while it is being written, or imported
  sha256 TEXT,                          -- of the whole file; null until sealed
  path TEXT,                            -- where a file lies that was imported by reference; null: in warc/
  imported_from TEXT,                   -- what was imported: the file's name elsewhere; null: made by a crawl
  verified_at TEXT,                     -- when every byte of it was last found to be what was written
  verified_bytes INTEGER,               -- its size then,
  verified_mtime INTEGER,               -- and the time of its last change, in nanoseconds since 1970
  name TEXT GENERATED ALWAYS AS (filename) VIRTUAL
) STRICT;

CREATE TABLE capture (                  -- one response or revisit record: a memento (RFC 7089)
  capture_id INTEGER PRIMARY KEY,
  url_id INTEGER NOT NULL REFERENCES url(url_id),
  crawl_id INTEGER REFERENCES crawl(crawl_id),
  warc_file_id INTEGER NOT NULL REFERENCES warc_file(warc_file_id),
  record_id TEXT NOT NULL UNIQUE,       -- WARC-Record-ID, <urn:uuid:...>
  record_type TEXT NOT NULL CHECK (record_type IN ('response', 'revisit')),
  "offset" INTEGER NOT NULL,            -- of the gzip member that holds the record
  length INTEGER NOT NULL,              -- of that member
  request_offset INTEGER,               -- the request record of the same exchange, in the same file
  request_length INTEGER,
  metadata_offset INTEGER,
  metadata_length INTEGER,
  captured_at TEXT NOT NULL,            -- WARC-Date, with microseconds
  status INTEGER NOT NULL,
  content_type TEXT,
  block_digest TEXT NOT NULL,           -- sha1, base32, as in WARC-Block-Digest
  payload_digest TEXT,                  -- sha1, base32, of the body without transfer coding
  payload_sha256 TEXT,                  -- hex; null for a revisit
  payload_bytes INTEGER,
  refers_to INTEGER REFERENCES capture(capture_id),   -- the original of a revisit
  truncated TEXT,                       -- length | time | disconnect | unspecified
  ip TEXT,
  redirect_to TEXT,
  fetch_ms INTEGER,
  verdict TEXT,                         -- what the page turned out to be; null for robots.txt and feeds
  extraction_error TEXT,
  version_id INTEGER REFERENCES version(version_id),  -- the clean record read from it; null if it shows no article
  recipe_id INTEGER REFERENCES recipe(recipe_id),     -- with which the page was read; null if nothing read it
  lost_at TEXT,                         -- when its damaged record was set aside; a note lies in its place
  opt_out TEXT,                         -- signals against reuse, e.g. "noarchive noai tdm-reservation robots:gptbot"
  name TEXT GENERATED ALWAYS AS (captured_at) VIRTUAL,
  UNIQUE (warc_file_id, "offset")
) STRICT;
CREATE INDEX capture_url ON capture(url_id, captured_at);
CREATE INDEX capture_digest ON capture(payload_digest);
CREATE INDEX capture_version ON capture(version_id, captured_at) WHERE version_id IS NOT NULL;
CREATE INDEX capture_refers_to ON capture(refers_to) WHERE refers_to IS NOT NULL;
CREATE INDEX capture_crawl ON capture(crawl_id);

CREATE TABLE payload (                  -- whole answers by their content: where one comes again, a revisit suffices
  digest TEXT NOT NULL,                 -- capture.payload_digest
  shape TEXT NOT NULL,                  -- transfer and content coding: "chunked+gzip"
  capture_id INTEGER NOT NULL REFERENCES capture(capture_id),
  PRIMARY KEY (digest, shape)
) STRICT, WITHOUT ROWID;
CREATE INDEX payload_capture ON payload(capture_id);

CREATE TABLE attempt (                  -- one try to fetch a URL; every try has exactly one outcome
  attempt_id INTEGER PRIMARY KEY,
  url_id INTEGER NOT NULL REFERENCES url(url_id),
  crawl_id INTEGER REFERENCES crawl(crawl_id),
  started_at TEXT NOT NULL,
  outcome TEXT NOT NULL,                -- docs/data-dictionary.md lists them
  status INTEGER,
  capture_id INTEGER REFERENCES capture(capture_id),
  detail TEXT                           -- one line for people: the rule of robots.txt, the error of the network
) STRICT;
CREATE INDEX attempt_url ON attempt(url_id, attempt_id);
CREATE INDEX attempt_crawl ON attempt(crawl_id, url_id, outcome);

CREATE TABLE recipe (                   -- extractor version, libraries and options that made a version
  recipe_id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  definition TEXT NOT NULL,             -- JSON
  first_used TEXT NOT NULL
) STRICT;

CREATE TABLE draft (                    -- what a new recipe makes of a capture, until somebody promotes it
  capture_id INTEGER NOT NULL REFERENCES capture(capture_id),
  recipe_id INTEGER NOT NULL REFERENCES recipe(recipe_id),
  verdict TEXT NOT NULL,
  extraction TEXT,                      -- JSON; null if it says what is shown already
  error TEXT,
  extracted_at TEXT NOT NULL,
  PRIMARY KEY (capture_id, recipe_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_recipe ON draft(recipe_id);

CREATE TABLE takedown (                 -- what was removed on request, and when
  takedown_id INTEGER PRIMARY KEY,
  url TEXT NOT NULL,                    -- of the article
  article_id INTEGER,                   -- the number that it had here
  taken_down_at TEXT NOT NULL,
  reason TEXT NOT NULL,                 -- as it was given
  records TEXT NOT NULL,                -- JSON: file, offset, record id, URL, digests of each record that went
  erased_at TEXT,                       -- when the last trace had left the files; null: that is still to be done
  name TEXT GENERATED ALWAYS AS (url) VIRTUAL
) STRICT;

CREATE TABLE article (                  -- the work, over all its captures
  article_id INTEGER PRIMARY KEY,
  site_id INTEGER NOT NULL REFERENCES site(site_id),
  url TEXT NOT NULL UNIQUE,             -- its canonical URL if that lies on the same site, else the URL fetched
  first_seen TEXT NOT NULL,             -- when the capture was made that showed it first
  current_version_id INTEGER REFERENCES version(version_id),  -- what its newest capture shows
  story_id INTEGER REFERENCES story(story_id),  -- the text it shares with other articles; null: none
  similarity REAL,                      -- with the story's first article, 0 to 1: the share of the shorter text
  unrevised INTEGER NOT NULL DEFAULT 0, -- 1: captures or versions of it have changed since its edits were entered
  unsettled INTEGER NOT NULL DEFAULT 1, -- 1: its text has changed since stories were looked for
  name TEXT GENERATED ALWAYS AS (url) VIRTUAL
) STRICT;
CREATE INDEX article_story ON article(story_id) WHERE story_id IS NOT NULL;
CREATE INDEX article_unrevised ON article(article_id) WHERE unrevised = 1;
CREATE INDEX article_unsettled ON article(article_id) WHERE unsettled = 1;
CREATE INDEX article_site ON article(site_id);
CREATE INDEX article_current ON article(current_version_id);

CREATE TABLE version (                  -- the clean record extracted from one capture with one recipe
  version_id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES article(article_id),
  capture_id INTEGER NOT NULL REFERENCES capture(capture_id),
  recipe_id INTEGER NOT NULL REFERENCES recipe(recipe_id),
  verdict TEXT NOT NULL,                -- article | live-blog | paywall; soft-404: other pages show it is none
  type TEXT,
  headline TEXT,
  headline_forms TEXT,                  -- JSON {source: text}
  other_headlines TEXT,                 -- those of them that differ from the headline, one a line, for searching
  description TEXT,
  authors TEXT,                         -- names joined by "; ", for reading and searching
  byline_raw TEXT,
  date_published TEXT,                  -- UTC; no Z where no zone is given; YYYY-MM-DD or YYYY-MM if no more
  date_published_offset TEXT,           -- "+05:30" as the page has it; null if it gives none
  date_published_raw TEXT,
  date_published_precision TEXT,        -- month | day | minute | second: what the page states, never more
  date_modified TEXT,
  date_modified_offset TEXT,
  date_modified_raw TEXT,
  date_modified_precision TEXT,
  article_section TEXT,
  keywords TEXT,                        -- JSON list
  in_language TEXT,
  publisher TEXT,
  is_accessible_for_free INTEGER,
  image TEXT,
  image_caption TEXT,
  image_credit TEXT,                    -- who made the picture
  canonical_url TEXT,
  article_body TEXT NOT NULL,           -- blocks of text, one a line
  body_blocks TEXT,                     -- JSON: [kind, confidence] for each line; kind as in HTML: p, h2, li ...
  body_source TEXT,                     -- model | trafilatura | paragraphs | json_ld | site-rule
  confidence REAL,                      -- F1 that the model expects of its choice, 0 to 1; under .9 look at it
  word_count INTEGER NOT NULL,
  text_sha256 TEXT NOT NULL,            -- of headline, description, authors, dates, section, body and verdict
  extracted_at TEXT NOT NULL,
  lines BLOB,                           -- evidence for furniture: 8 bytes for each line of the page
  full_sha256 TEXT,                     -- as text_sha256, with the furniture still in the body
  same_as INTEGER REFERENCES version(version_id),  -- the version it is part of: they differ by furniture alone
  name TEXT GENERATED ALWAYS AS (headline) VIRTUAL
) STRICT;
CREATE INDEX version_capture ON version(capture_id, recipe_id);
-- Holds what a search filters by, so that a match's date is read without touching the row with its text.
CREATE INDEX version_article ON version(article_id, version_id, date_published, in_language, same_as, verdict);
CREATE INDEX version_date ON version(date_published);

CREATE TABLE author (                   -- a name as bylines give it
  author_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE version_author (
  version_id INTEGER NOT NULL REFERENCES version(version_id),
  position INTEGER NOT NULL,            -- 1 is the first named
  author_id INTEGER NOT NULL REFERENCES author(author_id),
  PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_author_author ON version_author(author_id);

CREATE TABLE removed (                  -- what cleaning took out of a body, and why
  version_id INTEGER NOT NULL REFERENCES version(version_id),
  position INTEGER NOT NULL,
  reason TEXT NOT NULL,
  text TEXT NOT NULL,
  confidence REAL,                      -- how surely the model took it for text of the article, 0 to 1
  place TEXT,                           -- the element it stood in, as a selector
  line INTEGER,                         -- of furniture: its line in the whole body, 1 the first; it can come back
  kind TEXT,                            -- of furniture: what block it was, as in version.body_blocks
  PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX removed_furniture ON removed(version_id) WHERE line IS NOT NULL;

CREATE TABLE field_source (             -- every candidate of every field, and which was chosen
  version_id INTEGER NOT NULL REFERENCES version(version_id),
  position INTEGER NOT NULL,
  field TEXT NOT NULL,
  source TEXT NOT NULL,
  value TEXT NOT NULL,
  chosen INTEGER NOT NULL,
  PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE furniture (                -- text that recurs on a site's articles and so is none of theirs
  furniture_id INTEGER PRIMARY KEY,
  site_id INTEGER NOT NULL REFERENCES site(site_id),
  line_key INTEGER NOT NULL,            -- hash of the text without case, punctuation and white space
  text TEXT NOT NULL,                   -- as the example has it
  articles INTEGER NOT NULL,            -- different articles of the site that show it
  of_articles INTEGER NOT NULL,         -- articles of the site that were looked at
  decided TEXT NOT NULL CHECK (decided IN ('learnt', 'keep', 'drop')),  -- learnt, or by a person
  learnt_at TEXT NOT NULL,              -- or decided
  example_article_id INTEGER REFERENCES article(article_id),  -- the first by URL that has it in its body
  UNIQUE (site_id, line_key)
) STRICT;

CREATE TABLE revision (                 -- how an article changed from one version to the next, or that it went
  revision_id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES article(article_id),
  version_id INTEGER REFERENCES version(version_id),   -- what it became; null: it was deleted
  previous_id INTEGER NOT NULL REFERENCES version(version_id),
  capture_id INTEGER NOT NULL REFERENCES capture(capture_id),  -- the first that shows it
  seen_at TEXT NOT NULL,                -- when that capture was made
  after_at TEXT NOT NULL,               -- the last capture before it, which still showed the version before
  kind TEXT NOT NULL CHECK (kind IN ('typographic', 'addition', 'removal', 'correction', 'rewrite',
                                     'headline-only', 'metadata', 'deleted')),
  acknowledged TEXT,                    -- how the publisher says so: modified-date | notice | both; null: silent
  fields TEXT NOT NULL,                 -- those that differ, separated by blanks
  words_added INTEGER NOT NULL,         -- in headline and body
  words_removed INTEGER NOT NULL,
  UNIQUE (previous_id, capture_id)
) STRICT;
CREATE INDEX revision_article ON revision(article_id);
CREATE INDEX revision_capture ON revision(capture_id);
CREATE INDEX revision_version ON revision(version_id);
CREATE INDEX revision_seen ON revision(seen_at);

CREATE TABLE story (                    -- one text at several addresses: wire copy, reprints
  story_id INTEGER PRIMARY KEY,
  first_article_id INTEGER NOT NULL REFERENCES article(article_id),  -- who had it first
  articles INTEGER NOT NULL             -- that have it, the first included
) STRICT;

CREATE TABLE sketch (                   -- a sample of an article's current text, to find the same text elsewhere
  article_id INTEGER PRIMARY KEY REFERENCES article(article_id),
  shingles BLOB NOT NULL                -- hashes of runs of words, 8 bytes each, the lowest first, little-endian
) STRICT;
CREATE TABLE shingle (                  -- the same, to be looked up: who has this run of words
  shingle INTEGER NOT NULL,             -- its hash
  article_id INTEGER NOT NULL REFERENCES article(article_id),
  PRIMARY KEY (shingle, article_id)
) STRICT, WITHOUT ROWID;

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
PRAGMA user_version = 5;
PRAGMA application_id = 0x42525348;
