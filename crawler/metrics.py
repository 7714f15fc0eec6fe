"""Figures of an archive for Prometheus, read from the database whenever somebody asks; on loopback only."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from archive import store
from archive.errors import BadInput, BroadsheetError, ConfigInvalid
from archive.store import visits
from crawler import config

if TYPE_CHECKING:
    from crawler.keep_running import State

LOOPBACK = "127.0.0.1"


class ArchiveFigures(Collector):
    """What `broadsheet status` knows, and how the crawls of this process went."""

    def __init__(self, folder: Path, state: State) -> None:
        self.folder, self.state = folder, state
        self._followed: list[str] = []  # as sites.toml said when it could last be read

    def collect(self) -> Iterator[Any]:
        yield from self._of_crawls()
        try:
            yield from self._of_archive()
            up = 1
        except BroadsheetError:
            up = 0
        yield GaugeMetricFamily("broadsheet_archive_readable", "1 if the archive could be opened", value=up)

    def _of_crawls(self) -> Iterator[Any]:
        state = self.state
        crawls = CounterMetricFamily("broadsheet_crawls", "Crawls that ended", labels=["exit_code"])
        for code, count in state.crawls.items():
            crawls.add_metric([str(code)], count)
        yield crawls
        yield GaugeMetricFamily("broadsheet_crawling", "1 while a crawl goes on", value=int(state.crawling))
        if state.last_ended is not None:
            yield GaugeMetricFamily(
                "broadsheet_last_crawl_ended_seconds", "When the last crawl ended", value=state.last_ended
            )
            yield GaugeMetricFamily(
                "broadsheet_last_crawl_exit_code", "Of the last crawl", value=state.last_exit_code or 0
            )

    def _of_archive(self) -> Iterator[Any]:
        of_site = {
            "articles": GaugeMetricFamily("broadsheet_articles", "Articles held", labels=["site"]),
            "captures": GaugeMetricFamily("broadsheet_captures", "Captures held", labels=["site"]),
            "due": GaugeMetricFamily("broadsheet_urls_due", "URLs that wait to be fetched", labels=["site"]),
            "failed": GaugeMetricFamily("broadsheet_urls_failed", "URLs that failed", labels=["site", "reason"]),
        }
        with suppress(ConfigInvalid):  # `run` says so, and waits until it is mended
            self._followed = list(config.load(self.folder).sites)
        with store.open_archive(self.folder) as archive:
            sites = store.status(archive.db)
            ids = visits.ids_of(archive.db, self._followed)
            next_visit = visits.next_visit(archive.db, ids)
        for site in sites:
            of_site["articles"].add_metric([site.name], site.held)
            of_site["captures"].add_metric([site.name], site.captured)
            of_site["due"].add_metric([site.name], site.due)
            for reason, count in site.failed.items():
                of_site["failed"].add_metric([site.name, reason], count)
        yield from of_site.values()
        late = time.time() - datetime.fromisoformat(next_visit).timestamp() if next_visit else 0.0
        yield GaugeMetricFamily(
            "broadsheet_visits_late_seconds",
            "How long the first visit that is due has waited",
            value=max(0.0, late),
        )
        yield GaugeMetricFamily(
            "broadsheet_disk_free_bytes", "Room where the archive lies", value=shutil.disk_usage(self.folder).free
        )


def serve(folder: Path, state: State, port: int) -> Callable[[], None]:
    """Answer at http://127.0.0.1:PORT/metrics -> what ends that.

    :raises BadInput: the port is taken, or not allowed.
    """
    registry = CollectorRegistry()
    registry.register(ArchiveFigures(folder, state))
    try:
        server, thread = start_http_server(port, addr=LOOPBACK, registry=registry)
    except OSError as e:
        raise BadInput(
            f"cannot listen on {LOOPBACK}:{port}: {e.strerror}", hint="--metrics with another port"
        ) from e

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return close
