"""Revisits in re-extraction: what came again follows its original, unless URL, rules or what it shows set it apart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import store
from tests.core import samples
from tests.core.samples import answer, article_page, take_in
from tests.custody.reextracting import query, records

RULE = '[[rule]]\nhost = "news.example"\n{}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """/a, and a year later the same bytes again, there and at /b: one response and two revisits."""
    folder = tmp_path / "news"
    store.create(folder)
    body = answer(article_page(1))
    take_in(folder, {"a": body})
    take_in(folder, {"a": body, "b": body}, start=samples.START + timedelta(days=365))
    types = query(folder, "SELECT record_type, status, verdict FROM capture ORDER BY capture_id")
    assert types == [("response", 200, "article"), ("revisit", 200, "article"), ("revisit", 200, "article")]
    return folder


def with_rule(folder: Path, *words: str) -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "news.toml").write_text(RULE.format("\n".join(words)))
    return folder


def shown(folder: Path) -> list[tuple[str, str | None, str]]:
    """(path, section, verdict) of every capture."""
    sql = """SELECT substr(url.url, 22), article_section, capture.verdict FROM capture JOIN url USING (url_id)
      LEFT JOIN version USING (version_id) ORDER BY capture.capture_id"""
    return query(folder, sql)


def reextract(folder: Path, broadsheet: Any, *words: str) -> dict[str, Any]:
    return records(broadsheet("reextract", "--archive", folder, "--json", *words))[0]


def test_a_revisit_of_the_same_url_follows(folder: Path, broadsheet: Any) -> None:
    record = reextract(folder, broadsheet, "--all")
    assert (record["pages"], record["read"], record["differ"]) == (2, 2, 0)  # /a and /b
    reextract(with_rule(folder, 'section = "h1"'), broadsheet, "--promote")
    bridge = "Bridge 1 is to be mended at last"
    assert shown(folder) == [("a", bridge, "article"), ("a", bridge, "article"), ("b", bridge, "article")]
    record = reextract(folder, broadsheet)
    assert (record["pages"], record["todo"]) == (2, 0)
    reextract(with_rule(folder, 'path = "/a"', 'verdict = "listing"'), broadsheet, "--promote")
    assert shown(folder) == [("a", None, "listing"), ("a", None, "listing"), ("b", None, "article")]
    assert reextract(folder, broadsheet)["todo"] == 0
    (folder / "rules" / "news.toml").unlink()
    reextract(folder, broadsheet, "--promote")
    assert shown(folder) == [("a", None, "article"), ("a", None, "article"), ("b", None, "article")]
    broadsheet("verify", "--archive", folder)


def test_the_same_bytes_at_another_url_are_another_page(folder: Path, broadsheet: Any) -> None:
    record = reextract(with_rule(folder, 'path = "/b"', 'section = "h1"'), broadsheet, "--promote")
    assert (record["read"], record["differ"]) == (1, 1)
    bridge = "Bridge 1 is to be mended at last"
    assert shown(folder) == [("a", None, "article"), ("a", None, "article"), ("b", bridge, "article")]


def test_rules_of_another_time_set_a_revisit_apart(folder: Path, broadsheet: Any) -> None:
    with_rule(folder, 'path = "/a"', "from = 2027-01-01", 'section = "h1"')
    record = reextract(folder, broadsheet, "--promote")
    assert (record["pages"], record["read"], record["differ"]) == (3, 1, 1)
    bridge = "Bridge 1 is to be mended at last"
    after = [("a", None, "article"), ("a", bridge, "article"), ("b", None, "article")]
    assert shown(folder) == after
    record = reextract(folder, broadsheet, "--all", "--promote")  # nor does it follow where both are read
    assert (record["read"], record["differ"]) == (3, 0)
    assert shown(folder) == after


def test_an_original_that_is_damaged_is_named(folder: Path, broadsheet: Any) -> None:
    ((name, at),) = query(folder, "SELECT filename, \"offset\" FROM capture JOIN warc_file USING (warc_file_id)"
                          " WHERE record_type = 'response'")  # fmt: skip
    path = folder / "warc" / name
    data = bytearray(path.read_bytes())
    data[at + 100] ^= 0x10
    path.write_bytes(data)
    done = broadsheet("reextract", "--archive", folder, "--all", "--url", "https://news.example/b", code=7)
    assert f"{path}: at byte {at}: " in done.stderr and done.stderr.splitlines()[0].endswith("/b")
