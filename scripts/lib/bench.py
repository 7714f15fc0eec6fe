"""Broadsheet's crawl against the usual pipeline, in turn, on the same loopback server.

    scripts/bench --pages FOLDER [--only set=news] [--turns 5]     # saved pages
    scripts/bench --articles 500 [--turns 5]                       # the demo newspaper

Saved pages are served below one host: the page is measured, not the number of sites.

Prints pages a second, CPU a page and peak memory of the whole process tree: medians, and the ratio turn by turn.
Checks that both archived the same pages; where the index of the saved pages holds the true text, also that the
text of Broadsheet is no worse. The server's own time is not counted, but it shares the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import measure

from archive import store
from archive.urls import normalise
from crawler import tour
from crawler.demo import OneHost, SavedPages

HERE = Path(__file__).resolve().parent
MEGABYTE = 1024 * 1024


def main() -> None:
    options = arguments()
    measure.adopt_orphans()
    words = ["--port", "0"]
    if options.pages:
        words += ["--one-host", "--pages", str(options.pages), *(x for o in options.only for x in ("--only", o))]
    else:
        words += ["--articles", str(options.articles)]
    runs: dict[str, list[measure.Measured]] = {"usual": [], "broadsheet": []}
    with tour.demo_server(words) as announced, tempfile.TemporaryDirectory() as folder:
        keep = measure.children_of(measure.os.getpid())
        for turn in range(options.turns + 1):
            usual, ours = Path(folder) / f"usual{turn}", Path(folder) / f"ours{turn}"
            urls = [site["url"] for site in announced["sites"]]
            usual.mkdir()
            depth = "1" if options.pages else "5"
            first = measure.run(
                [sys.executable, str(HERE / "usual_pipeline.py"), str(usual), depth, *urls], keep=keep
            )
            prepare(ours, announced)
            command = [sys.executable, "-m", "crawler", "crawl", "--quiet", "--archive", str(ours)]
            second = measure.run([*command, "--concurrency", "8"], keep=keep)
            pages = compare(usual, ours, bool(options.pages))
            if turn:  # the first turn warms the caches of disk and server
                runs["usual"].append(first)
                runs["broadsheet"].append(second)
                show_turn(turn, pages, first, second)
        if options.pages:
            scores(ours, usual, options.pages)
    show(runs, pages)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="saved pages: a folder with an index, or the index")
    parser.add_argument(
        "--only", action="append", default=[], metavar="KEY=VALUE", help="only these lines of the index"
    )
    parser.add_argument("--articles", type=int, default=300, help="of the demo newspaper, without --pages (300)")
    parser.add_argument("--turns", type=int, default=3, help="counted turns, after one that is not (3)")
    return parser.parse_args()


def prepare(folder: Path, announced: dict[str, object]) -> None:
    store.create(folder)
    tour.write_sites(folder, tour.demo_sites(announced))


def held(folder: Path) -> dict[str, str]:
    """{URL: text} of the articles in an archive of Broadsheet, by the URL they were captured at."""
    with store.open_archive(folder) as archive:
        sql = """SELECT url.url, articles.article_body FROM articles
                 JOIN version USING (version_id) JOIN capture ON capture.capture_id = version.capture_id
                 JOIN url ON url.url_id = capture.url_id"""
        return dict(archive.db.execute(sql).fetchall())


def captured(folder: Path) -> dict[str, str]:
    """{URL: why it was fetched} of all the pages that are whole in an archive of Broadsheet."""
    with store.open_archive(folder) as archive:
        sql = """SELECT url.url, url.kind FROM capture JOIN url USING (url_id)
                 WHERE capture.status = 200 AND capture.truncated IS NULL AND url.kind NOT IN ('robots', 'feed')"""
        return dict(archive.db.execute(sql).fetchall())


def compare(usual: Path, ours: Path, saved: bool) -> tuple[int, int]:
    """-> the pages that each side archived. Ends the benchmark if Broadsheet lacks one, or, of saved pages, has more.

    Of the demo newspaper Broadsheet archives more: what only a sitemap names is not found by following links.
    """
    theirs = {normalise(url) or url for url in json.loads((usual / "usual.json").read_text())}
    mine = captured(ours)
    fronts = {url for url, kind in mine.items() if kind == "front"}
    missing = theirs - set(mine)
    if saved:
        missing |= set(mine) - theirs - fronts
    if missing:
        raise SystemExit(f"not the same pages: {len(missing)} in one archive only, e.g. {sorted(missing)[:3]}")
    return len(theirs - fronts), len(set(mine) - fronts)


def show_turn(turn: int, pages: tuple[int, int], usual: measure.Measured, ours: measure.Measured) -> None:
    print(
        f"turn {turn}: usual {pages[0]} pages, {usual.wall_s:.1f} s, {usual.cpu_s:.1f} CPU s; "
        f"Broadsheet {pages[1]} pages, {ours.wall_s:.1f} s, {ours.cpu_s:.1f} CPU s",
        flush=True,
    )


def show(runs: dict[str, list[measure.Measured]], pages: tuple[int, int]) -> None:
    def row(name: str, values: Sequence[Sequence[float]], form: str) -> None:
        usual, ours = values
        ratio = statistics.median(b / a for a, b in zip(usual, ours, strict=True))
        print(f"{name:24}{statistics.median(usual):>14{form}}{statistics.median(ours):>14{form}}{ratio:>14.2f}")

    print(f"\n{'median of the turns':24}{'usual':>14}{'Broadsheet':>14}{'ratio':>14}")
    both = list(zip((runs["usual"], runs["broadsheet"]), pages, strict=True))
    row("pages a second", [[count / m.wall_s for m in side] for side, count in both], ".1f")
    row("CPU ms a page", [[1000 * m.cpu_s / count for m in side] for side, count in both], ".1f")
    row("peak memory, MB", [[m.peak_bytes / MEGABYTE for m in side] for side, _ in both], ".0f")


def scores(ours: Path, usual: Path, index: Path) -> None:
    """Word F1 of both texts against the true one, where the index has it (`paragraphs` or `body`); a page that
    one side has no text of counts as 0."""
    saved = SavedPages(index)
    truth = {key(page.url): page.extra for page in saved.pages}
    for name, texts in (("usual", json.loads((usual / "usual.json").read_text())), ("Broadsheet", held(ours))):
        values = []
        by_key = {key(url): text for url, text in texts.items()}
        for url, facts in truth.items():
            gold = "\n".join(facts["paragraphs"]) if facts.get("paragraphs") else facts.get("body")
            if gold:
                values.append(f1(by_key.get(url) or "", gold))
        if values:
            print(f"mean word F1 of {len(values)} texts, {name}: {statistics.mean(values):.3f}")


def key(url: str) -> tuple[str, str, str]:
    """What two spellings of an address have in common: without scheme, port, tracking parameters."""
    parts = urlsplit(normalise(url) or url)
    if parts.hostname == OneHost.HOST:
        return key(f"http:/{parts.path}?{parts.query}")
    return (parts.hostname or "").removesuffix(".localhost"), parts.path, parts.query


def f1(found: str, gold: str) -> float:
    import re
    from collections import Counter

    a, b = (Counter(re.findall(r"\w+", text.lower())) for text in (found, gold))
    hit = sum((a & b).values())
    return 2 * hit / (sum(a.values()) + sum(b.values())) if hit else 0.0


if __name__ == "__main__":
    try:
        main()
    except subprocess.SubprocessError as e:
        raise SystemExit(str(e)) from e
