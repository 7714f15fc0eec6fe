"""The WARC files of an archive play in pywb, in a real Chromium."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.handover.containers import run as broadsheet
from tests.replay.browser import Browser, until
from tests.replay.conftest import SCREENS, Tools, free_port, run
from tests.replay.exhibits import HOME, Exhibition, Moment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def pywb(
    tools: Tools,
    exhibition: Exhibition,
    newspaper: Exhibition,
    uncompressed: Exhibition,
    from_elsewhere: Exhibition,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """One pywb with a collection for each test -> its address.

    `news`, `demo` and `gift`: our index beside the WARC files where they are. `own`: files that pywb has indexed
    itself. `unpacked`: a WACZ of ours that it has unpacked.
    """
    folder = tmp_path_factory.mktemp("pywb")
    collections: dict[str, dict[str, str]] = {}
    shown_as = {"news": exhibition, "demo": newspaper, "gift": uncompressed, "elsewhere": from_elsewhere}
    for name, shown in shown_as.items():
        index = folder / f"{name}.cdxj"
        broadsheet("cdxj", "--archive", shown.folder, "-o", index)
        warcs = shown.folder.parent if name == "gift" else shown.folder / "warc"
        collections[name] = {"index_paths": str(index), "archive_paths": f"{warcs}/"}
    (folder / "config.yaml").write_text(json.dumps({"collections": collections}))  # JSON is YAML
    for words in (
        ("init", "own"),
        ("add", "own", *(exhibition.folder / "warc").iterdir()),
        ("init", "unpacked"),
        ("add", "--unpack-wacz", "unpacked", exhibition.wacz("part.wacz", "--since", "2026-03-08")),
    ):
        done = run(tools.pywb / "wb-manager", *words, cwd=folder)
        assert done.returncode == 0, done.stderr
    port = free_port()
    url = f"http://localhost:{port}"
    with (folder / "pywb.log").open("wb") as log:
        command = [tools.pywb / "wayback", "-b", "127.0.0.1", "-p", str(port), "-d", str(folder)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            started = until(lambda: _answers(url) if process.poll() is None else None, 300)
            assert started, (folder / "pywb.log").read_text()
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _answers(url: str) -> bool | None:
    try:
        with urlopen(url, timeout=30):
            return True
    except (URLError, ConnectionError, TimeoutError):
        return None


def shows(browser: Browser, url: str, moment: Moment) -> None:
    browser.go(f"{url}/{moment.timestamp}/{moment.url}")
    shot = SCREENS / f"pywb-{url.rpartition('/')[2]}-{moment.name}.png"
    browser.shows(moment.headline, shot, color=moment.color, picture=moment.picture)


def test_every_moment_is_on_the_screen(pywb: str, browser: Browser, exhibition: Exhibition) -> None:
    """With the index of `broadsheet cdxj`: also at the moment of a 304, and where a payload came again."""
    for moment in exhibition.moments:
        shows(browser, f"{pywb}/news", moment)


def test_the_demo_newspaper(pywb: str, browser: Browser, newspaper: Exhibition) -> None:
    for moment in newspaper.moments:
        shows(browser, f"{pywb}/demo", moment)


def test_a_file_that_is_not_compressed(pywb: str, browser: Browser, uncompressed: Exhibition) -> None:
    for moment in uncompressed.moments:
        shows(browser, f"{pywb}/gift", moment)


def test_imported_files(pywb: str, browser: Browser, from_elsewhere: Exhibition) -> None:
    for moment in from_elsewhere.moments:
        shows(browser, f"{pywb}/elsewhere", moment)


def test_files_that_pywb_indexes_itself(pywb: str, browser: Browser, exhibition: Exhibition) -> None:
    """Every answer that came whole. Its own index makes little of revisits (docs/handover.md)."""
    for moment in exhibition.moments:
        if moment.timestamp[6:8] in ("02", "08"):
            shows(browser, f"{pywb}/own", moment)


def test_a_wacz_that_pywb_unpacks(pywb: str, browser: Browser, exhibition: Exhibition) -> None:
    for moment in exhibition.moments:
        if moment.timestamp.startswith("20260308"):
            shows(browser, f"{pywb}/unpacked", moment)


def test_the_check_can_fail(pywb: str, browser: Browser) -> None:
    browser.go(f"{pywb}/news/20260302080000/{HOME}plain")
    with pytest.raises(AssertionError, match="is not on the screen"):
        browser.shows("Second plain", SCREENS / "pywb-not-there.png", seconds=5)
