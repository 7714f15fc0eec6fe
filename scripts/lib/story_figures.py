"""How well the same text is found elsewhere, and what that costs: `scripts/bench-stories`."""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from story_cases import BEYOND, CASES, Text, forms, hard_case, invented, newspaper

from archive import store
from archive.model import Article, Capture, Extraction, Outcome, Recipe, RecordLocation
from archive.store import Processed
from archive.store.stories import settle

START = datetime(2026, 3, 1, tzinfo=UTC)
RECIPE = Recipe("0" * 64, "{}")
WARC = "BROADSHEET-20260301000000-00000-figures.warc.gz"


@dataclass(frozen=True)
class Figures:
    """Pairs of articles: that are one story, that were taken for one, that rightly were."""

    true: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0


class Filler:
    """Enters texts into an archive as a crawl would, without pages."""

    def __init__(self, archive: store.Archive) -> None:
        self.db = archive.db
        self.crawl_id = store.open_crawl(self.db, software="figures", started_at=START)
        store.add_warc_file(self.db, WARC, crawl_id=self.crawl_id, warcinfo_id="<urn:uuid:0>", opened_at=START)
        self.sites: dict[str, int] = {}
        self.number = 0

    def add(self, texts: Iterable[Text]) -> None:
        batch: list[Processed] = []
        for text in texts:
            batch.append(self._processed(text))
            if len(batch) == 100:
                store.commit(self.db, batch)
                batch.clear()
        store.commit(self.db, batch)

    def _processed(self, text: Text) -> Processed:
        if text.site not in self.sites:
            home = f"https://{text.site}.example/"
            self.sites[text.site] = store.add_site(self.db, text.site, None, home, now=START)
        self.number += 1
        at, digest = START + timedelta(seconds=self.number), f"sha1:{self.number:032}"
        capture = Capture(
            record_id=f"<urn:uuid:{self.number}>", record_type="response", captured_at=at.isoformat(), status=200,
            content_type="text/html", block_digest=digest, payload_digest=digest, payload_sha256=None,
            payload_bytes=100,
        )  # fmt: skip
        where = RecordLocation(WARC, self.number * 100, 100, capture.record_id, "response")
        article = Article(headline=text.headline, article_body=text.body, date_published=text.published)
        return Processed(
            url=text.url, site_id=self.sites[text.site], crawl_id=self.crawl_id, started_at=at.isoformat(),
            outcome=Outcome.ARCHIVED, status=200, captures=((capture, where, None, None),), verdict=text.verdict,
            extraction=Extraction(text.verdict, article), recipe=RECIPE, extracted_at=START.isoformat(),
        )  # fmt: skip


def figures(texts: list[Text]) -> Figures:
    """Enter texts into an archive of their own, and compare the stories with what they are known to be."""
    with TemporaryDirectory() as folder:
        store.create(Path(folder) / "news")
        with store.open_archive(Path(folder) / "news", write=True) as archive:
            Filler(archive).add(texts)
            settle(archive.db)
            held = dict(archive.db.conn.execute("SELECT url, story_id FROM article").fetchall())
    true = _pairs((text.url, text.story) for text in texts)
    found = _pairs((text.url, held[text.url]) for text in texts)
    return Figures(len(true), len(found), len(true & found))


def _pairs(grouped: Iterable[tuple[str, object]]) -> set[tuple[str, str]]:
    groups: dict[object, list[str]] = {}
    for url, group in grouped:
        if group is not None:
            groups.setdefault(group, []).append(url)
    return {pair for urls in groups.values() for pair in combinations(sorted(urls), 2)}


def cost(texts: Callable[[int], Iterable[Text]], number: int, new: int) -> str:
    """What the first settling costs, and the one after a crawl that brought `new` articles more."""
    with TemporaryDirectory() as folder:
        store.create(Path(folder) / "news")
        with store.open_archive(Path(folder) / "news", write=True) as archive:
            filler, all_ = Filler(archive), list(texts(number + new))
            filler.add(all_[:number])
            before = time.process_time()
            settle(archive.db)
            first = time.process_time() - before
            filler.add(all_[number:])
            before = time.process_time()
            settle(archive.db)
            more = time.process_time() - before
            sizes = dict(
                archive.db.conn.execute(
                    "SELECT name, sum(pgsize) FROM dbstat WHERE name IN ('sketch', 'shingle') GROUP BY name"
                ).fetchall()
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return (
        f"{number:>9,} {first:>9.1f} {first / number * 1000:>8.2f} {more:>11.2f} {sum(sizes.values()) / 1e6:>8.1f} "
        f"{peak:>8}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench-stories", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="so many newspapers (default: 3)")
    parser.add_argument("--articles", type=int, default=2000, help="of this size (default: 2000)")
    parser.add_argument("--cost", type=int, nargs="*", metavar="N", help="instead: what N articles cost")
    parser.add_argument("--new", type=int, default=200, help="articles of the crawl after that (default: 200)")
    options = parser.parse_args()
    if options.cost is not None:
        print(" articles  first, s  ms each  next crawl, s  MB kept  peak MB")
        for number in options.cost or [10_000]:
            print(cost(invented, number, options.new), flush=True)
        return
    print(f"{'':34} pairs  precision  recall")
    for seed in range(1, options.seeds + 1):
        show(f"newspaper {seed}, {options.articles} articles", figures(newspaper(seed, options.articles)))
    for name, change in (CASES | BEYOND).items():
        show(name, figures(hard_case(change, seed=11)))
    found = figures(forms(5))
    print(f"forms with other numbers, briefs: {found.found} pairs taken for one text")


def show(name: str, f: Figures) -> None:
    print(f"{name:34} {f.true:>5}  {f.precision:>9.3f}  {f.recall:>6.3f}", flush=True)


if __name__ == "__main__":
    main()
