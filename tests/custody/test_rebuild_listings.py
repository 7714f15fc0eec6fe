"""Sitemaps that moved, old ones, sections and guesses of `add`: rebuilt as they were."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import store
from crawler import config
from crawler.config import Site
from tests.crawl.site import article, serve
from tests.custody.same_rows import differences

XML, HTML = {"Content-Type": "application/xml"}, {"Content-Type": "text/html"}
QUICK = ("--allow-address", "loopback", "--quiet")


def index(day: datetime) -> tuple[int, dict[str, str], bytes]:
    rows = f"<sitemap><loc>/map-1.xml</loc><lastmod>{day.isoformat()}</lastmod></sitemap>"
    rows += "<sitemap><loc>/map-0.xml</loc><lastmod>2019-05-01</lastmod></sitemap>"
    return 200, XML, f"<sitemapindex>{rows}</sitemapindex>".encode()


def count(folder: Path, reason: str) -> int:
    with store.open_archive(folder) as archive:
        found = archive.db.execute("SELECT count(*) FROM url WHERE excluded_by = ?", [reason])
        return int(found.fetchone()[0])


def widen(folder: Path, name: str) -> None:
    """Let in sitemaps of any age."""
    path = folder / "sites.toml"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("sitemap_days")]
    lines.insert(lines.index(f"[sites.{name}]") + 1, "sitemap_days = 0")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.slow
def test_listings_of_every_kind_are_rebuilt_as_they_were(tmp_path: Path, broadsheet: Any) -> None:
    folder, today = tmp_path / "news", datetime.now(UTC).replace(microsecond=0)
    links = "".join(f'<li><a href="/2026/03/story-{n}">The story that is number {n}</a></li>' for n in range(4))
    section = f"<html><head><title>News</title></head><body><ul>{links}</ul></body></html>".encode()
    foreign = b"<url><loc>https://ads.example/</loc></url>"
    pages = {
        "/sitemap.xml": index(today - timedelta(hours=2)),
        "/map-1.xml": (200, XML, b"<urlset><url><loc>/2026/03/story-1</loc></url>" + foreign + b"</urlset>"),
        "/politics": (200, HTML, section),
    }
    pages |= {f"/2026/03/story-{n}": (200, HTML, article(n)) for n in range(6)}
    with serve(pages, "/politics") as site:
        broadsheet("init", folder)
        name = config.site_name(site.url)
        config.add_sites(folder, [Site(name, site.url, delay_s=0.0, allow_addresses=("loopback",))])
        broadsheet("add", site.url, "--archive", folder, *QUICK[:2])
        assert config.load(folder).sites[name].sections == (f"{site.url}politics",)
        broadsheet("crawl", "--now", "--archive", folder, *QUICK)
        asked = site.hits.count("/map-1.xml")
        assert asked and "/map-0.xml" not in site.hits
        broadsheet("crawl", f"{site.url}sitemap.xml", "--archive", folder, *QUICK)
        assert site.hits.count("/map-1.xml") == asked
        site.pages["/sitemap.xml"] = index(today - timedelta(hours=1))
        broadsheet("crawl", f"{site.url}sitemap.xml", "--archive", folder, *QUICK)
        assert site.hits.count("/map-1.xml") == asked + 1  # in the same crawl, whatever its schedule
        assert count(folder, "old") == 1
        widen(folder, name)
        broadsheet("crawl", "--archive", folder, *QUICK)
        assert "/map-0.xml" in site.hits
    with store.open_archive(folder) as archive:
        reasons = dict(archive.db.execute("SELECT excluded_by, count(*) FROM url GROUP BY 1").fetchall())
        assert "old" not in reasons and reasons["scope"] == 1 and reasons["no-feed"] > 5
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    for path in copy.glob("archive.db*"):
        path.unlink()
    broadsheet("rebuild", "--archive", copy)
    assert differences(folder / "archive.db", copy / "archive.db") == []
