"""The demo newspaper's archive, read again: what the tests of `reextract` share."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import environment

ROOT = Path(__file__).resolve().parents[2]
SITE = "courier"
SECTION = '[[rule]]\nhost = "courier.localhost"\nsection = "title"\n'
PAGES = """SELECT capture.capture_id, url.url FROM capture JOIN url USING (url_id) JOIN site USING (site_id)
  WHERE capture.record_type = 'response' AND capture.verdict IS NOT NULL AND capture.status = 200"""


def with_rule(folder: Path, text: str = SECTION) -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "courier.toml").write_text(text)
    return folder


def query(folder: Path, sql: str, *parameters: Any) -> list[Any]:
    connection = sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)
    try:
        return connection.execute(sql, parameters).fetchall()
    finally:
        connection.close()


def shown(folder: Path) -> dict[str, list[Any]]:
    """All that a reader can see: every row but those of drafts and of recipes."""
    names = query(folder, "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
    tables = {name for (name,) in names} - {"draft", "recipe"}
    return {name: query(folder, f'SELECT * FROM "{name}"') for name in (*tables, "articles")}


def records(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def pages(folder: Path, site: str | None = None) -> set[int]:
    where = f" AND site.name = '{site}'" if site else ""
    return {capture_id for capture_id, _ in query(folder, PAGES + where)}


def start(folder: Path, function: str, **environ: str) -> subprocess.Popen[str]:
    """The real command, with workers that do as told."""
    words = [sys.executable, "-m", "tests.custody.reextract_command", function]
    return subprocess.Popen(
        [*words, "reextract", "--archive", str(folder), "--workers", "2", "--json"],
        cwd=ROOT, env={**environment(), **environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
