"""What the replay tests run beside us. A tool that is missing fails them: `scripts/test-replay` installs all."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.handover.holdings import import_by_reference
from tests.replay.browser import Browser, chromium
from tests.replay.exhibits import Exhibition, demo_newspaper, exhibits, imported_files

BUILD = Path(__file__).resolve().parents[2] / "build" / "replay"
SCREENS = BUILD / "screens"  # what was on the screen, to look at


@dataclass(frozen=True)
class Tools:
    chromium: str
    chromedriver: str
    page: Path  # ui.js and sw.js of replayweb.page
    pywb: Path  # bin of its environment
    bin: Path  # wacz and cdxj-indexer


@pytest.fixture(scope="session")
def tools() -> Tools:
    programs = {name: shutil.which(name) or "" for name in ("chromium", "chromedriver")}
    found = Tools(*programs.values(), BUILD / "page", BUILD / "pywb" / "bin", BUILD / "tools" / "bin")
    files = [found.page / "ui.js", found.page / "sw.js", found.pywb / "wayback", found.bin / "wacz"]
    missing = [name for name, path in programs.items() if not path] + [str(p) for p in files if not p.exists()]
    if missing:
        pytest.fail(f"replay was not tested, there is no {', no '.join(missing)}: run scripts/test-replay once")
    return found


@pytest.fixture(scope="session")
def browser(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    profile = tmp_path_factory.mktemp("chromium") / "profile"
    with chromium(tools.chromium, tools.chromedriver, free_port(), profile) as found:
        yield found


@pytest.fixture(scope="session")
def exhibition(tmp_path_factory: pytest.TempPathFactory) -> Exhibition:
    return exhibits(tmp_path_factory.mktemp("exhibition") / "news")


@pytest.fixture(scope="session")
def newspaper(tmp_path_factory: pytest.TempPathFactory) -> Exhibition:
    return demo_newspaper(tmp_path_factory.mktemp("newspaper") / "demo")


@pytest.fixture(scope="session")
def uncompressed(tmp_path_factory: pytest.TempPathFactory) -> Exhibition:
    """The same exhibits in a file that is not compressed and lies elsewhere, as one that was imported by reference."""
    folder = tmp_path_factory.mktemp("uncompressed") / "news"
    found = exhibits(folder)
    import_by_reference(folder, folder.parent / "gift.warc")
    return found


@pytest.fixture(scope="session")
def from_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Exhibition:
    """Imported files under a name that is not Latin, which overlap: a page, and a resource that shows one."""
    return imported_files(tmp_path_factory.mktemp("elsewhere"))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd=cwd)
