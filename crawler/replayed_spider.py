"""A Scrapy spider against WARC files, as a process of its own: `crawler.testing` starts it, JSON goes in and out."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from itemadapter import ItemAdapter
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from crawler.replay import Replay


def main() -> None:
    """{files, spider, arguments, settings} come by standard input; the last argument names the file for the result."""
    asked: dict[str, Any] = json.load(sys.stdin)
    settings = get_project_settings()
    settings.setdict(asked["settings"], priority="cmdline")
    settings.set("ADDONS", {**settings.getdict("ADDONS"), "crawler.addon.Replay": 0}, priority="cmdline")
    settings.set("BROADSHEET_REPLAY", asked["files"], priority="cmdline")
    items: list[dict[str, Any]] = []
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(_spider(asked["spider"]))
    crawler.signals.connect(
        lambda item: items.append(ItemAdapter(item).asdict()), signals.item_scraped, weak=False
    )
    process.crawl(crawler, **asked["arguments"])
    process.start()
    assert crawler.stats is not None
    result = {"items": items, "outcomes": Replay.of(crawler).outcomes, "stats": crawler.stats.get_stats()}
    Path(sys.argv[-1]).write_text(json.dumps(result, default=str, ensure_ascii=False), encoding="utf-8")


def _spider(name: str) -> Any:
    """`module:Class`, or the name of a spider of the project."""
    module, colon, path = name.partition(":")
    if not colon:
        return name
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


if __name__ == "__main__":
    main()
