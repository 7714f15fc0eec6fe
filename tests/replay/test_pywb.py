"""The WARC files of an archive play in pywb, in a real Chromium."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.handover.containers import run as broadsheet
from tests.replay.browser import Browser, until
from tests.replay.conftest import SCREENS, Tools, free_port, run
from tests.replay.exhibits import HOME, Exhibition, Moment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@contextmanager
def pywb(tools: Tools, folder: Path, collections: dict[str, dict[str, str]]) -> Iterator[str]:
    """pywb with these collections -> its address. JSON is YAML."""
    (folder / "config.yaml").write_text(json.dumps({"collections": collections}))
    port = free_port()
    url = f"http://localhost:{port}"
    with (folder / "pywb.log").open("wb") as log:
        command = [tools.pywb / "wayback", "-b", "127.0.0.1", "-p", str(port), "-d", str(folder)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            started = until(lambda: _answers(url) if process.poll() is None else None, 60)
            assert started, (folder / "pywb.log").read_text()
            yield url
        finally:
            process.terminate()
            process.wait(10)


def _answers(url: str) -> bool | None:
    try:
        with urlopen(url, timeout=5):
            return True
    except (URLError, ConnectionError):
        return None


def shows(browser: Browser, url: str, moment: Moment, name: str) -> None:
    browser.go(f"{url}/{moment.timestamp}/{moment.url}")
    shot = SCREENS / f"pywb-{name}-{moment.name}.png"
    browser.shows(moment.headline, shot, color=moment.color, picture=moment.picture)


def with_our_index(exhibition: Exhibition, folder: Path) -> dict[str, str]:
    """A collection: our index beside the WARC files where they are."""
    index = folder / "index.cdxj"
    broadsheet("cdxj", "--archive", exhibition.folder, "-o", index)
    return {"index_paths": str(index), "archive_paths": f"{exhibition.folder / 'warc'}/"}


def manage(tools: Tools, folder: Path, *words: str | Path) -> None:
    folder.mkdir(exist_ok=True)
    done = run(tools.pywb / "wb-manager", *words, cwd=folder)
    assert done.returncode == 0, done.stderr


def test_every_moment_is_on_the_screen(
    tools: Tools, browser: Browser, exhibition: Exhibition, tmp_path: Path
) -> None:
    """With the index of `broadsheet cdxj`: also at the moment of a 304, and where a payload came again."""
    with pywb(tools, tmp_path, {"news": with_our_index(exhibition, tmp_path)}) as url:
        for moment in exhibition.moments:
            shows(browser, f"{url}/news", moment, "ours")


def test_the_demo_newspaper(tools: Tools, browser: Browser, newspaper: Exhibition, tmp_path: Path) -> None:
    with pywb(tools, tmp_path, {"demo": with_our_index(newspaper, tmp_path)}) as url:
        for moment in newspaper.moments:
            shows(browser, f"{url}/demo", moment, "demo")


def test_a_file_that_is_not_compressed(
    tools: Tools, browser: Browser, uncompressed: Exhibition, tmp_path: Path
) -> None:
    collection = with_our_index(uncompressed, tmp_path)
    collection["archive_paths"] = f"{uncompressed.folder.parent}/"  # where the imported file lies
    with pywb(tools, tmp_path, {"gift": collection}) as url:
        for moment in uncompressed.moments:
            shows(browser, f"{url}/gift", moment, "uncompressed")


def test_files_that_pywb_indexes_itself(
    tools: Tools, browser: Browser, exhibition: Exhibition, tmp_path: Path
) -> None:
    """Every answer that came whole. (Its own index makes little of revisits: a 304 is answered with 304, and what
    repeats a chunked payload is not resolved.)"""
    folder = tmp_path / "pywb"
    for words in (("init", "own"), ("add", "own", *(exhibition.folder / "warc").iterdir())):
        manage(tools, folder, *words)
    with pywb(tools, folder, {}) as url:
        for moment in exhibition.moments:
            if moment.timestamp[6:8] in ("02", "08"):
                shows(browser, f"{url}/own", moment, "own")


def test_a_wacz_that_pywb_unpacks(tools: Tools, browser: Browser, exhibition: Exhibition, tmp_path: Path) -> None:
    folder = tmp_path / "pywb"
    wacz = exhibition.wacz("part.wacz", "--since", "2026-03-08")
    for words in (("init", "unpacked"), ("add", "--unpack-wacz", "unpacked", wacz)):
        manage(tools, folder, *words)
    with pywb(tools, folder, {}) as url:
        for moment in exhibition.moments:
            if moment.timestamp.startswith("20260308"):
                shows(browser, f"{url}/unpacked", moment, "wacz")


def test_the_check_can_fail(tools: Tools, browser: Browser, exhibition: Exhibition, tmp_path: Path) -> None:
    with pywb(tools, tmp_path, {"news": with_our_index(exhibition, tmp_path)}) as url:
        browser.go(f"{url}/news/20260302080000/{HOME}plain")
        with pytest.raises(AssertionError, match="is not on the screen"):
            browser.shows("Second plain", SCREENS / "pywb-not-there.png", seconds=5)
