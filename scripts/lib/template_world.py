"""Archives of one publisher of the demo newspaper, four pages a day, with a template that changes one day."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive import store
from archive.intake import Intake, now_text
from archive.job import Job
from archive.model import Exchange, Found, Outcome, PageKind
from archive.pipeline import process
from archive.scope import Scope
from archive.store.settling import settle
from archive.warc.writer import WarcWriter
from crawler.demo.http import Request
from crawler.demo.newspaper import Newspaper
from crawler.demo.templates import TemplateChange

A_DAY = 4  # pages
BEFORE, AFTER = 44, 16  # pages with the old template and with the new one
EACH = BEFORE + AFTER
FIRST_DAY = datetime(2026, 3, 2, 6, 0, 0, 250_000, tzinfo=UTC)
PUBLISHERS = 8


def day_of(number: int) -> str:
    """When page `number` (from 0) of a publisher is captured."""
    return _time(number).date().isoformat()


def _time(number: int) -> datetime:
    return FIRST_DAY + timedelta(days=number // A_DAY, hours=3 * (number % A_DAY))


class World:
    """The pages of a newspaper; archives with the old template are made once and copied."""

    def __init__(self, folder: Path, seed: int = 1, after: int = AFTER) -> None:
        self.folder, self.after = folder, after
        self.paper = Newspaper(seed=seed, articles=PUBLISHERS * EACH)

    def unchanged(self, publisher: str) -> Path:
        """The archive of a publisher that changed nothing; made once."""
        folder = self.folder / f"same-{publisher}"
        if not folder.exists():
            self.archive(TemplateChange("nothing", publisher, lambda root, number: None)).rename(folder)
        return folder

    def old(self, publisher: str) -> Path:
        """The archive of a publisher up to the change; made once."""
        folder = self.folder / f"old-{publisher}"
        if not folder.exists():
            store.create(folder)
            _take_in(folder, publisher, self._pages(publisher, 0, BEFORE), 0)
        return folder

    def old_pages(self, publisher: str) -> dict[str, bytes]:
        """{URL: page} of those before the change."""
        return dict(self._pages(publisher, 0, BEFORE))

    def archive(self, change: TemplateChange) -> Path:
        """A new archive in which the change was made on `day_of(BEFORE)`."""
        old = self.old(change.publisher)
        new = self.folder / "new"
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(old, new)
        pages = self._pages(change.publisher, BEFORE, BEFORE + self.after)
        _take_in(
            new, change.publisher, [(url, change.apply(page, at)) for at, (url, page) in enumerate(pages)], BEFORE
        )
        return new

    def _pages(self, name: str, first: int, end: int) -> list[tuple[str, bytes]]:
        publisher = next(each for each in self.paper.publishers if each.name == name)
        found = []
        for index in range(first, end):
            path = self.paper.edition.card(publisher, index).path
            answer = self.paper.respond(publisher.host, Request(path, "GET", {"host": publisher.host}))
            found.append((f"http://{publisher.host}{path}", answer.body))
        return found


def _take_in(folder: Path, site: str, pages: Sequence[tuple[str, bytes]], first: int) -> None:
    """Enter the pages as a crawl does; `first`: the number of the first."""
    host = f"{site}.localhost"
    errors: list[Exception] = []
    with store.writer_lock(folder):
        with store.open_archive(folder, write=True) as archive:
            site_id = store.add_site(archive.db, site, site.title(), f"http://{host}/")
            crawl_id = store.open_crawl(archive.db, software="broadsheet/demo", started_at=now_text())
            jobs = [
                _job(archive, site_id, crawl_id, host, url, page, first + at)
                for at, (url, page) in enumerate(pages)
            ]
            warc_folder = archive.warc_folder
        writer = WarcWriter(warc_folder, info={"software": "broadsheet/demo"}, host=host)
        intake = Intake(
            folder, writer, crawl_id, released=lambda _: None, failed=errors.append, idle=lambda: False
        )
        for job in jobs:
            intake.put(process(job))
        intake.close()
        with store.open_archive(folder, write=True) as archive:
            store.close_crawl(archive.db, crawl_id, ended_at=now_text(), finish_reason="finished")
            settle(archive.db, now=now_text())
    if errors:
        raise errors[0]


def _job(
    archive: store.Archive, site_id: int, crawl_id: int, host: str, url: str, page: bytes, number: int
) -> Job:
    when = _time(number)
    exchange = exchange_of(url, page, when)
    due = store.ensure_url(archive.db, site_id, Found(url, PageKind.PAGE, depth=1), now=when)
    return Job(
        due.url_id, url, site_id, host.partition(".")[0], PageKind.PAGE, when, Outcome.ARCHIVED, (exchange,),
        crawl_id=crawl_id, scope=Scope((host,)), depth=1,
    )  # fmt: skip


def exchange_of(url: str, page: bytes, when: datetime) -> Exchange:
    """A page as it is fetched at a time."""
    host = url.split("/")[2]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n\r\n"
    path = "/" + url.split("/", 3)[3]
    asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    return Exchange(url=url, request=asked, response=head.encode() + page, started=when, fetch_ms=7)
