"""Full-text search as people type it; no text whatever is an error."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from archive.dates import to_utc
from archive.errors import BadInput, NotFound
from archive.store import query_text, snippets
from archive.store.query_text import Query
from archive.store.text import clean
from archive.store.transaction import storage_errors

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

# Beyond so many matches they are neither counted nor ranked: bm25 would look at every one.
BOUND = 10_000
MAX_LIMIT = 1000
_BODY = 3  # number of the column in articles_fts

_WORDS = "SELECT rowid AS id{score} FROM articles_fts WHERE articles_fts MATCH :{name}"
_PAIRS = "SELECT rowid AS id{score} FROM articles_cjk_fts WHERE articles_cjk_fts MATCH :{name}"
_FACTS = """SELECT headline, authors, date_published, site, language, url, article_body
  FROM articles WHERE rowid = ?"""
_ONE_OF_EACH = """SELECT id, relevance FROM
  (SELECT hit.id, hit.relevance, row_number() OVER (PARTITION BY coalesce(article.story_id, -hit.id)
      ORDER BY story.first_article_id = hit.id DESC, hit.id) AS turn
    FROM ({found}) AS hit JOIN article ON article.article_id = hit.id LEFT JOIN story USING (story_id))
  WHERE turn = 1"""
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found. `marks` are (start, end) of what matched, in characters of `snippet`."""

    article_id: int
    headline: str | None
    authors: str | None
    date_published: str | None
    site: str
    language: str | None
    url: str
    snippet: str
    marks: snippets.Marks
    rank: float | None  # bm25, lower is better; None where hits are ordered by age


@dataclass(frozen=True, slots=True)
class SearchResult:
    total: int
    exact: bool  # False: there are at least `total`
    hits: tuple[Hit, ...]
    note: str | None = None  # for people: why the order or the result is not what they would expect


def search(
    db: Database,
    text: str,
    *,
    site: str | None = None,
    since: str | None = None,
    until: str | None = None,
    language: str | None = None,
    limit: int = 20,
    offset: int = 0,
    reprints: bool = True,
) -> SearchResult:
    """The articles whose current version holds all that is asked for, the best first.

    `since` and `until` bound the date of publication, both inclusive: a year, month, day or RFC 3339 time. A date
    that is stated to the day or month only is found wherever that day or month touches the bounds.
    `language` "en" finds "en-GB" too. More than `BOUND` matches come in the order in which they were archived,
    newest first, and `note` says so. Without `reprints`, of what is found of a story only one is shown and counted: who
    had it first, or, if that is not among it, what was archived first.

    :raises NotFound: there is no site of that name.
    :raises BadInput: `since` or `until` is no date.
    :raises StorageFailed: the database is damaged.
    """
    with storage_errors(db):
        where, parameters = _filters(db.conn, site, since, until, language)
        query = query_text.parse(text)
        note = "the query was too long; its end was left out" if query.cut else None
        if query.is_empty:
            return SearchResult(0, True, (), note or "there is no word in the query to search for")
        parts = _parts(db.conn, query, parameters)
        total = _count(db.conn, parts, where, parameters, reprints)
        ranked = total <= BOUND
        if not ranked:
            note = f"more than {BOUND} articles match: the most recently archived come first, unranked"
        parameters |= {"limit": max(0, min(limit, MAX_LIMIT)), "offset": max(0, min(offset, 2**31))}
        sql = _select(parts, where, score=ranked)
        if not reprints:
            sql = _ONE_OF_EACH.format(found=sql)
        sql += f" ORDER BY {'relevance, id DESC' if ranked else 'id DESC'}"
        found = db.conn.execute(f"{sql} LIMIT :limit OFFSET :offset", parameters).fetchall()
        return SearchResult(min(total, BOUND), ranked, _hits(db.conn, query, found), note)


def matching(
    db: Database,
    text: str | None = None,
    *,
    site: str | None = None,
    since: str | None = None,
    until: str | None = None,
    language: str | None = None,
) -> tuple[str, dict[str, Any]]:
    """A query for the ids of all that `search` would find, however many, and its parameters; without `text`, of all.

    Raises as `search` does, and BadInput if there is no word in `text` to search for.
    """
    with storage_errors(db):
        where, parameters = _filters(db.conn, site, since, until, language)
        if text is None:
            parts = ["SELECT article_id AS id{score} FROM article"]
        else:
            query = query_text.parse(text)
            if query.is_empty:
                raise BadInput("there is no word in the query to search for")
            if query.cut:
                raise BadInput("the query is too long", hint=f"at most {query_text.MAX_TERMS} words")
            parts = _parts(db.conn, query, parameters)
        return f"SELECT id FROM ({_select(parts, where, score=False)})", parameters


def _parts(connection: sqlite3.Connection, query: Query, parameters: dict[str, Any]) -> list[str]:
    """One query for each condition that is looked up by itself; an article must be found by all of them.

    Most words need the index of words alone. Only one that also stands right beside a run of Chinese or its like
    ("iPhone発売") is looked up in both.
    """
    parts: list[str] = []
    plain: list[str] = []
    for expression in query.words:
        name = f"both{len(parts)}"
        parameters[name] = expression
        if connection.execute(f"{_PAIRS.format(score='', name=name)} LIMIT 1", {name: expression}).fetchone():
            both = " UNION ALL ".join(part.replace("{name}", name) for part in (_WORDS, _PAIRS))
            parts.append(f"SELECT id{{min_score}} FROM ({both}) GROUP BY id")
        else:
            del parameters[name]
            plain.append(expression)
    for expressions, sql, name in ((plain, _WORDS, "words"), (query.pairs, _PAIRS, "pairs")):
        if expressions:
            parts.append(sql.replace("{name}", name))
            parameters[name] = " AND ".join(expressions)
    return parts


def _select(parts: list[str], where: str, *, score: bool) -> str:
    filled = [
        part.format(score=", rank AS score" if score else "", min_score=", min(score) AS score" if score else "")
        for part in parts
    ]
    joined = " ".join(f"JOIN ({part}) AS p{n} ON p{n}.id = p0.id" for n, part in enumerate(filled[1:], 1))
    total = " + ".join(f"p{n}.score" for n in range(len(filled))) if score else "NULL"
    return f"SELECT p0.id AS id, {total} AS relevance FROM ({filled[0]}) AS p0 {joined} {where}"


def _count(
    connection: sqlite3.Connection, parts: list[str], where: str, parameters: dict[str, Any], reprints: bool
) -> int:
    inner = _select(parts, where, score=False)
    if not reprints:
        inner = _ONE_OF_EACH.format(found=inner)
    inner += f" LIMIT {BOUND + 1}"
    found: int = connection.execute(f"SELECT count(*) FROM ({inner})", parameters).fetchone()[0]
    return found


def _filters(
    connection: sqlite3.Connection, site: str | None, since: str | None, until: str | None, language: str | None
) -> tuple[str, dict[str, Any]]:
    """-> the joins and conditions behind a list of ids `p0`, and their parameters."""
    conditions: list[str] = []
    parameters: dict[str, Any] = {}
    if site is not None:
        found = connection.execute("SELECT site_id FROM site WHERE name = ?", (clean(site),)).fetchone()
        if found is None:
            raise NotFound(f"no site is called {clean(site)!r}", hint="broadsheet status lists the sites")
        conditions.append("article.site_id = :site")
        parameters["site"] = found[0]
    if since is not None:  # a date that is known to the day or month only may lie within the bound
        conditions.append("version.date_published >= substr(:since, 1, length(version.date_published))")
        parameters["since"] = date_bound(since)
    if until is not None:  # "2024-05" takes in all that begins with it
        conditions.append("substr(version.date_published, 1, length(:until)) <= :until")
        parameters["until"] = date_bound(until)
    if language is not None:
        conditions.append("(lower(version.in_language) = :language OR lower(version.in_language) GLOB :variants)")
        tag = re.sub(r"[^a-z0-9-]", "?", language.lower())
        parameters |= {"language": tag, "variants": f"{tag}-*".replace("?", "[?]")}
    if not conditions:
        return "", parameters
    joins = """JOIN article ON article.article_id = p0.id
      JOIN version INDEXED BY version_article
        ON version.article_id = p0.id AND version.version_id = article.current_version_id"""
    return f"{joins} WHERE {' AND '.join(conditions)}", parameters


def date_bound(text: str) -> str:
    """A year, month, day or time as dates in the database begin. Raises BadInput if it is none."""
    text = text.strip()
    if _DATE.fullmatch(text) and _is_day((text + "-01-01")[:10]):
        return text
    utc, offset = to_utc(text)
    if offset is None:
        raise BadInput(
            f"{clean(text)[:40]!r} is no date", hint="write 2024, 2024-05, 2024-05-17 or a time with zone"
        )
    return utc


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _hits(connection: sqlite3.Connection, query: Query, found: list[tuple[int, float | None]]) -> tuple[Hit, ...]:
    pieces = {} if query.pairs else _words_snippets(connection, query, [article_id for article_id, _ in found])
    hits = []
    for article_id, score in found:
        row = connection.execute(_FACTS, (article_id,)).fetchone()
        headline, authors, published, site, language, url, body = row
        snippet, marks = pieces.get(article_id) or snippets.around(body, query.needles)
        hits.append(Hit(article_id, headline, authors, published, site, language, url, snippet, marks, score))
    return tuple(hits)


def _words_snippets(
    connection: sqlite3.Connection, query: Query, article_ids: list[int]
) -> dict[int, tuple[str, snippets.Marks]]:
    """The best piece of each body, else of another field; FTS5 marks what it matched, folded letters included.

    FTS5 looks up a word in one row quickly, but a prefix in all of them each time; so prefixes go once through
    all rows (+rowid keeps FTS5 from taking the condition) and words row by row.
    """
    row_id = "+rowid" if any(expression.endswith("*") for expression in query.words) else "rowid"
    out: dict[int, tuple[str, snippets.Marks]] = {}
    for column in (_BODY, -1):
        wanted = [article_id for article_id in article_ids if article_id not in out]
        if not wanted:
            break
        found = connection.execute(
            f"""SELECT rowid, snippet(articles_fts, {column}, ?, ?, ?, 32) FROM articles_fts
                WHERE articles_fts MATCH ? AND {row_id} IN (SELECT value FROM json_each(?))""",
            (snippets.OPEN, snippets.CLOSE, snippets.ELLIPSIS, " OR ".join(query.words), json.dumps(wanted)),
        )
        out |= {
            article_id: snippets.take_marks(text) for article_id, text in found if snippets.OPEN in (text or "")
        }
    return out
