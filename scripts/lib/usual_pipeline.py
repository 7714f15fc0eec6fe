"""What `scripts/bench` compares with: the pipeline that most people would write with the same four packages.

A CrawlSpider follows the links of the front pages; its callback runs trafilatura with metadata; one item pipeline
writes request and response with warcio, another upserts the article with sqlite-utils and keeps a full-text index.
Scrapy's own defaults for concurrency, no delay, compression handled by Scrapy, robots.txt obeyed.

    python scripts/lib/usual_pipeline.py FOLDER DEPTH URL...
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlite_utils
import trafilatura
from scrapy.crawler import CrawlerProcess
from scrapy.http import HtmlResponse, Request
from scrapy.linkextractors import LinkExtractor
from scrapy.resolver import CachingThreadedResolver
from scrapy.spiders import CrawlSpider, Rule
from twisted.internet import defer
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class LoopbackNames(CachingThreadedResolver):
    """The demo's hosts end in .localhost, which not every system resolves."""

    def getHostByName(self, name: str, timeout: Any = ()) -> Any:
        return defer.succeed("127.0.0.1") if name.endswith("localhost") else super().getHostByName(name, timeout)


class UsualSpider(CrawlSpider):
    name = "usual"

    def __init__(self, urls: list[str], **kwargs: Any) -> None:
        self.start_urls = urls
        self.allowed_domains = [urlsplit(url).hostname or "" for url in urls]
        links = LinkExtractor(allow_domains=[urlsplit(url).netloc for url in urls])
        self.rules = (Rule(links, callback="parse_article", follow=True),)
        super().__init__(**kwargs)

    def parse_article(self, response: Any) -> Iterator[dict[str, Any]]:
        if not isinstance(response, HtmlResponse):
            return
        document = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
        yield {
            "url": response.url,
            "headline": document.title if document else None,
            "authors": document.author if document else None,
            "date_published": document.date if document else None,
            "article_body": document.text if document else None,
            "_response": response,
        }


class WarcPipeline:
    def open_spider(self) -> None:
        self.file = (Path(FOLDER) / "usual.warc.gz").open("wb")
        self.writer = WARCWriter(self.file, gzip=True, warc_version="WARC/1.1")

    def close_spider(self) -> None:
        self.file.close()

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        response: HtmlResponse = item.pop("_response")
        request: Request = response.request
        head = StatusAndHeaders(f"{response.status} OK", pairs(response.headers), protocol="HTTP/1.1")
        self.writer.write_record(
            self.writer.create_warc_record(
                response.url, "response", payload=BytesIO(response.body), http_headers=head
            )
        )
        line = f"GET {urlsplit(request.url).path or '/'} HTTP/1.1"
        head = StatusAndHeaders(line, pairs(request.headers), is_http_request=True)
        self.writer.write_record(self.writer.create_warc_record(request.url, "request", http_headers=head))
        return item


def pairs(headers: Any) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), v.decode("latin-1")) for name, values in headers.items() for v in values]


class SqlitePipeline:
    def open_spider(self) -> None:
        self.db = sqlite_utils.Database(Path(FOLDER) / "usual.db")
        self.db.enable_wal()
        columns = dict.fromkeys(("url", "headline", "authors", "date_published", "article_body"), str)
        self.table = self.db["articles"].create(columns, pk="url")
        self.table.enable_fts(["headline", "article_body"], create_triggers=True)

    def close_spider(self) -> None:
        self.db.close()

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        self.table.upsert(item, pk="url")
        return item


def main() -> None:
    process = CrawlerProcess(
        {
            "TWISTED_DNS_RESOLVER": LoopbackNames,
            "ITEM_PIPELINES": {WarcPipeline: 100, SqlitePipeline: 200},
            "ROBOTSTXT_OBEY": True,
            "DEPTH_LIMIT": int(sys.argv[2]),
            "DOWNLOAD_DELAY": 0,
            "COOKIES_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "LOG_LEVEL": "ERROR",
            "USER_AGENT": "usual (+http://localhost/)",
        }
    )
    process.crawl(UsualSpider, urls=sys.argv[3:])
    process.start()
    with (Path(FOLDER) / "usual.json").open("w") as file:
        rows = sqlite_utils.Database(Path(FOLDER) / "usual.db")["articles"].rows
        json.dump({row["url"]: row["article_body"] or "" for row in rows}, file)


if __name__ == "__main__":
    FOLDER = sys.argv[1]
    main()
