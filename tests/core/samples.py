"""Pages, jobs and small archives made by hand, without a network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive import store
from archive.intake import Intake, now_text
from archive.job import Job
from archive.model import Exchange, Found, Outcome, PageKind
from archive.pipeline import Page, process
from archive.scope import Scope
from archive.warc.writer import WarcWriter

START = datetime(2026, 3, 2, 8, 0, 0, 250_000, tzinfo=UTC)
SITE = "https://news.example/"
KINDS = {"": PageKind.FRONT, "robots.txt": PageKind.ROBOTS}
SCOPE = Scope(("news.example",))
PARAGRAPH = (
    "<p>The council met on Tuesday evening and agreed, after two hours of debate, to mend bridge number {}.</p>"
)


def article_page(number: int = 1) -> bytes:
    body = PARAGRAPH.format(number) * 8
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bridge {number} to be mended</title>'
        '<meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2026-03-01T09:00:00+01:00"></head>'
        f"<body><article><h1>Bridge {number} is to be mended at last</h1>{body}</article></body></html>"
    ).encode()


def front_page(paths: Iterable[str]) -> bytes:
    items = "".join(f'<li><a href="{path}">Read more of the story at {path}</a></li>' for path in paths)
    return f"<!doctype html><html><head><title>The Gazette</title></head><body><ul>{items}</ul></body></html>".encode()


def answer(body: bytes = b"", *headers: str, status: int = 200, html: bool = True) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *headers]
    if html and not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: text/html; charset=utf-8")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def exchange(response: bytes, url: str = SITE + "story", **facts: Any) -> Exchange:
    path = "/" + url.split("/", 3)[3]
    request = f"GET {path} HTTP/1.1\r\nHost: news.example\r\n\r\n".encode()
    return Exchange(url=url, request=request, response=response, **{"started": START, "fetch_ms": 7} | facts)


def job(response: bytes | None = None, url: str = SITE + "story", /, **facts: Any) -> Job:
    """One attempt; `complete`, `truncated` and `ip` go to its exchange."""
    of_exchange = {name: facts.pop(name) for name in ("complete", "truncated", "ip") if name in facts}
    exchanges = () if response is None else (exchange(response, url, **of_exchange),)
    values: dict[str, Any] = {
        "url_id": 1, "url": url, "site_id": 1, "site": "news", "kind": PageKind.PAGE, "started": START,
        "outcome": Outcome.ARCHIVED, "exchanges": exchanges, "scope": SCOPE, "depth": 1,
    }  # fmt: skip
    return Job(**(values | facts))


def take_in(
    folder: Path,
    answers: dict[str, bytes],
    *,
    kinds: dict[str, PageKind] | None = None,
    start: datetime = START,
) -> list[Page]:
    """Enter these answers ({path: response}) as one crawl does, into an archive that is there -> what was released."""
    released: list[Page] = []
    errors: list[Exception] = []
    with store.writer_lock(folder):
        with store.open_archive(folder, write=True) as archive:
            site_id = store.add_site(archive.db, "news", "The News", SITE)
            crawl_id = store.open_crawl(archive.db, software="broadsheet/test", started_at=now_text())
            jobs = []
            for number, (path, response) in enumerate(answers.items()):
                kind = (kinds or {}).get(path, PageKind.PAGE)
                url = SITE + path
                due = store.ensure_url(archive.db, site_id, Found(url, kind), now=start)
                when = start + timedelta(seconds=number)
                jobs.append(
                    job(
                        None, url, url_id=due.url_id, site_id=site_id, crawl_id=crawl_id, kind=kind, started=when,
                        exchanges=(exchange(response, url, started=when),), refers_to=due.refers_to,
                    )
                )  # fmt: skip
            warc_folder = archive.warc_folder
        writer = WarcWriter(warc_folder, info={"software": "broadsheet/test"}, host="test.example")
        intake = Intake(
            folder, writer, crawl_id, released=released.extend, failed=errors.append, idle=lambda: False
        )
        for one in jobs:
            intake.put(process(one))
        intake.close()
        with store.open_archive(folder, write=True) as archive:
            store.close_crawl(archive.db, crawl_id, ended_at=now_text(), finish_reason="finished")
    if errors:
        raise errors[0]
    return released


def small_archive(folder: Path, articles: int = 4) -> Path:
    """An archive with a front page, a robots.txt, a missing page and some articles."""
    store.create(folder)
    paths = [f"story/{number}" for number in range(articles)]
    answers = {"": answer(front_page(["/" + path for path in paths]))}
    answers |= {path: answer(article_page(number)) for number, path in enumerate(paths)}
    answers |= {"robots.txt": answer(b"User-agent: *\nDisallow: /private\n"), "missing": answer(b"no", status=404)}
    take_in(folder, answers, kinds=KINDS)
    return folder
