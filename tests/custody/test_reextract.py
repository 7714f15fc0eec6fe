"""`broadsheet reextract`: the demo newspaper read again, with the same recipe and with rules for one of its sites."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive import store
from archive.cli import cli
from archive.errors import ArchiveLocked
from archive.reextract import Run, run
from archive.reextract_text import Plain
from archive.rules.load import of_archive
from archive.store.lock import reextraction_lock
from archive.store.rereading import Selection
from archive.workers import Limits, WorkerPool
from tests.custody.reextracting import PAGES, SECTION, SITE, pages, query, records, shown, start, with_rule


@pytest.fixture
def folder(demo_archive: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_archive, tmp_path / "news")
    return tmp_path / "news"


# What is read.


def test_an_unchanged_recipe_costs_nothing(folder: Path, broadsheet: Any) -> None:
    (folder / "warc").rename(folder / "nowhere")  # not one record is opened
    before = shown(folder)
    done = broadsheet("reextract", "--archive", folder, "--json")
    (record,) = records(done)
    assert (record["pages"], record["todo"], record["read"]) == (len(pages(folder)), 0, 0)
    assert shown(folder) == before
    assert query(folder, "SELECT * FROM draft") == []
    assert done.stderr == ""


def test_the_same_recipe_reads_the_same(folder: Path, broadsheet: Any) -> None:
    """What the live pipeline read, byte for byte: every field of every page, and its evidence."""
    (record,) = records(broadsheet("reextract", "--archive", folder, "--all", "--json"))
    assert (record["read"], record["differ"], record["failed"]) == (len(pages(folder)), 0, 0)
    assert query(folder, "SELECT count(*) FROM draft WHERE extraction IS NOT NULL") == [(0,)]
    before = shown(folder)
    broadsheet("reextract", "--archive", folder, "--promote")
    assert shown(folder) == before
    assert query(folder, "SELECT * FROM draft") == []


def test_rules_for_one_host_read_its_pages_again(folder: Path, broadsheet: Any) -> None:
    before = shown(with_rule(folder))
    (record,) = records(broadsheet("reextract", "--archive", folder, "--json"))
    mine = pages(folder, SITE)
    assert (record["pages"], record["todo"], record["read"]) == (len(pages(folder)), len(mine), len(mine))
    assert {capture_id for (capture_id,) in query(folder, "SELECT capture_id FROM draft")} == mine
    assert shown(folder) == before  # nothing is promoted unasked
    (record,) = records(broadsheet("reextract", "--archive", folder, "--json"))
    assert record["read"] == 0


def test_a_limit_and_what_is_left(folder: Path, broadsheet: Any) -> None:
    with_rule(folder)
    (record,) = records(broadsheet("reextract", "--archive", folder, "--limit", "5", "--json"))
    mine = len(pages(folder, SITE))
    assert (record["read"], record["left"]) == (5, mine - 5)
    done = broadsheet("reextract", "--archive", folder, "--workers", "1")
    assert f"{mine - 5} read in " in done.stdout
    assert query(folder, "SELECT count(*) FROM draft") == [(mine,)]


def test_parts_of_the_archive(folder: Path, broadsheet: Any) -> None:
    def read(*words: str) -> int:
        (record,) = records(broadsheet("reextract", "--archive", folder, "--all", "--json", *words))
        return int(record["read"])

    ((article_id, url),) = query(folder, "SELECT article_id, url FROM articles WHERE site = 'gazette' LIMIT 1")
    assert read("--url", url) == 1
    assert read("--article", str(article_id)) == 0  # its only capture was read just now
    listings = query(folder, f"{PAGES} AND capture.verdict = 'listing' AND site.name = 'gazette'")
    assert read("--site", "gazette", "--verdict", "listing") == len(listings)
    assert read("--until", "2020") == 0


# What would change.


def test_the_comparison_tells_what_changes(folder: Path, broadsheet: Any) -> None:
    sections = dict(query(folder, "SELECT url, section FROM articles WHERE site = 'courier'"))
    with_rule(folder)
    run_record, site, *fields = records(
        broadsheet("reextract", "--archive", folder, "--compare", "--json", "--samples", "100")
    )
    assert run_record["record"] == "run"
    assert (site["record"], site["site"], site["pages"]) == ("site", SITE, len(pages(folder, SITE)))
    assert site["words_before"] == site["words_after"] > 0
    assert (site["appear"], site["vanish"], site["failures"]) == ([], [], [])
    (field,) = fields
    gained = [section for section in sections.values() if section is None]
    assert field["field"] == "article_section"
    assert (field["gained"], field["lost"]) == (len(gained), 0)
    assert field["gained"] + field["changed"] == len(sections) == site["differ"]
    assert {(s["url"], s["old"]) for s in field["samples"]} == set(sections.items())
    assert all("The Harbour Courier" in s["new"] for s in field["samples"])


def test_the_comparison_reads_well(folder: Path, broadsheet: Any) -> None:
    url, headline, article = query(
        folder, "SELECT url, headline, article_id FROM articles WHERE site = 'courier' AND verdict = 'article'"
    )[0]
    path = "/" + url.split("/", 3)[3]
    rule = f'[[rule]]\nhost = "courier.localhost"\npath = "{path}"\nverdict = "listing"\n'
    done = broadsheet("reextract", "--archive", with_rule(folder, rule + SECTION), "--compare", "--samples", "1")
    assert (
        f"  1 article would vanish\n    - {headline}\n      {url} (the page is read as listing)\n" in done.stdout
    )
    assert "\n  verdict          0       0     1\n" in done.stdout
    assert f"    changed: article {article}  {url}  20" in done.stdout
    assert "      - article\n      + listing\n" in done.stdout
    assert "to let this be shown: broadsheet reextract --promote" in done.stderr
    again = broadsheet("reextract", "--archive", folder, "--compare", "--no-run", "--samples", "1")
    assert again.stdout == done.stdout.split("\n", 1)[1]


# Promotion.


def test_promoted_when_asked(folder: Path, broadsheet: Any) -> None:
    others = "SELECT * FROM articles WHERE site <> 'courier' ORDER BY article_id"
    mine = (
        "SELECT url, headline, article_body, section, versions FROM articles WHERE site = 'courier' ORDER BY url"
    )
    before, others_before = query(folder, mine), query(folder, others)
    with_rule(folder)
    done = broadsheet("reextract", "--archive", folder, "--promote")
    number = len(pages(folder, SITE))
    assert f"{number} pages promoted: {len(before)} new versions; " in done.stdout
    after = query(folder, mine)
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert all("The Harbour Courier" in section for *_, section, _ in after)
    assert {versions for *_, versions in after} == {2}
    assert query(folder, others) == others_before
    assert query(folder, "SELECT * FROM draft") == []
    search = broadsheet("search", "--archive", folder, "--site", SITE, "harbour courier", "--json")
    assert len(records(search)) > 0
    broadsheet("verify", "--archive", folder)
    assert "0 read; " in broadsheet("reextract", "--archive", folder).stdout
    # Without the rule again: the first versions, none made anew.
    versions = query(folder, "SELECT count(*) FROM version")
    shutil.rmtree(folder / "rules")
    done = broadsheet("reextract", "--archive", folder, "--promote")
    assert f"{number} pages promoted: 0 new versions" in done.stdout
    assert [row[:4] for row in query(folder, mine)] == [row[:4] for row in before]
    assert query(folder, "SELECT count(*) FROM version") == versions
    broadsheet("verify", "--archive", folder)


def test_discarded_when_asked(folder: Path, broadsheet: Any) -> None:
    before = shown(with_rule(folder))
    broadsheet("reextract", "--archive", folder)
    done = broadsheet("reextract", "--archive", folder, "--discard", "--json")
    assert records(done) == [{"record": "discarded", "readings": len(pages(folder, SITE))}]
    assert shown(folder) == before
    assert "0 pages promoted" in broadsheet("reextract", "--archive", folder, "--promote", "--no-run").stdout


# What goes wrong.


def go(folder: Path, pool: WorkerPool) -> Run:
    done = Run()
    with store.open_archive(folder, write=True) as archive:
        for so_far in run(archive, of_archive(folder), Selection(), pool, Plain()):
            done = so_far
    return done


@pytest.mark.slow
def test_a_page_that_hangs_or_kills_costs_itself(folder: Path, broadsheet: Any) -> None:
    with_rule(folder)
    urls = [url for _, url in query(folder, f"{PAGES} AND site.name = 'courier' AND capture.verdict = 'article'")]
    (folder / "warc" / "fail").write_text(f"{urls[0]} {urls[1]}")
    limits = Limits(deadline_s=10)
    with WorkerPool("tests.custody.reextract_tasks:failing", processes=2, limits=limits) as pool:
        done = go(folder, pool)
    (folder / "warc" / "fail").unlink()
    mine = len(pages(folder, SITE))
    assert (done.read, done.failed) == (mine, 2)
    errors = dict(query(folder, "SELECT url, error FROM draft JOIN capture USING (capture_id) JOIN url USING (url_id)"
                        " WHERE error IS NOT NULL"))  # fmt: skip
    assert errors[urls[0]] == "extraction failed: took longer than 10 s and was stopped"
    assert errors[urls[1]].startswith("extraction failed: the worker died")
    record = records(broadsheet("reextract", "--archive", folder, "--compare", "--json"))[1]
    assert {failure["url"] for failure in record["failures"]} == set(urls[:2])
    done_promotion = broadsheet("reextract", "--archive", folder, "--promote", "--no-run")
    assert "2 pages could not be read and stay as before" in done_promotion.stdout
    sections = dict(query(folder, "SELECT url, section FROM articles WHERE site = 'courier'"))
    assert {url for url, section in sections.items() if "The Harbour Courier" not in section} == set(urls[:2])


@pytest.mark.slow
def test_what_could_not_be_read_is_in_the_exit_code(folder: Path) -> None:
    with_rule(folder)
    url = query(folder, "SELECT url FROM articles WHERE site = 'courier'")[0][0]
    (folder / "warc" / "fail").write_text(f"- {url}")
    process = start(folder, "failing")
    out, error = process.communicate(timeout=90)
    assert process.returncode == 28
    assert json.loads(out)["failed"] == 1
    named, last = error.splitlines()
    assert named.startswith(f"not read: {url}, captured ") and "extraction failed: the worker died" in named
    assert last.startswith("broadsheet: 1 page could not be read; what they show stays as it is")


def test_damaged_records_are_named_and_cost_nothing_else(folder: Path, broadsheet: Any) -> None:
    with_rule(folder)
    path = next((folder / "warc").glob("*.warc.gz"))
    at, url = query(folder, 'SELECT "offset", url FROM capture JOIN url USING (url_id) WHERE url.url IN '
                    "(SELECT url FROM articles WHERE site = 'courier') LIMIT 1")[0]  # fmt: skip
    data = bytearray(path.read_bytes())
    data[at + 100] ^= 0x10
    path.write_bytes(data)
    done = broadsheet("reextract", "--archive", folder, "--json", code=7)
    (record,) = records(done)
    mine = len(pages(folder, SITE))
    assert (record["read"], record["damaged"], record["left"]) == (mine - 1, 1, 0)
    named, error = done.stderr.splitlines()
    assert named.startswith(f"{path}: at byte {at}: ") and named.endswith(url)
    assert error == "broadsheet: 1 record could not be read from the WARC files (broadsheet verify)"
    data[at + 100] ^= 0x10
    path.write_bytes(data)
    (record,) = records(broadsheet("reextract", "--archive", folder, "--json"))
    assert (record["read"], record["damaged"]) == (1, 0)


def test_another_record_and_a_file_that_is_gone(folder: Path, broadsheet: Any) -> None:
    with_rule(folder)
    connection = sqlite3.connect(folder / "archive.db")
    first = min(pages(folder, SITE))
    connection.execute("UPDATE capture SET record_id = '<urn:uuid:x>' WHERE capture_id = ?", (first,))
    connection.commit()
    done = broadsheet("reextract", "--archive", folder, code=7)
    assert "the database has another record at this place" in done.stderr
    assert "; 1 with a damaged record; " in done.stdout
    broadsheet("reextract", "--archive", folder, "--discard")
    path = next((folder / "warc").glob("*.warc.gz"))
    path.unlink()
    done = broadsheet("reextract", "--archive", folder, code=7)
    assert done.stderr.count(str(path)) == 1
    assert f"{len(pages(folder, SITE))} with a damaged record" in done.stdout


def test_a_file_that_is_being_written_is_read(folder: Path, broadsheet: Any) -> None:
    path = next((folder / "warc").glob("*.warc.gz"))
    path.rename(path.with_name(path.name + ".open"))
    (record,) = records(broadsheet("reextract", "--archive", folder, "--all", "--site", SITE, "--json"))
    assert (record["read"], record["differ"]) == (len(pages(folder, SITE)), 0)


def test_one_at_a_time_but_a_crawl_does_not_matter(folder: Path, broadsheet: Any) -> None:
    with_rule(folder)
    with reextraction_lock(folder):
        done = broadsheet("reextract", "--archive", folder, code=ArchiveLocked.exit_code)
        assert f"{folder} is being re-extracted by process {os.getpid()}" in done.stderr
    with store.writer_lock(folder):
        broadsheet("reextract", "--archive", folder)
        done = broadsheet("reextract", "--archive", folder, "--promote", code=ArchiveLocked.exit_code)
        assert "is being written by process" in done.stderr
    assert query(folder, "SELECT count(*) FROM draft") == [(len(pages(folder, SITE)),)]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--site", "nobody"), 8, "no site is called 'nobody' (broadsheet status lists the sites)"),
        (("--url", "https://nowhere.example/"), 8, "nothing is known of https://nowhere.example/"),
        (("--article", "99999"), 8, "there is no article 99999"),
        (("--since", "yesterday"), 2, "'yesterday' is no date: write 2024, 2024-05 or 2024-05-17"),
        (("--until", "2024-13"), 2, "'2024-13' is no date"),
        (("--no-run",), 2, "--no-run is for --compare and --promote"),
        (("--discard", "--promote"), 2, "--discard goes with what selects pages"),
        (("--no-run", "--compare", "--all"), 2, "--no-run reads nothing"),
        (("--verdict", "nice"), 2, "'nice' is not one of"),
    ],
)
def test_mistakes(demo_archive: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = CliRunner().invoke(cli, ["reextract", "--archive", str(demo_archive), *words])
    assert getattr(done.exception, "exit_code", done.exit_code) == code
    assert said in (done.output or str(done.exception))


def test_rules_with_a_mistake(folder: Path, broadsheet: Any) -> None:
    with_rule(folder, "[[rule]]\nhots = 1\n")
    assert "courier.toml, line 1" in broadsheet("reextract", "--archive", folder, code=10).stderr
