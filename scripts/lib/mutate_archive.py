"""Changes single bytes of an archive, thousands of times, and counts how many of the changes `verify` finds.

    scripts/mutate-archive                            # 10,000 mutations of an archive of the demo newspaper
    scripts/mutate-archive --archive DIR --seed 7     # of a copy of your own (small) archive
    scripts/mutate-archive --alone 500                # also: what SQLite, rows and records tell without page sums

Every mutation changes one byte to another value, takes one byte out, or cuts off the last one. Where it falls is
drawn at random over all bytes of the WARC files, of archive.db and of archive.db-sums. For most of them only the file
that was changed is checked, as `verify` checks it; a sample goes through the whole of `verify`, to show that this finds
the same.

Exit code 1 if a mutation was not found.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive import store
from archive.check import verify_folder
from archive.digests import file_sha256
from archive.store.pagesums import compare
from archive.warc.reader import iter_records
from archive.warc.verify import Counts, verify_files
from crawler import tour

ROOT = Path(__file__).resolve().parents[2]
SITES = ("courier", "shimbun")
DATABASE, SUMS = "archive.db", "archive.db-sums"


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "scripts/mutate-archive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--archive", type=Path, metavar="DIR", help="take a copy of this one (default: two crawls of the demo)")
    add("--mutations", type=int, default=10_000, metavar="N")
    add("--whole", type=int, default=200, metavar="N", help="so many of them go through the whole of verify too")
    add("--alone", type=int, default=0, metavar="N", help="so many of archive.db are checked without its sums too")
    add("--seed", type=int, default=1)
    add("--processes", type=int, default=multiprocessing.cpu_count())
    return parser.parse_args(words)


def demo_archive(folder: Path) -> None:
    """Two crawls of two publishers of the demo newspaper, and a decision of a person: three WARC files."""
    store.create(folder)
    broadsheet = [sys.executable, "-m", "crawler"]
    with tour.demo_server(["--articles", "50"]) as announced:
        tour.write_sites(folder, [site for site in tour.demo_sites(announced) if site.name in SITES])
        for _ in range(2):
            command = [*broadsheet, "crawl", "--quiet", "--archive", str(folder)]
            subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    command = [*broadsheet, "furniture", "courier", "--drop-text", "Read more about it", "--archive", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# Mutations.


@dataclass(frozen=True, slots=True)
class Mutation:
    name: str  # of the file, below the archive
    kind: str  # changed | taken out | cut off
    at: int
    value: int = 0
    whole: bool = False
    alone: bool = False

    def apply(self, data: bytes) -> bytes:
        if self.kind == "changed":
            return data[: self.at] + bytes([self.value]) + data[self.at + 1 :]
        return data[: self.at] + data[self.at + 1 :]


def draw(folder: Path, options: argparse.Namespace) -> Iterator[Mutation]:
    moments = random.Random(options.seed)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in covered(folder)}
    names, sizes = list(files), [len(data) for data in files.values()]
    whole = set(moments.sample(range(options.mutations), min(options.whole, options.mutations)))
    alone = options.alone
    for number in range(options.mutations):
        (name,) = moments.choices(names, sizes)
        data = files[name]
        kind = moments.choices(("changed", "taken out", "cut off"), (85, 13, 2))[0]
        at = len(data) - 1 if kind == "cut off" else moments.randrange(len(data))
        value = (data[at] + moments.randrange(1, 256)) % 256
        is_alone = name == DATABASE and kind == "changed" and alone > 0
        alone -= is_alone
        yield Mutation(name, kind, at, value, number in whole, is_alone)


def covered(folder: Path) -> list[Path]:
    return [*sorted((folder / "warc").glob("*.warc.gz")), folder / DATABASE, folder / SUMS]


# Checks, in processes that have a copy of the archive each.


@dataclass(frozen=True, slots=True)
class Result:
    mutation: Mutation
    found: bool
    named: bool  # with file, offset and URL, if it has one
    by_file_alone: bool | None = None  # `verify FILE`, which knows no sha256
    by_whole: bool | None = None
    without_sums: bool | None = None
    place: str = ""  # of a mutation of archive.db: what lies there


@dataclass(slots=True)
class Copy:
    """One process's copy of the archive, and what its files hold."""

    folder: Path
    sound: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, list[tuple[int, int, str | None]]] = field(default_factory=dict)  # start, end, URL
    known: dict[tuple[str, int], str] = field(default_factory=dict)  # URLs by file and offset, of the database
    sha256: dict[str, str] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)  # by page of the database

    def read(self) -> None:
        for path in covered(self.folder):
            name = str(path.relative_to(self.folder))
            self.sound[name] = path.read_bytes()
            if path.parent.name == "warc":
                self.records[name] = [(r.offset, r.offset + r.length, r.url) for r in iter_records(path)]
                self.sha256[path.name] = file_sha256(path)
        self.places = places(self.folder / DATABASE)
        with store.open_archive(self.folder) as archive:
            for row in store.captures(archive.db):
                for offset in (row.offset, row.request_offset, row.metadata_offset):
                    if offset is not None:
                        self.known[f"warc/{row.warc_file}", offset] = row.url

    def restore(self) -> None:
        for name, data in self.sound.items():
            path = self.folder / name
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
        for name in ("archive.db-wal", "archive.db-shm"):
            (self.folder / name).unlink(missing_ok=True)


def places(database: Path) -> list[str]:
    """What each page of a database is for: the table or index, or that it is free."""
    connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    found = ["free page"] * (pages + 1)
    kinds = dict(connection.execute("SELECT name, type FROM sqlite_schema"))
    for name, page in connection.execute("SELECT name, pageno FROM dbstat"):
        found[page] = "search index" if "_fts" in name else kinds.get(name, "table")
    connection.close()
    return found


def place(at: int) -> str:
    """What lies at this place of the database."""
    if at < 100:
        return "header"
    page, data = at // 4096 + 1, _copy.sound[DATABASE]
    head = (page - 1) * 4096 + (100 if page == 1 else 0)
    kind, cells, content = (
        data[head],
        int.from_bytes(data[head + 3 : head + 5]),
        int.from_bytes(data[head + 5 : head + 7]),
    )
    cell_pointers = head + (12 if kind in (2, 5) else 8)  # https://www.sqlite.org/fileformat2.html#b_tree_pages
    if kind in (2, 5, 10, 13) and cell_pointers + 2 * cells <= at < (page - 1) * 4096 + content:
        return f"{_copy.places[page]}, between its cells"
    return _copy.places[page]


_copy = Copy(Path())


def start(folder: str, here: str) -> None:
    global _copy
    copy = Path(tempfile.mkdtemp(dir=here)) / "archive"
    shutil.copytree(folder, copy)
    _copy = Copy(copy)
    _copy.read()


def check(mutation: Mutation) -> Result:
    path = _copy.folder / mutation.name
    path.write_bytes(mutation.apply(_copy.sound[mutation.name]))
    try:
        return check_database(mutation) if mutation.name in (DATABASE, SUMS) else check_file(mutation, path)
    finally:
        _copy.restore()


def check_file(mutation: Mutation, path: Path) -> Result:
    found = list(verify_files([path], sha256=_copy.sha256))
    offset, _, url = next(r for r in _copy.records[mutation.name] if r[0] <= mutation.at < r[1])
    known = _copy.known.get((mutation.name, offset))  # what the whole of verify adds
    named = any((f.offset, known or f.url) == (offset, url) and "sha256 is" not in f.what for f in found)
    by_itself = any("sha256 is" not in f.what for f in found)
    return Result(mutation, bool(found), named, by_itself, by_whole(mutation))


def check_database(mutation: Mutation) -> Result:
    problems = compare(_copy.folder / DATABASE).problems
    named = mutation.name == SUMS or any(offset <= mutation.at for offset, _ in problems)
    found = by_whole(mutation)
    alone = None
    if mutation.alone:
        _copy.restore()
        (_copy.folder / DATABASE).write_bytes(mutation.apply(_copy.sound[DATABASE]))
        (_copy.folder / SUMS).unlink()
        alone = any(verify_folder(_copy.folder, Counts()))
    return Result(mutation, bool(problems), named, None, found, alone, place(mutation.at))


def by_whole(mutation: Mutation) -> bool | None:
    return any(list(verify_folder(_copy.folder, Counts()))) if mutation.whole else None


# The report.


def report(results: list[Result]) -> int:
    groups: dict[str, list[Result]] = {}
    for result in results:
        name = "WARC files" if result.mutation.name.startswith("warc") else result.mutation.name
        groups.setdefault(f"{name}, {result.mutation.kind}", []).append(result)
    print(f"{'':32}{'mutations':>10}{'found':>10}{'named':>10}{'whole verify':>14}{'the file alone':>16}")
    for name, group in sorted(groups.items()):
        line = f"{name:32}{len(group):>10}{share(r.found for r in group):>10}{share(r.named for r in group):>10}"
        print(f"{line}{share(r.by_whole for r in group):>14}{share(r.by_file_alone for r in group):>16}")
    alone = [r for r in results if r.without_sums is not None]
    if alone:
        print("\narchive.db without its sums, by what SQLite, rows and records tell:")
        for name, count in sorted(Counter(r.place for r in alone).items()):
            print(f"{name:32}{count:>10}{share(r.without_sums for r in alone if r.place == name):>10}")
    missed = [r.mutation for r in results if not r.found or r.by_whole is False]
    for mutation in missed:
        print(f"NOT FOUND: {mutation}")
    print(f"\n{len(results) - len(missed)} of {len(results)} mutations were found")
    return 1 if missed else 0


def share(values: Iterator[bool | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known)}/{len(known)}" if known else "-"


def main() -> int:
    options = arguments()
    with tempfile.TemporaryDirectory() as here:
        folder = Path(here) / "archive"
        if options.archive is not None:
            shutil.copytree(options.archive, folder)
        else:
            demo_archive(folder)
        if problems := list(verify_folder(folder, Counts())):
            print(f"the archive is not sound before any mutation: {problems[0]}", file=sys.stderr)
            return 2
        sizes = {path.name: path.stat().st_size for path in covered(folder)}
        print("\n".join(f"{size:>10} bytes  {name}" for name, size in sizes.items()) + "\n")
        mutations = list(draw(folder, options))
        with multiprocessing.Pool(options.processes, start, (str(folder), here)) as pool:
            return report(pool.map(check, mutations, chunksize=20))


if __name__ == "__main__":
    sys.exit(main())
