"""`broadsheet wacz` and `broadsheet cdxj` where something is in the way: one line, an exit code, and nothing left."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archive.model import Outcome
from tests.conftest import environment
from tests.core.samples import small_archive
from tests.handover.holdings import Holdings, response

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_archive(tmp_path_factory.mktemp("handover") / "news")


def refused(broadsheet: Any, code: int, *words: str | Path) -> str:
    """What is said of it: one line."""
    done = broadsheet(*words, code=code)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return str(done.stderr)


def test_without_options_the_file_has_the_archives_name_and_lies_here(
    archive: Path, tmp_path: Path, broadsheet: Any
) -> None:
    done = broadsheet("wacz", "--archive", archive, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["news.wacz"]
    size = (tmp_path / "news.wacz").stat().st_size
    assert done.stderr == f"news.wacz: 4 articles, 7 captures, {size} bytes\n"
    assert done.stdout == ""
    broadsheet("wacz", "--archive", archive, "--site", "news", cwd=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"news.wacz", "news-part.wacz"}
    umask = os.umask(0o22)
    os.umask(umask)
    assert (tmp_path / "news.wacz").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--search", "no-such-word-anywhere"), 8, "holds no capture of what was asked for (broadsheet status)"),
        (("--since", "2031"), 8, "holds no capture of what was asked for"),
        (("--site", "nobody"), 8, "no site is called 'nobody'"),
        (("--article", "999"), 8, "there is no article 999"),
        (("--article", "https://nowhere.example/"), 8, "no article is held of https://nowhere.example/"),
        (("--search", "!?"), 9, "there is no word in the query to search for"),
    ],
)
def test_nothing_is_selected(
    words: tuple[str, ...], code: int, said: str, archive: Path, tmp_path: Path, broadsheet: Any
) -> None:
    target = tmp_path / "x.wacz"
    assert said in refused(broadsheet, code, "wacz", "--archive", archive, "-o", target, *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("wacz",), ("search", "council"), ("export",)])
def test_a_wrong_date_is_a_mistake_of_usage(
    words: tuple[str, ...], archive: Path, tmp_path: Path, broadsheet: Any
) -> None:
    done = broadsheet(*words, "--archive", archive, "--since", "yesterday", code=2, cwd=tmp_path)
    assert "'yesterday' is no date: write 2024" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["wacz", "cdxj"])
def test_a_target_that_exists_is_replaced_only_if_asked(
    command: str, archive: Path, tmp_path: Path, broadsheet: Any
) -> None:
    target = tmp_path / "x"
    target.write_text("precious")
    said = refused(broadsheet, 9, command, "--archive", archive, "-o", target)
    assert said == f"broadsheet: {target} is there already (--force replaces it)\n"
    assert target.read_text() == "precious"
    broadsheet(command, "--archive", archive, "-o", target, "--force")
    assert target.stat().st_size > 100
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("command", ["wacz", "cdxj"])
def test_a_target_where_there_is_no_folder_or_that_is_one(
    command: str, archive: Path, tmp_path: Path, broadsheet: Any
) -> None:
    missing = tmp_path / "no" / "x.wacz"
    said = refused(broadsheet, 9, command, "--archive", archive, "-o", missing)
    assert f"there is no folder {missing.parent}" in said
    said = refused(broadsheet, 9, command, "--archive", archive, "-o", tmp_path, "--force")
    assert f"{tmp_path} is no file that could be replaced" in said


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whose WACZ and index have more than 64 kB each."""
    folder = tmp_path_factory.mktemp("heavy") / "news"
    with Holdings(folder) as held:
        noise = random.Random(1).randbytes(100_000)
        held.capture("http://news.localhost/noise", response(noise, type="image/png"))
        for number in range(250):
            held.capture(f"http://news.localhost/{number}", response(b"no", status=404), outcome=Outcome.GONE)
    return folder


@pytest.mark.parametrize("words", [("wacz",), ("wacz", "--site", "news"), ("cdxj",)], ids=" ".join)
def test_a_disk_that_takes_no_more(words: tuple[str, ...], heavy: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the same call fails."""
    target = tmp_path / "x.out"
    done = subprocess.run(
        [sys.executable, "-m", "crawler", *words, "--archive", str(heavy), "-o", str(target)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16)),
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert f"cannot write {target}: " in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_warc_file_that_is_gone_or_changed(archive: Path, tmp_path: Path, broadsheet: Any) -> None:
    folder, target = tmp_path / "news", tmp_path / "x.wacz"
    shutil.copytree(archive, folder)
    (path,) = (folder / "warc").glob("*.warc.gz")
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)
    assert f"{path} is not what was written" in refused(broadsheet, 7, "wacz", "--archive", folder, "-o", target)
    path.write_bytes(data[:-700])
    for words in ((), ("--site", "news")):
        assert str(path) in refused(broadsheet, 7, "wacz", "--archive", folder, "-o", target, *words)
    path.unlink()
    for words in ((), ("--site", "news")):
        assert f"{path} is missing" in refused(broadsheet, 7, "wacz", "--archive", folder, "-o", target, *words)
    assert [p.name for p in tmp_path.iterdir()] == ["news"]


def test_no_archive(tmp_path: Path, broadsheet: Any) -> None:
    for command in ("wacz", "cdxj"):
        assert "does not exist" in refused(broadsheet, 3, command, "--archive", tmp_path / "no")


def test_what_is_no_file(tmp_path: Path, broadsheet: Any) -> None:
    assert "is no file" in refused(broadsheet, 9, "cdxj", tmp_path / "no.warc.gz")


def test_a_kill_leaves_no_file_of_the_targets_name(archive: Path, tmp_path: Path) -> None:
    """Whatever is left has another name: who finds `x.wacz` finds it whole."""
    code = (
        "import os, signal, sys; from archive.warc import wacz; "
        "wacz.WaczWriter.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
        "from archive.cli import cli; cli(sys.argv[1:])"
    )
    words = ["wacz", "--archive", str(archive), "-o", str(tmp_path / "x.wacz")]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, env=environment(), timeout=60, check=False
    )
    assert done.returncode == -9
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".x.wacz.")
