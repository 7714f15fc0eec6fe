"""The Scrapy add-on that lets any spider run against WARC files: no archive, no network. See docs/replay-crawls.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from archive.errors import BroadsheetError
from archive.recording.answers import Recording
from crawler.replay import HANDLERS
from crawler.replay import Replay as Answers

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

# What waits, or opens a socket of its own, or answers instead of the files.
STILL: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": HANDLERS,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_SLOTS": {},
    "AUTOTHROTTLE_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
}


class Replay:
    """`ADDONS = {"crawler.addon.Replay": 0}`; it does nothing until BROADSHEET_REPLAY names a file, or several."""

    def __init__(self, crawler: Crawler) -> None:
        names = crawler.settings.getlist("BROADSHEET_REPLAY")
        if not names:
            raise NotConfigured
        try:
            self._recording = Recording(Path(name) for name in names)
        except BroadsheetError as e:  # Scrapy would show it as a traceback, and leave with 0
            print(f"broadsheet: {e}", file=sys.stderr)
            raise SystemExit(e.exit_code) from None
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Replay:
        return cls(crawler)

    def update_settings(self, settings: BaseSettings) -> None:
        """Above what a spider sets for itself: a delay of its own has no one to be polite to."""
        for name, value in STILL.items():
            settings.set(name, value, priority="cmdline")
        Answers(self._recording).put(self._crawler)
        self._crawler.signals.connect(self._recording.close, signals.engine_stopped)
