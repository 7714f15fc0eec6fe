"""The commands in this process, and what else the tests of citations share."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from archive import store
from archive.cli import cli
from archive.errors import BroadsheetError
from archive.store import StoredCapture
from tests.core.samples import SITE


def run(*words: Any, error: type[BroadsheetError] | None = None, stdin: str | None = None) -> Result:
    """A command in this process; it must end well, or with this error for people."""
    done = CliRunner().invoke(cli, [str(word) for word in words], input=stdin)
    if error is None:
        assert done.exit_code == 0, (done.output, done.exception)
    else:
        assert isinstance(done.exception, error), (done.output, done.exception)
    return done


def cite(folder: Path, *words: Any) -> str:
    return run("cite", "--archive", folder, "--archive-id", "test.example", *words).stdout


def verify(
    folder: Path, citation: str, error: type[BroadsheetError] | None = None, files: tuple[Path, ...] = ()
) -> list[str]:
    where = files or ("--archive", folder)
    return run("verify", *where, "--citation", citation, error=error).stdout.splitlines()


def checks(lines: list[str]) -> list[str]:
    """holds or DIFFERS, and of what."""
    return [line.partition(":")[0] for line in lines]


ALL_HOLD = [
    "holds    record",
    "holds    PWID",
    "holds    block digest",
    "holds    payload digest",
    "holds    payload digest",
]


def the_file(folder: Path) -> Path:
    (found,) = (folder / "warc").glob("*.warc.gz")
    return found


def captures(folder: Path, url: str = SITE + "story/0") -> list[StoredCapture]:
    with store.open_archive(folder) as archive:
        return list(store.captures(archive.db, url=url))


def change(folder: Path, sql: str, *parameters: Any) -> None:
    connection = sqlite3.connect(folder / "archive.db")
    assert connection.execute(sql, parameters).rowcount > 0
    connection.commit()
    connection.close()


def from_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
