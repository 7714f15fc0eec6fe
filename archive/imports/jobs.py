"""A response or revisit record of another tool as work for the pipeline. Pure.

Unlike the archive's own records nothing tells why the URL was fetched, so that is read off the URL and the answer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from archive.job import Job
from archive.message import Response
from archive.model import Exchange, Outcome, PageKind, RefersTo
from archive.pipeline import READABLE
from archive.reentry import with_payload
from archive.rules import Rules
from archive.store.imports import Refers
from archive.urls import captured_url
from archive.warc.groups import exchange_of, is_identical
from archive.warc.reader import Record

MOST_READ = 32 << 20  # bytes of a record; the page of a larger one is left unread
TOO_LARGE = f"larger than {MOST_READ >> 20} MB: not read"
_CUT = {"length": Outcome.TOO_LARGE, "time": Outcome.TIMEOUT}  # WARC-Truncated; anything else: a broken connection
_REQUISITES = re.compile(
    r"(?:image|audio|video|font)/|text/css$|(?:text|application)/(?:x-)?(?:java|ecma)script$"
    r"|application/(?:x-)?font|application/vnd\.ms-fontobject$|application/wasm$"
)


def refers_of(record: Record) -> Refers:
    """What a revisit tells of its original. Some tools of WARC/1.0 name no more than the digest."""
    uri = record.header("WARC-Refers-To-Target-URI")
    return Refers(
        record_id=record.header("WARC-Refers-To"),
        url=captured_url((uri or record.url or "").strip("<>")),
        date=record.header("WARC-Refers-To-Date"),
        payload_digest=record.header("WARC-Payload-Digest") if is_payload_revisit(record) else None,
    )


def is_payload_revisit(record: Record) -> bool:
    """Whether it stands for an answer with the payload of an earlier one, rather than for a 304."""
    return record.record_type == "revisit" and is_identical(record)


def job_of(
    record: Record,
    site: tuple[int, str],
    rules: Rules,
    original: Response | None = None,
    fetch_ms: int | None = None,
) -> Job:
    """The attempt that led to this record. `site`: id and name; `original`: what a revisit of a payload refers to."""
    url = captured_url(record.url or "")
    exchange = replace(exchange_of([record]), url=url, fetch_ms=fetch_ms)
    if is_payload_revisit(record) and original is not None:
        exchange = with_payload(exchange, original)
    return Job(
        url_id=0,
        url=url,
        site_id=site[0],
        site=site[1],
        kind=_kind_of(url, original or record.response),
        started=exchange.started,
        outcome=_CUT.get(exchange.truncated, Outcome.TRUNCATED) if exchange.truncated else Outcome.ARCHIVED,
        exchanges=(exchange,) if exchange.response else (),
        refers_to=_confirmed(record),
        final=False,  # nothing is to be tried again
        rules=rules.of_page(url),
        recorded=True,
    )


def without_body(job: Job) -> Job:
    """The same, for an answer whose body tells nothing."""
    return replace(job, exchanges=tuple(_head_of(exchange) for exchange in job.exchanges))


def _head_of(exchange: Exchange) -> Exchange:
    end = re.search(rb"\n\r?\n", exchange.response)
    return replace(exchange, response=exchange.response[: end.end()] if end else exchange.response)


def tells_nothing(job: Job, answer: Response | None) -> bool:
    """Whether the pipeline would not read the body: it is a picture, a style, a script, or large and no page."""
    if job.kind in (PageKind.REQUISITE, PageKind.ROBOTS):
        return True
    size = sum(len(exchange.response) for exchange in job.exchanges)
    return size > MOST_READ and _media_type(answer) not in READABLE


def _kind_of(url: str, answer: Response | None) -> PageKind:
    parts = urlsplit(url)
    if parts.path == "/robots.txt":
        return PageKind.ROBOTS
    if _REQUISITES.match(_media_type(answer)):
        return PageKind.REQUISITE
    return PageKind.FRONT if parts.path in ("", "/") and not parts.query else PageKind.PAGE


def _media_type(answer: Response | None) -> str:
    return (answer.header("content-type") or "" if answer else "").partition(";")[0].strip().lower()


def _confirmed(record: Record) -> RefersTo | None:
    """A 304 answers a conditional request, whether its record is a revisit or, wrongly, a response."""
    if record.response is None or record.response.status != 304:
        return None
    return RefersTo(record.header("WARC-Refers-To") or "", record.url or "", "", "")
