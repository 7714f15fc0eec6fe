"""WACZ files taken apart by other means than ours: zipfile, gzip and warcio."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from warcio.archiveiterator import ArchiveIterator

from archive.cli import cli


def run(*words: str | Path) -> Result:
    """A command that must succeed, in this process."""
    done = CliRunner().invoke(cli, [str(word) for word in words])
    if done.exception is not None:
        raise done.exception
    return done


@dataclass
class Container:
    """What is inside: `parts` by path, the lines of the index as (key, time, fields), the pages without the head."""

    parts: dict[str, bytes]
    compressed: dict[str, bool]
    index: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    package: dict[str, Any] = field(default_factory=dict)

    def lines_of(self, url: str) -> list[tuple[str, dict[str, str]]]:
        return [(at, told) for _, at, told in self.index if told["url"] == url]

    @property
    def urls(self) -> set[str]:
        return {told["url"] for _, _, told in self.index}

    @property
    def warcs(self) -> dict[str, bytes]:
        return {name.removeprefix("archive/"): data for name, data in self.parts.items() if "archive/" in name}

    def record(self, told: dict[str, str]) -> Any:
        """The record that a line of the index leads to, read by warcio at that place alone."""
        data = self.warcs[told["filename"]]
        start, length = int(told["offset"]), int(told["length"])
        return next(iter(ArchiveIterator(BytesIO(data[start : start + length]))))


def read_container(path: Path) -> Container:
    """Take apart and check what every WACZ must keep: hashes, sizes, sorted index, no part that is not listed."""
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        found = Container(
            {info.filename: file.read(info) for info in file.infolist()},
            {info.filename: info.compress_type != zipfile.ZIP_STORED for info in file.infolist()},
        )
    found.package = json.loads(found.parts["datapackage.json"])
    digest = json.loads(found.parts["datapackage-digest.json"])
    assert digest == {"path": "datapackage.json", "hash": sha256(found.parts["datapackage.json"])}
    listed = {resource["path"]: resource for resource in found.package["resources"]}
    assert set(found.parts) == {*listed, "datapackage.json", "datapackage-digest.json"}
    for name, resource in listed.items():
        assert resource["hash"] == sha256(found.parts[name])
        assert resource["bytes"] == len(found.parts[name])
    lines = gzip.decompress(found.parts["indexes/index.cdx.gz"]).splitlines()
    assert lines == sorted(lines)
    for line in lines:
        key, at, told = line.decode().split(" ", 2)
        found.index.append((key, at, json.loads(told)))
    head, *pages = [json.loads(line) for line in found.parts["pages/pages.jsonl"].splitlines()]
    assert head["format"] == "json-pages-1.0"
    found.pages = pages
    return found


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
