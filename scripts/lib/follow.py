"""Follows the demo newspaper for 60 days within minutes, and holds what the archive then knows against the truth.

The newspaper's clock and the crawler's stand at the same time (tests/follow/at.py), and move on in steps; the days'
edits, deletions and failures are known (docs/demo.md). Steps at which nothing is due are passed over.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

import follow_figures as figures
from follow_figures import Figure
from follow_world import AT, ROOT, World, begin_of, follow, repeated, stamp, world

from archive import store
from archive.model import Found, PageKind
from archive.store import visits
from archive.store.transaction import transaction

KNOWN_URLS = 100_000


def nothing_twice(seen: World) -> Figure:
    """What one crawl asked for again although it had been answered."""
    return Figure(
        "again", f"{len(seen.again)} URLs asked for twice within a crawl", not seen.again, tuple(seen.again[:10])
    )


def unchanged(folder: Path, seed: int, articles: int) -> Figure:
    """Bytes that the server sends when all listings are asked again (`crawl --now`) and nothing has changed, against
    those of the first crawl; by site as well. A publisher has at least 200 articles, what a newspaper prints in a few
    days: a 304 costs some 200 bytes of header, and listings are as long as they are, however few articles there are."""
    with world(folder, seed, max(articles, 1600)) as seen:
        first = seen.crawl(begin_of(0))
        again = seen.crawl(begin_of(0), "--now")
        both = [Counter[str](), Counter[str]()]
        for counts, hits in zip(both, (first, again), strict=True):
            for hit in hits:
                counts[hit.host] += hit.bytes
        before, after = (sum(counts.values()) for counts in both)
        validators = {each.host: each.validators for each in seen.newspaper.publishers}
    details = [
        f"{host}: {both[1][host]:,} of {count:,} bytes ({both[1][host] / count:.2%})"
        + ("" if validators.get(host) else "; it answers without ETag and Last-Modified")
        for host, count in sorted(both[0].items())
    ]
    text = f"{after:,} bytes of {before:,}: {after / before:.2%} (below 2 %)"
    return Figure("recrawl", text, after < 0.02 * before, tuple(details))


def two_at_once(folder: Path, seed: int, articles: int) -> Figure:
    """Two crawls started at once on one archive that holds nothing: no URL is answered twice."""
    with world(folder, seed, articles) as seen:
        words = ["crawl", "--archive", str(seen.folder), "--delay", "0", "--quiet"]
        command = [sys.executable, str(AT), begin_of(0).isoformat(), "--", *words]
        both = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in "ab"
        ]
        codes = sorted(process.wait() for process in both)
        hits = seen.server.hits
    twice = repeated(hits)
    text = f"{len(twice)} of {len(hits)} requests were for what had been answered; exit codes {codes[0]} and {codes[1]}"
    return Figure("twice", text, not twice and len(hits) > articles and codes[0] == 0, tuple(twice[:10]))


def choosing(folder: Path, turns: int = 9) -> Figure:
    """Milliseconds to choose what is due among 100,000 known URLs of 20 sites: `make_due`, then the hosts and the
    first URLs of each; the median of several turns, each with 1,000 URLs whose time has come since the last one."""
    folder.mkdir(parents=True, exist_ok=True)
    now = begin_of(0)
    spent, worked = [], []
    store.create(folder / "many")
    with store.open_archive(folder / "many", write=True) as archive:
        db = archive.db
        site_ids = [store.add_site(db, f"s{n}", None, f"http://s{n}.example/", now=now) for n in range(20)]
        for n, site_id in enumerate(site_ids):
            urls = [Found(f"http://s{n}.example/a/{m}", PageKind.PAGE) for m in range(KNOWN_URLS // 20)]
            store.add_urls(db, site_id, urls, found_on=None, now=now)
        with transaction(db) as connection:
            connection.execute("UPDATE url SET state = 'done'")
            for hours in range(100):
                when = stamp(now + timedelta(hours=hours))
                connection.execute("UPDATE url SET next_visit = ? WHERE url_id % 100 = ?", (when, hours))
        for turn in range(turns):
            clock = now + timedelta(hours=turn)
            begun, work = time.perf_counter(), time.process_time()
            made = visits.make_due(db, clock, site_ids)
            for host in store.due_hosts(db, clock, site_ids):
                store.due(db, host, clock, 20, frozenset(), site_ids)
            spent.append((time.perf_counter() - begun) * 1000)
            worked.append((time.process_time() - work) * 1000)
            assert made == KNOWN_URLS // 100
            with transaction(db) as connection:  # which also keeps SQLite's log short
                connection.execute("UPDATE url SET state = 'done' WHERE state = 'due'")
    text = (
        f"{median(spent):.1f} ms, median of {turns} (below 50 ms); {min(spent):.1f} to {max(spent):.1f}; "
        f"of the processor: {median(worked):.1f}"
    )
    return Figure("due", text, median(spent) < 50)


OVER_DAYS: dict[str, Callable[[World], Figure]] = {
    "held": figures.held,
    "visible": figures.visible,
    "edits": figures.edits,
    "coverage": figures.coverage,
    "failures": figures.failures,
    "stories": figures.stories,
    "again": nothing_twice,
}
ALONE = ("recrawl", "due", "twice")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/follow", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=float, default=60, help="days that are followed (60)")
    parser.add_argument("--begin", type=float, default=0, metavar="DAYS", help="days after the default clock (0)")
    parser.add_argument("--step", type=float, default=3, metavar="HOURS", help="from one crawl to the next (3)")
    parser.add_argument("--articles", type=int, default=60, help="that the newspaper has at the beginning (60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--site", action="append", metavar="NAME", help="follow this publisher alone; repeatable")
    parser.add_argument("--only", action="append", choices=[*OVER_DAYS, *ALONE], help="this figure; repeatable")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the archive in DIR/news")
    args = parser.parse_args(words)
    wanted = args.only or [*OVER_DAYS, *ALONE]
    with tempfile.TemporaryDirectory(prefix="follow-") as scratch:
        found = list(_measure(args, wanted, Path(scratch)))
    return 1 if any(figure.met is False for figure in found) else 0


def _measure(args: argparse.Namespace, wanted: list[str], scratch: Path) -> list[Figure]:
    found: list[Figure] = []
    if over_days := [name for name in OVER_DAYS if name in wanted]:
        with world(args.keep or scratch / "days", args.seed, args.articles, args.site or ()) as seen:
            began = time.monotonic()
            follow(seen, begin_of(args.begin), args.days, timedelta(hours=args.step), _progress)
            print(
                f"{args.days:g} days: {len(seen.steps)} crawls, {seen.idle} steps with nothing due, {seen.requests:,} "
                f"requests, {seen.bytes:,} bytes, {time.monotonic() - began:.0f} s"
            )
            found += [_told(OVER_DAYS[name](seen)) for name in over_days]
    if "recrawl" in wanted:
        found.append(_told(unchanged(scratch / "recrawl", args.seed, args.articles)))
    if "due" in wanted:
        found.append(_told(choosing(scratch / "due")))
    if "twice" in wanted:
        found.append(_told(two_at_once(scratch / "twice", args.seed, args.articles)))
    return found


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)


def _told(figure: Figure) -> Figure:
    word = {True: "met", False: "MISSED", None: ""}[figure.met]
    print(f"{figure.name:<9} {word:<7} {figure.text}", flush=True)
    for line in figure.details:
        print(f"{'':<17} {line}")
    return figure


if __name__ == "__main__":
    sys.exit(main())
