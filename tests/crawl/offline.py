"""A real session and its frontier without a network: what the downloader would bring comes from a function."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from archive import store
from archive.model import Exchange, Outcome
from crawler.config import Site
from crawler.frontier import Claim, Frontier
from crawler.pace import answer_of
from crawler.session import Options, Session

Answer = Callable[[str], Awaitable[bytes]]  # of a URL: the bytes of the wire
Beside = Callable[[Session, Frontier], Awaitable[None]]


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def archive_of(folder: Path) -> Path:
    store.create(folder)
    return folder


def crawl(folder: Path, sites: list[Site], answers: Answer, *beside: Beside) -> None:
    """One crawl to its end, listings due or not; `beside` goes on meanwhile, until then."""
    session = Session(folder, sites, Options(workers=1, now=frozenset(site.name for site in sites)))
    try:
        asyncio.run(asyncio.wait_for(_crawl(session, answers, beside), 30))
    finally:
        session.close("finished")
    assert session.error is None, session.error


async def _crawl(session: Session, answers: Answer, beside: tuple[Beside, ...]) -> None:
    call = asyncio.get_running_loop().call_soon_threadsafe
    frontier = Frontier(session)
    session.on_released = lambda pairs: call(frontier.released, pairs)
    session.on_failed = lambda error: call(frontier.abandon, error)
    others = [asyncio.create_task(one(session, frontier)) for one in beside]
    fetches = [asyncio.create_task(_fetch(session, frontier, claim, answers)) async for claim in frontier.claims()]
    await asyncio.gather(*fetches)
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _fetch(session: Session, frontier: Frontier, claim: Claim, answers: Answer) -> None:
    url = claim.due.url
    exchange = Exchange(url, b"GET / HTTP/1.1\r\n\r\n", await answers(url), datetime.now(UTC), fetch_ms=1)
    session.took(claim, (exchange,), Outcome.ARCHIVED, None)
    frontier.answered(claim, answer_of((exchange,), Outcome.ARCHIVED))
    frontier.fetched(claim, len(exchange.response))
