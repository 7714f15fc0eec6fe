"""An import that is killed, at whatever step: the next one goes on, nothing twice, nothing lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archive import store
from tests.conftest import environment, run_broadsheet
from tests.custody import writers
from tests.custody.same_rows import rows as all_rows
from tests.custody.test_import import imported, rows
from tests.custody.writers import HOST, record_id, response, zipped

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = 70  # more than are read ahead
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
TABLES = ("article", "attempt", "capture", "site", "url", "version", "furniture", "payload")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A revisit whose original comes with the second file, one in a WACZ, one that is written anew."""
    folder = tmp_path_factory.mktemp("files")
    pages = writers.articles(*range(CAPTURES))
    first, *others = pages.items()
    head = first[1].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    again = response(first[0], "2020-01-02T00:00:00Z", head, kind="revisit", WARC_Profile=IDENTICAL,
                     WARC_Refers_To=record_id("first"))  # fmt: skip
    early = folder / "early.warc.gz"
    early.write_bytes(zipped([again, *(response(u, "2020-01-01T00:00:00Z", h) for u, h in others[:4])]))
    many = [response(first[0], "2020-01-01T00:00:00Z", first[1], name="first")]
    many += [response(url, "2020-01-01T00:00:00Z", http) for url, http in others[4:]]
    package = folder / "many.warc"
    package.write_bytes(b"".join(many))
    urls = [f"{HOST}/whole/{n}" for n in range(3)]
    whole = writers.fastwarc_responses(
        folder / "whole.warc.gz", urls, [b"<p>one", b"<p>two", b"<p>three"], whole=True
    )
    return [early, writers.wacz(folder / "many.wacz", [package], deflated=True), whole]


@pytest.fixture(scope="module")
def undisturbed(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("undisturbed") / "news"
    store.create(folder)
    imported(folder, *files)
    return told(folder)


def told(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows, without when the imports were made."""
    own = {"added_at", "learnt_at"}
    found = all_rows(folder / "archive.db")
    return {
        table: [{column: value for column, value in row.items() if column not in own} for row in found[table]]
        for table in TABLES
    }


def killed(folder: Path, step: str, number: int, *files: Path) -> None:
    words = [sys.executable, "-m", "tests.custody.killed_import", step, str(number), "--archive", str(folder)]
    done = subprocess.run(
        [*words, *map(str, files)],
        capture_output=True,
        text=True,
        timeout=90,
        cwd=ROOT,
        env=environment(),
        check=False,
    )
    assert done.returncode == -9, (done.returncode, done.stderr)


QUICK = [("event", 2), ("place", 1), ("journal", 1), ("batch", 4), ("link", 1)]
MORE = [
    ("copy", 2), ("event", 1), ("event", 3), ("name", 2), ("place", 2), ("batch", 2), ("batch", 3), ("batch", 5),
    ("batch", 8), ("seal", 1), ("seal", 2), ("settle", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "number"),
    [*QUICK, *(pytest.param(*case, marks=pytest.mark.slow) for case in MORE)],
    ids=lambda value: str(value),
)
def test_a_killed_import_goes_on(
    step: str, number: int, files: list[Path], undisturbed: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    folder = tmp_path / "news"
    store.create(folder)
    killed(folder, step, number, *files)
    run_broadsheet("verify", "--archive", folder)
    imported(folder, *files)
    now = told(folder)
    for table in TABLES:
        assert now[table] == undisturbed[table], table
    run_broadsheet("verify", "--archive", folder)
    names = {path.name for path in (folder / "warc").iterdir()}
    assert {n for n in names if n.startswith("IMPORTED-")} == {
        "IMPORTED-early.warc.gz", "IMPORTED-many-many.warc", "IMPORTED-whole.warc.gz",
    }  # fmt: skip
    assert not any(name.endswith((".open", ".part", ".torn")) for name in names)
    assert rows(folder, "SELECT count(*) FROM warc_file WHERE sealed_at IS NULL") == [(0,)]
    (folder / "archive.db").rename(tmp_path / "kept.db")
    for log in folder.glob("archive.db-*"):
        log.unlink()
    run_broadsheet("rebuild", "--archive", folder)
    again = told(folder)
    for table in TABLES:
        assert again[table] == undisturbed[table], table


def test_the_next_import_finishes_it_whatever_it_is_asked(files: list[Path], tmp_path: Path) -> None:
    """Also when the file that was given has gone: the archive has its copy."""
    folder, gone = tmp_path / "news", tmp_path / "gone.warc.gz"
    store.create(folder)
    shutil.copy(files[0], gone)
    killed(folder, "batch", 2, gone)
    gone.unlink()
    assert rows(folder, "SELECT count(*) FROM capture") == [(0,)]
    (report,) = imported(folder)
    assert (report["file"], report["state"], report["captures"]) == ("gone.warc.gz", "resumed", 5)
    assert rows(folder, "SELECT count(*) FROM capture") == [(5,)]


def test_a_crawl_after_a_killed_import_leaves_it_alone(files: list[Path], tmp_path: Path) -> None:
    """The file is not one of its own; its records are no attempts of a crawl."""
    from tests.crawl.site import serve

    folder = tmp_path / "news"
    store.create(folder)
    killed(folder, "journal", 1, files[0])
    with serve({}) as site:
        run_broadsheet("init", folder)
        run_broadsheet(
            "crawl", f"{site.url}good/1", "--archive", folder, "--allow-address", "loopback", "--delay", "0"
        )
    assert rows(
        folder, "SELECT imported_from, sealed_at, committed_bytes FROM warc_file WHERE imported_from NOT NULL"
    ) == [("early.warc.gz", None, 0)]
    (report,) = imported(folder)
    assert (report["state"], report["captures"]) == ("resumed", 5)
    run_broadsheet("verify", "--archive", folder)
