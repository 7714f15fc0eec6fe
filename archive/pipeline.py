"""One attempt in, its records and clean facts out: the same pure function live, in recovery and in re-extraction.

`process` runs in a worker process (`archive.workers`). It builds the WARC records, decodes the body once, reads
the page, feed or robots.txt, and says what becomes of the URL. Nothing here touches a disk, a clock or a network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from archive import codings, feeds, optout, robots, scope
from archive.job import Job, facts_of
from archive.message import Response, parse_response
from archive.model import (
    ANSWERED,
    Exchange,
    Extraction,
    Feed,
    FieldSource,
    Found,
    Outcome,
    PageKind,
    Recipe,
    Robots,
    TdmFile,
    Verdict,
)
from archive.retry_after import rest_until, retry_after_s
from archive.rules import Rules
from archive.urls import normalise, origin_of
from archive.warc import records

MAX_PAGE_BYTES = 16 * 1024 * 1024  # of a decoded page; a larger one is archived but not read
PRELOAD = (
    "archive.extract.assemble",
    "feedparser",
)  # for worker processes; others import it only when they read a page
TRIES = 3
BACK_OFF_S = (1.0, 5.0)  # before the second and the third try
LONGEST_WAIT_S = 300.0  # that a crawl waits for anything; a longer Retry-After is left to a later crawl
MARKUP = re.compile(rb"(?i)<(?:!doctype|html|head|body|article|div|p)[\s>]")
SNIFFED = 4096
READABLE = {"", "text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml"}
TRANSIENT = {Outcome.SERVER_ERROR, Outcome.TIMEOUT, Outcome.TRUNCATED, Outcome.UNREACHABLE, Outcome.BAD_RESPONSE}
NETWORK_FAULTS = {Outcome.TIMEOUT, Outcome.TRUNCATED, Outcome.UNREACHABLE, Outcome.BAD_RESPONSE}
SHOW_NOTHING = {Verdict.ERROR, Verdict.CAPTCHA, Verdict.CONSENT, Verdict.SOFT_404, Verdict.SCRIPT_SHELL}
MAX_STYLE_DEPTH = 4  # stylesheets that import stylesheets


@dataclass(frozen=True, slots=True)
class Page:
    """What `process` made of a job."""

    job: Job
    groups: tuple[records.RecordGroup, ...]  # one for each exchange in which bytes came
    outcome: Outcome
    status: int | None
    detail: str | None
    kind: PageKind  # a page that proves to be a listing becomes a section
    verdict: Verdict | None
    extraction: Extraction | None
    extraction_error: str | None
    recipe: Recipe | None
    feed: Feed | None
    robots: Robots | None
    tdm: TdmFile | None
    stated: optout.Stated
    found: tuple[Found, ...]
    redirect_to: str | None
    next_state: str  # done | due | failed | excluded
    excluded_by: str | None
    due_at: datetime | None
    rest_until: datetime | None = None  # the whole host wants no request before


def process(job: Job, *, unread: str | None = None) -> Page:
    """-> the attempt's records and facts. With `unread` the body is left unread, for the reason given."""
    groups = () if job.recorded else build_groups(job, job.warcinfo_id)
    answer, exchange = _answer(job)
    outcome = _outcome(job, answer, exchange)
    reading = _Reading(error=unread) if unread else _read(job, answer, exchange, outcome)
    said = optout.stated(answer, reading.extraction, job.signals_before if outcome == Outcome.UNCHANGED else None)
    if answer is not None and (refused := _refused(job, answer, reading, said)):
        detail = f"the publisher says {', '.join(refused)}"
        bare = replace(job, exchanges=(), outcome=Outcome.OPT_OUT, status=answer.status, detail=detail)
        return process(bare)
    state, due_at = follow_up(job, outcome, answer)
    return Page(
        job=job,
        groups=groups,
        outcome=outcome,
        status=answer.status if answer else job.status,
        detail=job.detail or reading.note,
        kind=reading.kind or job.kind,
        verdict=reading.verdict,
        extraction=reading.extraction,
        extraction_error=reading.error,
        recipe=reading.recipe,
        feed=reading.feed,
        robots=reading.robots or _meaning(job, answer, outcome, None),
        tdm=_tdm_file(job, answer, outcome),
        stated=said,
        found=reading.found,
        redirect_to=reading.redirect_to,
        next_state=state,
        excluded_by=outcome.value if state == "excluded" else None,
        due_at=due_at,
        rest_until=rest_until(answer, job.started),
    )


def _refused(job: Job, answer: Response, reading: _Reading, said: optout.Stated) -> list[str]:
    """The signals of a page that its site's entry respects. Feeds are no pages: they tell what there is."""
    if not job.respect or job.kind in (PageKind.FEED, PageKind.ROBOTS) or reading.feed is not None:
        return []
    if not (200 <= answer.status < 300 or answer.status == 304):
        return []
    return optout.refused(job.respect, optout.signals(said, job.url, job.tdm_file))


@dataclass(frozen=True, slots=True)
class Reread:
    """What a captured answer says when it is read again; no verdict: it is read as no page."""

    verdict: Verdict | None
    extraction: Extraction | None
    error: str | None


def reread(exchange: Exchange, url: str, kind: PageKind, rules: Rules | None) -> Reread:
    """The page of a captured answer, read as `process` reads it live: by its bytes, URL, kind, time and rules."""
    job = Job(0, url, 0, "", kind, exchange.started, Outcome.ARCHIVED, (exchange,), rules=rules)
    answer, main = _answer(job)
    reading = _read(job, answer, main, _outcome(job, answer, main))
    return Reread(reading.verdict, reading.extraction, reading.error)


def build_groups(
    job: Job, warcinfo_id: str, originals: records.Originals | None = None
) -> tuple[records.RecordGroup, ...]:
    """The records of a job for the WARC file whose warcinfo record has this id: one group for each answer.

    An attempt without an answer is a metadata record. `originals`: for the group of that number, an earlier capture
    with the same payload, which a revisit then refers to.
    """
    facts = facts_of(job)
    answers = [exchange for exchange in job.exchanges if exchange.response]
    if not answers:
        return (records.note(job.url, job.started, warcinfo_id=warcinfo_id, facts=facts),)
    return tuple(
        records.build(
            exchange,
            warcinfo_id=warcinfo_id,
            refers_to=job.refers_to,
            same_payload_as=(originals or {}).get(number),
            facts=facts,
        )
        for number, exchange in enumerate(answers)
    )


def _answer(job: Job) -> tuple[Response | None, Exchange | None]:
    for exchange in reversed(job.exchanges):
        if exchange.response:
            return parse_response(exchange.response), exchange
    return None, None


def _outcome(job: Job, answer: Response | None, exchange: Exchange | None) -> Outcome:
    """The network's word, refined by the status; a broken transfer stays what it was."""
    if answer is None or exchange is None:
        return Outcome.BAD_RESPONSE if exchange is not None and job.outcome == Outcome.ARCHIVED else job.outcome
    if not exchange.complete and job.outcome != Outcome.ARCHIVED:
        return job.outcome
    return _outcome_of_status(answer, conditional=job.refers_to is not None)


def _outcome_of_status(answer: Response, *, conditional: bool) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Outcome.ARCHIVED
    if status == 304 and conditional:
        return Outcome.UNCHANGED
    if 300 <= status < 400 and status != 304 and answer.header("location"):
        return Outcome.REDIRECT
    if status in (404, 410):
        return Outcome.GONE
    if status in (401, 402, 403, 407, 451):
        return Outcome.REFUSED
    if status >= 500 or status == 429:
        return Outcome.SERVER_ERROR
    return Outcome.HTTP_ERROR


def follow_up(job: Job, outcome: Outcome, answer: Response | None) -> tuple[str, datetime | None]:
    """-> the next state of the URL and, if it is due again, when."""
    if outcome in ANSWERED:
        return "done", None
    if outcome == Outcome.STOPPED:
        return "due", None
    if not job.final:
        return "failed", None
    if outcome in (Outcome.ROBOTS, Outcome.OPT_OUT, Outcome.TAKEDOWN):
        return "excluded", None  # not `BLOCKED`: what a name resolves to may be the fault of a day
    if job.kind == PageKind.ROBOTS:
        return "done", None  # what it means is in `robots`; asking again is a matter of its age
    if outcome == Outcome.NOT_IN_REPLAY:
        return "excluded", None
    if outcome in TRANSIENT and job.attempts + 1 < TRIES:
        wait = max(BACK_OFF_S[min(job.attempts, len(BACK_OFF_S) - 1)], retry_after_s(answer, job.started) or 0.0)
        return "due", job.started + timedelta(seconds=wait)
    return "failed", None


@dataclass(slots=True)
class _Reading:
    """What the body says; every part may be missing."""

    kind: PageKind | None = None
    verdict: Verdict | None = None
    extraction: Extraction | None = None
    recipe: Recipe | None = None
    feed: Feed | None = None
    robots: Robots | None = None
    found: tuple[Found, ...] = ()
    redirect_to: str | None = None
    error: str | None = None
    note: str | None = None  # for the attempt: nothing went wrong with reading


def _read(job: Job, answer: Response | None, exchange: Exchange | None, outcome: Outcome) -> _Reading:
    if answer is None or exchange is None:
        return _Reading()
    if outcome == Outcome.REDIRECT:
        return _redirect(job, answer)
    if outcome == Outcome.UNCHANGED:
        return _Reading()
    if job.kind == PageKind.ROBOTS:
        return _Reading() if _is_tdm(job) else _robots_txt(job, answer, outcome)
    if job.kind == PageKind.REQUISITE:
        return _requisite(job, answer)
    if not 200 <= answer.status < 300:
        return _Reading(verdict=Verdict.ERROR)
    limit = feeds.MAX_BYTES if job.kind == PageKind.FEED else MAX_PAGE_BYTES
    body = codings.decode(answer.payload, answer.content_codings, limit=limit)
    if job.kind == PageKind.FEED or feeds.sniff(body.data, _media_type(answer)):
        return _feed(job, body.data)
    if len(body.data) >= limit:
        return _Reading(verdict=Verdict.ERROR, error=f"larger than {limit // 2**20} MB once decoded: not read")
    if _media_type(answer) == "text/plain" and not MARKUP.search(body.data[:SNIFFED]):
        return _Reading()  # plain text is no page, unless the server is wrong
    if _media_type(answer) not in READABLE:
        return _Reading()  # archived, but nothing to read
    return _page(job, answer, exchange, body)


def _media_type(answer: Response) -> str:
    return (answer.header("content-type") or "").partition(";")[0].strip().lower()


def _charset(answer: Response) -> str | None:
    for part in (answer.header("content-type") or "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None


def _redirect(job: Job, answer: Response) -> _Reading:
    target = normalise(_utf8((answer.header("location") or "").strip()), job.url)
    if target is None:
        return _Reading(note=f"leads to no web address: {(answer.header('location') or '')[:200]}")
    if job.kind == PageKind.ROBOTS:
        return _Reading(redirect_to=target)  # who asked for such a file follows it at once
    found = scope.redirect_target(target, job.scope, kind=job.kind, depth=job.depth, redirects=job.redirects)
    return _Reading(redirect_to=target, found=(found,))


def _feed(job: Job, payload: bytes) -> _Reading:
    """A feed, by its first bytes or because it was asked for as one; `Feed.error` says what was wrong with it."""
    feed = feeds.parse(payload, job.url)
    found = scope.from_feed(feed, job.scope, depth=job.depth, at=job.started)
    return _Reading(kind=PageKind.FEED, feed=feed, found=tuple(found))


def _requisite(job: Job, answer: Response) -> _Reading:
    """A picture or font says nothing more; a stylesheet has requisites of its own."""
    if not 200 <= answer.status < 300 or _media_type(answer) != "text/css":
        return _Reading()
    from archive import requisites  # late, as the extractor

    body = codings.decode(answer.payload, answer.content_codings, limit=requisites.MAX_STYLES)
    try:
        text = body.data.decode(_charset(answer) or "utf-8", "replace")
    except LookupError:
        text = body.data.decode("utf-8", "replace")
    needs = requisites.of_stylesheet(text, job.url) if job.depth < MAX_STYLE_DEPTH else []
    return _Reading(found=tuple(scope.from_requisites(needs, depth=job.depth + 1)))


def _page(job: Job, answer: Response, exchange: Exchange, body: codings.Decoded) -> _Reading:
    from archive import extract, requisites  # late: what only fetches or recovers robots.txt needs no extractor

    rules = job.rules.choose(job.url, exchange.started) if job.rules else None
    extraction = extract.extract(
        body.data,
        url=job.url,
        captured_at=exchange.started,
        charset=_charset(answer),
        complete=exchange.complete and body.complete,
        rules=rules,
    )
    if extraction.article is not None and (asked_as := _asked_as_listing(job)):
        because = FieldSource("verdict", "url", f"it was asked for as {asked_as}", True)
        extraction = replace(extraction, verdict=Verdict.LISTING, article=None, removed=(), sources=(because,))
    verdict = extraction.verdict
    listing = verdict == Verdict.LISTING
    today = exchange.started.date()
    found = scope.from_links(extraction.links, job.scope, depth=job.depth, listing=listing, today=today)
    for link in extraction.feeds:
        if job.depth == 0 and job.scope.feed_exclusion(link.url) is None:
            found.append(Found(link.url, PageKind.FEED, scope.PRIORITY_FEED))
    if job.scope.requisites and verdict not in SHOW_NOTHING:
        needs = requisites.of_page(body.data, job.url, extraction.charset)
        found += scope.from_requisites(needs, depth=0)
    kind = PageKind.SECTION if listing and job.kind == PageKind.PAGE else job.kind
    cut = None if exchange.complete else "the transfer was cut short: the text may lack its end"
    error = "; ".join(x for x in (cut, body.problem, extraction.error) if x) or None
    return _Reading(kind, verdict, extraction, extract.recipe(rules), None, None, tuple(found), None, error)


def _utf8(value: str) -> str:
    """A header read as Latin-1 that a server wrote in UTF-8, as browsers take it (RFC 9110 clause 5.5 forbids both)."""
    try:
        return value if value.isascii() else value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _robots_txt(job: Job, answer: Response, outcome: Outcome) -> _Reading:
    """The rules, and the Sitemap lines (sitemaps.org): those may lie on any host, what they list may not."""
    body = codings.decode(answer.payload, answer.content_codings, limit=robots.MAX_BYTES)
    text: str | None = robots.text_of(body.data)
    cut = not body.complete and len(body.data) < robots.MAX_BYTES  # by the server, or in a coding nobody knows
    if cut or outcome not in (Outcome.ARCHIVED, Outcome.TOO_LARGE):
        text = None  # what is missing may be what forbids
    urls = (normalise(value, job.url) for value in robots.RobotsTxt(text or "").sitemaps)
    found = tuple(Found(u, PageKind.FEED, scope.PRIORITY_FEED) for u in dict.fromkeys(urls) if u)
    return _Reading(robots=_meaning(job, answer, outcome, text), found=found)


def _asked_as_listing(job: Job) -> str | None:
    """What a person named the page as, if as one that lists articles."""
    if job.kind == PageKind.FRONT and urlsplit(job.url).path in ("", "/"):
        return "the front page"
    return "a section page" if job.kind == PageKind.SECTION and job.depth == 0 else None


def _meaning(job: Job, answer: Response | None, outcome: Outcome, text: str | None) -> Robots | None:
    if job.kind != PageKind.ROBOTS or _is_tdm(job) or outcome in (Outcome.REDIRECT, Outcome.STOPPED):
        return None
    origin = job.robots_origin or origin_of(job.url)
    if outcome == Outcome.NOT_IN_REPLAY:
        return Robots(origin, "allow-all", None, outcome.value)  # nobody is asked for anything
    if text is None and (answer is None or outcome in NETWORK_FAULTS):
        return Robots(origin, "disallow-all", None, outcome.value)
    return robots.of_answer(origin, answer.status if answer else 200, text)


def _is_tdm(job: Job) -> bool:
    return job.kind == PageKind.ROBOTS and (job.robots_origin or "").endswith(optout.WELL_KNOWN)


def _tdm_file(job: Job, answer: Response | None, outcome: Outcome) -> TdmFile | None:
    """What an answer says of the file that it was asked for; 4xx: there is none."""
    if not _is_tdm(job) or outcome in (Outcome.REDIRECT, Outcome.STOPPED):
        return None
    origin = origin_of(job.robots_origin or job.url)
    if answer is None or outcome not in (Outcome.ARCHIVED, Outcome.GONE, Outcome.REFUSED, Outcome.HTTP_ERROR):
        return TdmFile(origin, False)
    if outcome != Outcome.ARCHIVED:
        return TdmFile(origin, True)
    body = codings.decode(answer.payload, answer.content_codings, limit=robots.MAX_BYTES)
    return TdmFile(origin, True, body.data.decode("utf-8-sig", "replace") if body.complete else None)
