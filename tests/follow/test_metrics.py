"""What Prometheus is told of an archive."""

from __future__ import annotations

from pathlib import Path

from archive import store
from archive.model import Outcome
from archive.store import visits
from crawler import config
from crawler.config import Site
from crawler.keep_running import State
from crawler.metrics import ArchiveFigures


def late_s(figures: ArchiveFigures) -> float:
    (metric,) = [each for each in figures.collect() if each.name == "broadsheet_visits_late_seconds"]
    (sample,) = metric.samples
    return float(sample.value)


def test_only_visits_of_sites_that_are_followed_are_late(tmp_path: Path) -> None:
    store.create(tmp_path)
    with store.open_archive(tmp_path, write=True) as archive:
        site_id = store.add_site(archive.db, "once", None, "https://example.org/")
        url = "https://example.org/story"
        failed = store.Processed(
            url=url,
            site_id=site_id,
            started_at="2026-03-16T12:00:00Z",
            outcome=Outcome.TIMEOUT,
            next_state="failed",
        )
        store.commit(archive.db, [failed])
        assert visits.next_visit(archive.db, [site_id]) is not None
    figures = ArchiveFigures(tmp_path, State())
    config.add_sites(tmp_path, [Site("other", "https://example.com/")])
    assert late_s(figures) == 0
    config.add_sites(tmp_path, [Site("once", "https://example.org/")])
    assert late_s(figures) > 0
    (tmp_path / config.FILE).write_text("[sites.once]\n")  # `run` waits until that is mended
    assert late_s(figures) > 0
