"""How well `archive.url_shape.is_article` tells URLs: of real pages with their truth, and of the demo newspaper.

Articles: the addresses of the sets news and sites. No articles: what these pages link in <nav>, <header> and <footer>
on their own host, which holds an article now and then ("most read" in a menu), so the figure is a lower bound.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from lxml import html

from archive.url_shape import is_article
from archive.urls import host_of, normalise, same_site
from crawler.demo import Newspaper

NAVIGATION = "//nav//a[@href] | //header//a[@href] | //footer//a[@href]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).resolve().parents[3] / "shared/data/extraction"
    )
    parser.add_argument("--wrong", action="store_true", help="print the addresses that are told wrongly")
    options = parser.parse_args()
    demo = Newspaper(articles=2000)
    urls = {truth.url for truth in demo.truths(8765)}
    listings = set(demo.listing_urls(8765))
    report("demo newspaper, articles", urls, True, options.wrong)
    report(
        "demo newspaper, front and section pages", {u for u in listings if not is_feed(u)}, False, options.wrong
    )
    if options.data.is_dir():
        rows = [json.loads(line) for line in (options.data / "gold.jsonl").read_text("utf-8").splitlines()]
        rows = [row for row in rows if row["set"] in ("news", "sites")]
        pages = {url for row in rows if (url := normalise(row["url"]))}
        report("real pages, articles", pages, True, options.wrong)
        report("real pages, their navigation", navigation(options.data, rows) - pages, False, options.wrong)
    else:
        print(f"{options.data} is not there: real pages were left out")


def is_feed(url: str) -> bool:
    return urlsplit(url).path.endswith(".xml")


def navigation(data: Path, rows: list[dict[str, str]]) -> set[str]:
    found = set()
    for row in rows:
        page = gzip.decompress((data / row["page"]).read_bytes())
        root = html.fromstring(page, parser=html.HTMLParser(encoding="utf-8"))
        for a in root.xpath(NAVIGATION):
            url = normalise(a.get("href"), row["url"])
            if url and same_site(host_of(url), host_of(row["url"])):
                found.add(url)
    return found


def report(what: str, urls: set[str], truth: bool, show_wrong: bool) -> None:
    told = Counter(is_article(url) for url in urls)
    total = max(1, len(urls))
    print(
        f"{what:42} {len(urls):6}  right {told[truth] / total:.3f}  wrong {told[not truth] / total:.3f}"
        f"  not told {told[None] / total:.3f}"
    )
    if show_wrong:
        for url in sorted(url for url in urls if is_article(url) is (not truth)):
            print("   ", url)


if __name__ == "__main__":
    main()
