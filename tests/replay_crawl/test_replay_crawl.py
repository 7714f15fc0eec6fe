"""A replayed crawl is the crawl: the same articles, outcomes and sightings, the same bytes, and no socket."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.warc.groups import is_identical
from archive.warc.reader import Record, iter_members, iter_records
from tests.conftest import Broadsheet
from tests.core.samples import answer, article_page, front_page
from tests.custody import writers
from tests.custody.same_rows import rows
from tests.replay_crawl.conftest import Recorded
from tests.replay_crawl.recorded import without_network

CRAWL = "from crawler.cli import main\nsys.argv[0] = 'broadsheet'\nmain()\n"
# What a second crawl has of its own: ids, places in its file, the times of the crawl itself and of what it named.
OWN = {
    "capture_id", "crawl_id", "warc_file_id", "record_id", "offset", "length", "request_offset", "request_length",
    "metadata_offset", "metadata_length", "version_id", "current_version_id", "found_on", "first_seen", "refers_to",
    "record_type", "block_digest", "payload_sha256", "payload_bytes",
}  # fmt: skip
SAME = (
    "article", "attempt", "author", "capture", "feed", "field_source", "removed", "robots", "sighting", "url",
    "version", "version_author",
)  # fmt: skip


def facts(folder: Path) -> dict[str, Counter[str]]:
    """{table: its rows without what is of one crawl alone}."""
    found = rows(folder / "archive.db")
    for row in found["attempt"]:
        if row["outcome"] == "robots":
            row["started_at"] = None  # nothing was sent that could have a time of its own
    for row in found["url"]:
        row["last_fetch"] = row["last_fetch"] if row["excluded_by"] is None else None
    return {
        table: Counter(repr({k: v for k, v in r.items() if k not in OWN}) for r in found[table]) for table in SAME
    }


def wholes(folder: Path) -> Counter[tuple[str, str, bytes]]:
    """(URL, time, all bytes of the answer) of every capture; which of two equal ones is a revisit is chance."""
    records = [r for file in sorted((folder / "warc").glob("*.warc.gz")) for r in iter_records(file)]
    by_id = {record.record_id: record for record in records}
    found = [r for r in records if r.record_type in ("response", "revisit")]
    return Counter((record.url or "", record.date, _whole(record, by_id)) for record in found)


def _whole(record: Record, by_id: dict[str, Record]) -> bytes:
    if not (record.record_type == "revisit" and is_identical(record)):
        return record.block
    original = by_id[record.header("WARC-Refers-To") or ""]
    assert original.response is not None
    return record.block + original.response.body


def outcomes(folder: Path) -> dict[str, str]:
    with store.open_archive(folder) as archive:
        found = archive.db.execute("SELECT url, outcome FROM attempt JOIN url USING (url_id) ORDER BY attempt_id")
        return {"/" + url.split("/", 3)[3]: outcome for url, outcome in found}


def crawl(broadsheet: Broadsheet, folder: Path, *words: str | Path, code: int = 0) -> dict[str, Any]:
    return json.loads(broadsheet("crawl", "--archive", folder, "--quiet", "--json", *words, code=code).stdout)


@pytest.fixture(scope="module")
def replayed(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An archive made of nothing but the file, in a process that may open no socket; and what it printed."""
    folder = tmp_path_factory.mktemp("replayed") / "archive"
    words = ("crawl", "--archive", folder, "--replay", recorded.warc, "--quiet")
    done = without_network(CRAWL, *words)
    assert done.returncode == 22, done.stderr  # as live: a page is refused
    return folder, done.stdout


def test_it_gives_what_the_crawl_gave(recorded: Recorded, replayed: tuple[Path, str]) -> None:
    live, again = facts(recorded.folder), facts(replayed[0])
    for table in SAME:
        assert again[table] == live[table], table
    assert all(live[table] for table in ("article", "attempt", "capture", "feed", "sighting", "url", "version"))
    assert outcomes(replayed[0])["/private/letter"] == "robots"
    assert outcomes(replayed[0])["/flaky"] == "archived"


def test_its_own_file_holds_the_same_bytes(recorded: Recorded, replayed: tuple[Path, str]) -> None:
    live, again = wholes(recorded.folder), wholes(replayed[0])
    assert len(live) > 20 and again == live
    requests = [
        Counter(
            r.block for f in (folder / "warc").glob("*.gz") for r in iter_records(f) if r.record_type == "request"
        )
        for folder in (recorded.folder, replayed[0])
    ]
    assert requests[0] == requests[1]


def test_it_says_what_it_was(recorded: Recorded, replayed: tuple[Path, str], broadsheet: Broadsheet) -> None:
    folder, said = replayed
    assert f"a replay of {recorded.warc.name}: nothing was sent" in said
    connection = sqlite3.connect(folder / "archive.db")
    (settings,) = connection.execute("SELECT settings FROM crawl").fetchone()
    connection.close()
    assert json.loads(settings)["replay"] == [recorded.warc.name]
    (file,) = (folder / "warc").glob("*.warc.gz")
    assert next(iter_records(file)).fields["description"] == f"replayed from {recorded.warc.name}"
    assert broadsheet("verify", "--archive", folder).stderr.startswith("all is well")


def test_the_hook_that_makes_sockets_fail_does() -> None:
    program = "import socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    assert without_network(program).returncode == 97


def test_rebuild_knows_a_replay(replayed: tuple[Path, str], broadsheet: Broadsheet, tmp_path: Path) -> None:
    import shutil

    folder = shutil.copytree(replayed[0], tmp_path / "copy")
    before = rows(folder / "archive.db")
    broadsheet("rebuild", "--archive", folder)
    after = rows(folder / "archive.db")
    assert after["crawl"] == before["crawl"] and after["attempt"] == before["attempt"]


def test_what_is_not_in_the_file_is_an_outcome(recorded: Recorded, tmp_path: Path, broadsheet: Broadsheet) -> None:
    part = tmp_path / "part.warc.gz"
    wanted = ("/good/5", "/gzip", "/robots.txt")
    with part.open("wb") as file, recorded.warc.open("rb") as source:
        for member in iter_members(recorded.warc):
            source.seek(member.offset)
            data = source.read(member.length)
            if not any(f"{recorded.url.rstrip('/')}{path}\r\n".encode() in member.data for path in wanted):
                file.write(data)
    folder = tmp_path / "a"
    summary = crawl(broadsheet, folder, "--replay", part, code=22)
    assert summary["excluded"]["not-in-replay"] == 3 and summary["outcomes"]["not-in-replay"] == 4
    assert outcomes(folder)["/gzip"] == outcomes(folder)["/robots.txt"] == "not-in-replay"
    assert outcomes(folder)["/private/letter"] == "not-in-replay", "without rules all is allowed"


@pytest.mark.slow
def test_another_file_brings_what_was_missing(tmp_path: Path, broadsheet: Broadsheet) -> None:
    url = "https://paper.example/story/1"
    first = writers.heritrix(tmp_path / "a.warc.gz", {"https://paper.example/": answer(front_page(["/story/1"]))})
    second = writers.heritrix(tmp_path / "b.warc.gz", {url: answer(article_page())})
    summary = crawl(broadsheet, tmp_path / "a", "--replay", first, "https://paper.example/")
    assert summary["excluded"] == {"not-in-replay": 1} and summary["articles"] == 0
    summary = crawl(broadsheet, tmp_path / "a", "--replay", first, "--replay", second, "https://paper.example/")
    assert summary["excluded"] == {} and summary["articles"] == 1


def test_nothing_of_it_is_in_the_file(recorded: Recorded, tmp_path: Path, broadsheet: Broadsheet) -> None:
    words = ("crawl", "https://other.example/", "--archive", tmp_path / "a", "--replay", recorded.warc, "-q")
    done = broadsheet(*words, code=29)
    assert "nothing that was asked for is in the replay" in done.stderr


def test_nobody_waits(tmp_path: Path, broadsheet: Broadsheet) -> None:
    """A robots.txt with a long delay, and a Retry-After that no crawl would wait for: another try comes at once."""
    home = "https://paper.example/"
    dates = ["2020-01-01T00:00:00Z", "2020-01-01T02:00:00Z"]
    made = [
        writers.response(home + "robots.txt", dates[0], answer(b"User-agent: *\nCrawl-delay: 60\n", html=False)),
        writers.response(home, dates[0], answer(front_page(["/busy", "/down", "/story"]))),
        writers.response(home + "busy", dates[0], answer(b"", "Retry-After: 7200", status=503)),
        writers.response(home + "busy", dates[1], answer(article_page(1))),
        writers.response(home + "down", dates[0], answer(b"", "Retry-After: 7200", status=503)),
        writers.response(home + "story", dates[0], answer(article_page(2))),
    ]
    file = tmp_path / "slow.warc.gz"
    file.write_bytes(writers.zipped(made))
    sites = '[sites.paper]\nurl = "https://paper.example/"\nwindow = "00:00-00:01"\nmax_pages_a_day = 1\ndelay_s = 60\n'
    store.create(tmp_path / "a")
    (tmp_path / "a" / "sites.toml").write_text(sites)
    summary = crawl(broadsheet, tmp_path / "a", "--replay", file, code=27)
    assert (summary["articles"], summary["failed"]) == (2, {"server-error": 1})
    assert summary["outcomes"]["server-error"] == 2, "what the file has no better answer to is not asked for again"
    with store.open_archive(tmp_path / "a") as archive:
        times = {str(row[0])[:10] for row in archive.db.execute("SELECT captured_at FROM capture")}
    assert times == {"2020-01-01"}


@pytest.mark.slow
def test_the_web_as_it_stood(tmp_path: Path, broadsheet: Broadsheet) -> None:
    url = "https://paper.example/story"
    made = [writers.response(url, f"2020-01-0{n}T00:00:00Z", answer(article_page(n))) for n in (1, 2, 3)]
    file = tmp_path / "days.warc.gz"
    file.write_bytes(writers.zipped(made))
    for number, day in enumerate(("2020-01-01", "2020-01-02T12:00:00Z", "2020-01-03"), 1):
        summary = crawl(broadsheet, tmp_path / "a", "--replay", file, "--until", day, url)
        assert f"as of {day[:10]}" in summary["notes"][0]
        with store.open_archive(tmp_path / "a") as archive:
            (headline,) = archive.db.execute("SELECT headline FROM articles").fetchone()
        assert headline == f"Bridge {number} is to be mended at last"


def test_a_file_of_wget(tmp_path: Path, broadsheet: Broadsheet) -> None:
    from tests.crawl.site import serve

    with serve({}) as site:
        url = site.url
        file = writers.wget(tmp_path, url)
    summary = crawl(broadsheet, tmp_path / "a", "--replay", file, url)
    assert summary["articles"] == 10 and summary["failed"] == {}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--replay", "nowhere.warc.gz"), 9, "nowhere.warc.gz: there is no such file"),
        (("--replay", "text.warc.gz"), 9, "no capture of a web page"),
        (("--replay", "good.warc.gz"), 10, "sites.toml names no site, and the files do not say"),
        (("--replay", "good.warc.gz", "--until", "soon"), 2, "is no time"),
        (("--replay", "good.warc.gz", "--until", "2001-01-01"), 9, "no capture of a web page in it up to 2001"),
        (("--until", "2020-01-01", "https://paper.example/"), 2, "--until is for a replay"),
        (("--replay", "good.warc.gz", "gazette"), 8, "no site 'gazette'"),
    ],
)
def test_mistakes(tmp_path: Path, broadsheet: Broadsheet, words: tuple[str, ...], code: int, says: str) -> None:
    (tmp_path / "text.warc.gz").write_text("no WARC")
    writers.heritrix(tmp_path / "good.warc.gz", writers.articles(1))
    done = broadsheet("crawl", "--archive", "a", *words, code=code, cwd=tmp_path)
    assert says in done.stderr
    assert not (tmp_path / "a").exists()
