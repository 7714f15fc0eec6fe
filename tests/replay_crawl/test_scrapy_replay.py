"""Spiders that know nothing of Broadsheet, in a plain Scrapy project, answered by WARC files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.custody import writers
from tests.replay_crawl.conftest import Recorded
from tests.replay_crawl.recorded import scrapy_project, without_network

DOCUMENT = (ROOT / "docs" / "replay-crawls.md").read_text(encoding="utf-8")
SCRAPY = "from scrapy.cmdline import execute\nexecute(['scrapy', *sys.argv[1:]])\n"
SPIDER = """
import scrapy

class GazetteSpider(scrapy.Spider):
    name = "gazette"
    custom_settings = {"DOWNLOAD_DELAY": 120, "AUTOTHROTTLE_ENABLED": True}

    def __init__(self, url=None, **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [url]

    def parse(self, response):
        yield {"url": response.url, "headline": response.css("h1::text").get()}
        yield from response.follow_all(css="a", callback=self.parse)
        if response.url == self.start_urls[0]:
            yield response.follow("/never-captured", callback=self.parse)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Scrapy project with a spider."""
    (scrapy_project(tmp_path, DOCUMENT) / "gazette.py").write_text(SPIDER)
    return tmp_path


def scrapy(project: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    setup = f"sys.path[:0] = [{str(project)!r}, {str(ROOT)!r}]\n"
    return without_network(setup + SCRAPY, *words, cwd=project)


def stat(log: str, name: str) -> int:
    (value,) = re.findall(rf"'{re.escape(name)}': (\d+)", log)
    return int(value)


def test_a_plain_project_runs_against_a_file(project: Path, recorded: Recorded) -> None:
    words = ("crawl", "gazette", "-a", f"url={recorded.url}", "-s", f"BROADSHEET_REPLAY={recorded.warc}")
    done = scrapy(project, *words, "-O", "items.json")
    assert done.returncode == 0, done.stderr
    items = json.loads((project / "items.json").read_text())
    headlines = {item["url"].replace(recorded.url, "/"): item["headline"] for item in items}
    assert headlines["/gzip"] == "The old bridge is to be mended, part 21", "decoded"
    assert headlines["/good/3"] == "The old bridge is to be mended, part 3", "reached by a redirect as well"
    assert headlines["/flaky"] == "The old bridge is to be mended, part 23", "at the second try"
    assert headlines["/copy"] == "The old bridge is to be mended, part 4", "a revisit, or the original of one"
    assert "/gone" not in headlines and "/private/letter" not in headlines
    assert stat(done.stderr, "broadsheet/replay/missing") == 1
    assert stat(done.stderr, "downloader/response_status_count/301") == 1
    assert stat(done.stderr, "downloader/response_status_count/410") == 1
    assert stat(done.stderr, "robotstxt/forbidden") == 1
    assert stat(done.stderr, "retry/count") == 1
    assert "Traceback" not in done.stderr and " ERROR" not in done.stderr


def test_a_file_that_is_none_is_said_in_a_line(project: Path) -> None:
    done = scrapy(
        project, "crawl", "gazette", "-a", "url=https://x.example/", "-s", "BROADSHEET_REPLAY=nowhere.warc"
    )
    assert done.returncode == 9
    assert done.stderr.splitlines()[-1] == "broadsheet: nowhere.warc: there is no such file"
    assert "Traceback" not in done.stderr


def test_no_file_is_no_live_crawl(project: Path) -> None:
    done = scrapy(project, "crawl", "gazette", "-a", "url=https://x.example/", "-s", "BROADSHEET_REPLAY=")
    assert done.returncode == 9
    assert done.stderr.splitlines()[-1].startswith("broadsheet: BROADSHEET_REPLAY names no file")


@pytest.mark.slow
def test_faults_happen_again(project: Path) -> None:
    """A body that was cut, and bytes that are no HTTP."""
    url = "https://paper.example/"
    whole = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<h1>Cut</h1>"
    cut = writers.response(url, "2020-01-01T00:00:00Z", whole, WARC_Truncated="disconnect")
    (project / "cut.warc.gz").write_bytes(writers.zipped([cut]))
    words = (
        "crawl",
        "gazette",
        "-a",
        f"url={url}",
        "-s",
        "BROADSHEET_REPLAY=cut.warc.gz",
        "-s",
        "RETRY_ENABLED=False",
    )
    lost = scrapy(project, *words)
    assert stat(lost.stderr, "downloader/exception_type_count/scrapy.exceptions.ResponseDataLossError") == 1
    kept = scrapy(project, *words, "-s", "DOWNLOAD_FAIL_ON_DATALOSS=False", "-O", "items.json")
    assert kept.returncode == 0
    assert json.loads((project / "items.json").read_text())[0]["headline"] == "Cut"


HEAD = "import pytest\nfrom plain.spiders.gazette import GazetteSpider\nWARC, URL = 'site.warc.gz', {url!r}\n"
TESTS_OF_SPIDERS = """
def test_a_class(replay_crawl):
    replayed = replay_crawl(WARC, GazetteSpider, arguments={"url": URL}, settings={"ROBOTSTXT_OBEY": False})
    assert replayed.exit_code == 0, replayed.log
    assert {"url": URL + "good/3", "headline": "The old bridge is to be mended, part 3"} in replayed.items
    assert replayed.outcomes[URL + "gone"] == "410"
    assert replayed.outcomes[URL + "never-captured"] == replayed.outcomes[URL + "private/letter"] == "not-in-replay"
    assert replayed.stats["broadsheet/replay/missing"] == 2


def test_mistakes(replay_crawl):
    replayed = replay_crawl("nowhere.warc", "gazette")
    assert replayed.exit_code == 9 and "there is no such file" in replayed.log
    for what in (None, GazetteSpider, URL):
        with pytest.raises(ValueError, match="no WARC file is named"):
            replay_crawl([], what)

    class Inner(GazetteSpider):
        pass

    with pytest.raises(ValueError, match="Inner is defined in a function"):
        replay_crawl(WARC, Inner)
"""
TESTS_OF_SITES = """
def test_a_site(replay_crawl):
    replayed = replay_crawl(WARC, URL)
    assert replayed.exit_code == 22 and "Spider closed" in replayed.log
    assert "The old bridge is to be mended, part 3" in [article["headline"] for article in replayed.items]
    assert replayed.outcomes[URL + "private/letter"] == "robots"
    assert replayed.stats["failed"] == {"refused": 1}
    assert len(replay_crawl(WARC).items) == len(replayed.items)


def test_a_name(replay_crawl):
    replayed = replay_crawl([WARC], "gazette", arguments={"url": URL})
    assert replayed.outcomes[URL + "old"] == "301" and URL + "private/letter" not in replayed.outcomes


def test_mistakes(replay_crawl):
    replayed = replay_crawl("nowhere.warc")
    assert replayed.exit_code == 9 and "there is no such file" in replayed.log
    replayed = replay_crawl(WARC, "no-such-spider")
    assert replayed.exit_code != 0 and "no-such-spider" in replayed.log
"""
OF_SITES = pytest.param(TESTS_OF_SITES, id="sites", marks=pytest.mark.slow)


@pytest.mark.parametrize("tests", [pytest.param(TESTS_OF_SPIDERS, id="spiders"), OF_SITES])
@pytest.mark.timeout(300)
def test_the_fixture(project: Path, recorded: Recorded, tests: str) -> None:
    """In a pytest of its own, as users run it, with the plug-in named as the entry point names it."""
    shutil.copy(recorded.warc, project / "site.warc.gz")
    (project / "conftest.py").touch()
    (project / "test_spider.py").write_text(HEAD.format(url=recorded.url) + tests)
    setup = f"import os\nsys.path[:0] = [{str(project)!r}, {str(ROOT)!r}]\n"
    setup += (
        "os.environ['PYTEST_DISABLE_PLUGIN_AUTOLOAD'] = '1'\nimport pytest\nsys.exit(pytest.main(sys.argv[1:]))\n"
    )
    done = without_network(
        setup, "-q", "-p", "crawler.testing", "-p", "no:cacheprovider", project, cwd=project, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_entry_point_names_the_plug_in() -> None:
    import tomllib

    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert points["broadsheet-replay"] == "crawler.testing"
    heavy = "{'scrapy', 'twisted', 'lxml', 'archive.recording'}"
    probe = f"import crawler.testing\nprint(sorted({heavy} & set(sys.modules)))"
    assert without_network(probe).stdout.strip() == "[]"
