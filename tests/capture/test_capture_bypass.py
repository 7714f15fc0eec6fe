"""A crawl does not start when an answer could reach the spider without being archived."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from crawling import environment
from odd_server import OddServer
from scrapy.settings import Settings

from archive import store
from archive.errors import CaptureBypassed
from crawler import run
from crawler.archivist import check_capture
from crawler.config import Site
from crawler.handler import WarcHTTPHandler

SCRAPYS = "scrapy.core.downloader.handlers"
OURS = "crawler.handler.WarcHTTPHandler"
REST = {"file": None, "data": None, "ftp": None, "s3": None}
BYPASSED: dict[str, dict[str, Any]] = {
    "http11": {"DOWNLOAD_HANDLERS": {"http": f"{SCRAPYS}.http11.HTTP11DownloadHandler", "https": OURS, **REST}},
    "aiohttp": {
        "DOWNLOAD_HANDLERS": {"http": OURS, "https": f"{SCRAPYS}._aiohttp.AiohttpDownloadHandler", **REST}
    },
    "file": {
        "DOWNLOAD_HANDLERS": {**REST, "http": OURS, "https": OURS, "file": f"{SCRAPYS}.file.FileDownloadHandler"}
    },
    "data": {"DOWNLOAD_HANDLERS": {**REST, "http": OURS, "data": f"{SCRAPYS}.datauri.DataURIDownloadHandler"}},
    "cache": {"HTTPCACHE_ENABLED": True},
}


def project_settings(**changes: Any) -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.setdict(changes, priority="cmdline")
    return settings


def test_the_project_as_it_is_may_start() -> None:
    check_capture(project_settings())


def test_a_handler_that_extends_ours_may_start(monkeypatch: pytest.MonkeyPatch) -> None:
    class Patient(WarcHTTPHandler):
        pass

    monkeypatch.setattr(sys.modules[__name__], "Patient", Patient, raising=False)
    check_capture(project_settings(DOWNLOAD_HANDLERS={**REST, "http": f"{__name__}.Patient", "https": OURS}))


@pytest.mark.parametrize("name", BYPASSED)
def test_a_bypass_is_refused_before_anything_is_touched(name: str, tmp_path: Path) -> None:
    with pytest.raises(CaptureBypassed):
        check_capture(project_settings(**BYPASSED[name]))
    store.create(tmp_path / "news")
    chosen = run.Chosen((Site("odd", "http://127.0.0.1:9/"),))
    with pytest.raises(CaptureBypassed) as refusal:
        run.crawl(tmp_path / "news", chosen, settings=BYPASSED[name])
    assert refusal.value.exit_code == 12
    assert not [*(tmp_path / "news" / "warc").iterdir()]
    with store.open_archive(tmp_path / "news") as archive:
        assert archive.db.execute("SELECT count(*) FROM crawl").fetchone() == (0,)


def test_the_command_leaves_with_its_own_exit_code(tmp_path: Path) -> None:
    program = "import crawler.settings as s; s.HTTPCACHE_ENABLED = True; from crawler.cli import main; main()"
    with OddServer({}) as server:
        options = ["--archive", str(tmp_path / "news"), "--allow-address", "loopback", "--quiet"]
        command = [sys.executable, "-c", program, "crawl", f"{server.url}/", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 12
    assert "HTTPCACHE_ENABLED" in done.stderr
    assert "Traceback" not in done.stderr
    assert not server.served
