"""The Scrapy add-on that lets any spider run against WARC files: no archive, no network.

See docs/replay-crawls.md, and for `scrapy check` docs/fixtures.md.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from archive.errors import BroadsheetError
from archive.fixtures.refusing import refuse_network
from archive.recording.answers import Recording
from crawler.contracts import FixtureContract
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
    """`ADDONS = {"crawler.addon.Replay": 0}`: answers come from the files that BROADSHEET_REPLAY names.

    Without them it does nothing, but for `scrapy check`: there the fixtures answer that contracts name.
    """

    def __init__(self, crawler: Crawler) -> None:
        names = crawler.settings.getlist("BROADSHEET_REPLAY")
        self._is_check = "SCRAPY_CHECK" in os.environ
        if not names and not self._is_check:
            raise NotConfigured
        try:
            recording = Recording(Path(name) for name in names) if names else None
        except BroadsheetError as e:  # Scrapy would show it as a traceback, and leave with 0
            print(f"broadsheet: {e}", file=sys.stderr)
            raise SystemExit(e.exit_code) from None
        self._answers = Answers(recording)
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Replay:
        return cls(crawler)

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """`scrapy check` asks for the contracts before there is a crawler."""
        settings.setdefault_in_component_priority_dict("SPIDER_CONTRACTS", FixtureContract, 3)

    def update_settings(self, settings: BaseSettings) -> None:
        """Above what a spider sets for itself: a delay of its own has no one to be polite to."""
        for name, value in STILL.items():
            settings.set(name, value, priority="cmdline")
        self._answers.put(self._crawler)
        self._crawler.signals.connect(self._answers.close, signals.engine_stopped)
        if self._is_check:
            # A fixture holds one robots.txt, of its day and host; what is checked is the callback.
            settings.set("ROBOTSTXT_OBEY", False, priority="cmdline")
            self._crawler.signals.connect(refuse_network, signals.engine_started)
