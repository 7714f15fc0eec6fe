"""`broadsheet coverage` and `broadsheet status` as a person and cron use them."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from archive import store
from archive.store import visits
from archive.store.lock import is_being_written
from crawler import config
from tests.conftest import run_broadsheet
from tests.core.samples import small_archive

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.watch.shutil.disk_usage", lambda _: SimpleNamespace(free=10**12))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An archive of a site called "news"."""
    made = small_archive(tmp_path / "news")
    (made / "sites.toml").write_text('[sites.news]\nurl = "https://news.example/"\n')
    with store.open_archive(made, write=True) as archive:
        visits.set_schedule(archive.db, 1, visits.Schedule())
    return made


def break_crawl(folder: Path) -> None:
    connection = sqlite3.connect(folder / "archive.db")
    connection.execute("UPDATE crawl SET ended_at = NULL, finish_reason = NULL")
    connection.commit()
    connection.close()


def test_status_without_alarms(folder: Path) -> None:
    done = run_broadsheet("status", "--archive", folder)
    assert done.stdout.startswith("news (The News)") and done.stderr == ""
    quiet = run_broadsheet("status", "--archive", folder, "--quiet")
    assert (quiet.stdout, quiet.stderr) == ("", "")
    assert run_broadsheet("status", "--archive", folder, "--quiet", "--json").stdout == ""
    first, *sites = map(json.loads, run_broadsheet("status", "--archive", folder, "--json").stdout.splitlines())
    assert first == {"alarms": []}
    assert [site["name"] for site in sites] == ["news"]


def test_status_with_an_alarm(folder: Path) -> None:
    break_crawl(folder)
    done = run_broadsheet("status", "--archive", folder, code=13)
    first, second, third = done.stdout.splitlines()[:3]
    assert re.fullmatch(r"ALARM crawl-unfinished  the archive  since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", first)
    assert "was killed" in second and third.startswith("  -> start the crawl again")
    assert "news (The News)" in done.stdout
    assert done.stderr.count("\n") == 1 and "1 alarm" in done.stderr
    quiet = run_broadsheet("status", "--archive", folder, "--quiet", code=13)
    assert quiet.stdout.splitlines() == [first, second, third]
    said = json.loads(run_broadsheet("status", "--archive", folder, "--quiet", "--json", code=13).stdout)
    (alarm,) = said["alarms"]
    assert set(alarm) == {"name", "site", "since", "what", "subject", "evidence", "to_do"}
    assert (alarm["name"], alarm["site"]) == ("crawl-unfinished", None)


def test_a_crawl_that_is_running_is_no_alarm(folder: Path) -> None:
    break_crawl(folder)
    assert not is_being_written(folder)
    with store.writer_lock(folder):
        assert is_being_written(folder)
        run_broadsheet("status", "--archive", folder)
    assert not is_being_written(folder)
    assert not is_being_written(folder / "nowhere")


def test_robots_that_forbid_and_an_alarm_that_is_silenced(folder: Path) -> None:
    with store.open_archive(folder, write=True) as archive:
        archive.db.conn.execute(
            """INSERT INTO attempt (url_id, started_at, outcome, detail)
               SELECT url_id, '2026-03-03T08:00:00Z', 'robots', 'robots.txt disallows /' FROM url
               WHERE kind = 'front'"""
        )
    done = run_broadsheet("status", "--archive", folder, "--quiet", code=13)
    assert done.stdout.startswith(
        "ALARM robots-forbids  news  since 2026-03-03 08:00:00 UTC\n  robots.txt disallows /\n"
    )
    toml = folder / "sites.toml"
    toml.write_text(toml.read_text() + 'quiet = ["robots-forbids"]\n')
    assert run_broadsheet("status", "--archive", folder, "--quiet").stdout == ""
    toml.write_text("")  # nothing is followed: nothing to watch
    assert run_broadsheet("status", "--archive", folder, "--quiet").stdout == ""


def test_only_alarms_of_a_site_can_be_silenced(folder: Path) -> None:
    toml = folder / "sites.toml"
    good = toml.read_text()
    toml.write_text(good + 'quiet = ["field-missing:authors", "feed-dead"]\n')
    assert config.load(folder).sites["news"].quiet == ("field-missing:authors", "feed-dead")
    for word in ("no-such-alarm", "disk-low"):
        toml.write_text(good + f'quiet = ["{word}"]\n')
        said = run_broadsheet("status", "--archive", folder, code=10).stderr
        assert word in said and "no-new-articles" in said


def test_coverage_of_an_archive(folder: Path) -> None:
    done = run_broadsheet("coverage", "--archive", folder)
    assert done.stdout.split("\n")[0] == "news"
    assert re.search(r"(?m)^  2026-03-02 +4 +4 ", done.stdout)
    (line,) = map(
        json.loads, run_broadsheet("coverage", "news", "--archive", folder, "--json").stdout.splitlines()
    )
    assert (line["period"], line["listed"], line["held"]) == ("2026-03-02", 4, 4)
    by_week = json.loads(run_broadsheet("coverage", "--archive", folder, "--by", "week", "--json").stdout)
    assert (by_week["by"], by_week["period"]) == ("week", "2026-W10")
    urls = run_broadsheet("coverage", "--archive", folder, "--urls", "held")
    assert urls.stdout.splitlines()[0] == "2026-03-02  held  https://news.example/story/0"
    assert urls.stderr == "4 URLs\n"
    assert run_broadsheet("coverage", "--archive", folder, "--urls", "failed").stdout == ""


def test_coverage_where_there_is_nothing_and_mistakes(folder: Path, tmp_path: Path) -> None:
    store.create(tmp_path / "empty")
    assert "nothing was listed" in run_broadsheet("coverage", "--archive", tmp_path / "empty").stderr
    assert "between these days" in run_broadsheet("coverage", "--archive", folder, "--until", "1999").stderr
    for words in ("nonsense", "failed:", "failed:nonsense", ""):
        done = run_broadsheet("coverage", "--archive", folder, "--urls", words, code=9)
        assert "is no column and no reason (columns: held, no article," in done.stderr
    assert run_broadsheet("coverage", "--archive", folder, "--urls", "failed:timeout").stderr == "0 URLs\n"
    assert "no site is called" in run_broadsheet("coverage", "nobody", "--archive", folder, code=8).stderr
    assert "is no date" in run_broadsheet("coverage", "--archive", folder, "--since", "soon", code=2).stderr


def test_the_page_on_coverage_runs(demo_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "demo-archive").symlink_to(demo_archive)
    commands = [shlex.split(line) for line in re.findall(r"(?m)^\$ scripts/run(.*)$", PAGE)]
    assert {words[0] for words in commands} == {"coverage", "status"}
    for words in commands:
        run_broadsheet(*words, cwd=tmp_path)


def test_the_page_explains_every_alarm() -> None:
    from archive.alarms import ADVICE

    assert [name for name in ADVICE if f"| `{name}` |" not in PAGE] == []


def test_the_crontab_line_is_a_command_that_runs(folder: Path) -> None:
    (line,) = re.findall(r"(?m)^[\d*/ ]+ (broadsheet status .*)$", PAGE)
    words = shlex.split(line.replace("/srv/news", str(folder)))
    assert run_broadsheet(*words[1:]).stdout == ""
