"""The container of a hand-over: WACZ 1.1.1 (https://specs.webrecorder.net/wacz/1.1.1/), written as a stream.

A ZIP file with the WARC files as they are (stored), the index by which replay tools find captures in them, a list
of pages with their texts, and a manifest with the SHA-256 of each. The same parts give the same bytes: times in
the ZIP are those of the data.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from archive.warc.cdxj import compressed, shown

VERSION = "1.1.1"
INDEX = "index.cdx.gz"
_NOT_IN_NAME = re.compile(r"[^a-z0-9._-]")
_MEMORY = 32 << 20  # bytes that wait in memory, not on disk
_BLOCK = 1 << 20
_FILE_MODE = 0o644 << 16
_UNIX = 3
_FIRST_DATE = datetime(1980, 1, 1, tzinfo=UTC)  # of the calendar of ZIP


@dataclass(frozen=True, slots=True)
class WaczPage:
    """One page that a reader can begin at; `ts` (RFC 3339, milliseconds) is that of its line in the index."""

    id: str
    url: str
    ts: str
    title: str
    text: str


class Part:
    """A file within the container while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class WaczWriter:
    """Writes the parts one after another: the WARC files, then `index`, `pages` and `finish`.

    `moment` is the time that all files in the ZIP have; `folder` is for what has to wait on disk. What is left
    without `finish` is no ZIP file.
    """

    def __init__(self, file: IO[bytes], moment: datetime, folder: Path) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._date = max(moment.astimezone(UTC), _FIRST_DATE).timetuple()[:6]
        self._folder = folder
        self._resources: list[dict[str, Any]] = []

    def __enter__(self) -> WaczWriter:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, ValueError):  # after an error; `finish` has closed it before
            self._zip.close()

    @contextmanager
    def part(self, path: str, *, size: int = 0, deflate: bool = False) -> Iterator[Part]:
        """Write one file. One of 2 GiB or more must say its `size` before, and then have it."""
        with self._open(path, size, deflate) as file:
            part = Part(file)
            yield part
        name = self._resource_name(path)
        self._resources.append({"name": name, "path": path, "hash": f"sha256:{part.sha256}", "bytes": part.size})

    def _open(self, path: str, size: int, deflate: bool) -> IO[bytes]:
        """Zip64 only where it must be: wabac.js takes a file for one without it if the directory says nothing of it."""
        info = zipfile.ZipInfo(path, self._date)
        info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        info.external_attr, info.create_system = _FILE_MODE, _UNIX
        return self._zip.open(info, "w", force_zip64=size > zipfile.ZIP64_LIMIT)

    def _resource_name(self, path: str) -> str:
        """What Data Package allows as the name of a resource: lower case, and each once."""
        name = _NOT_IN_NAME.sub("-", path.rpartition("/")[2].lower())
        taken = {resource["name"] for resource in self._resources}
        return name if name not in taken else f"{len(self._resources)}-{name}"

    def _part_of_unknown_size(self, path: str, pieces: Iterable[bytes], *, deflate: bool = False) -> None:
        with tempfile.SpooledTemporaryFile(max_size=_MEMORY, dir=str(self._folder)) as spool:
            spool.writelines(pieces)
            size = spool.tell()
            spool.seek(0)
            with self.part(path, size=size, deflate=deflate) as part:
                while block := spool.read(_BLOCK):
                    part.write(block)

    def index(self, lines: Iterable[bytes]) -> None:
        """The index: sorted lines with milliseconds, in gzip members, and where each member begins."""
        heads: list[bytes] = []

        def members() -> Iterator[bytes]:
            for member, head in compressed(shown(lines, at_original=False), INDEX):
                heads.append(head)
                yield member

        self._part_of_unknown_size(f"indexes/{INDEX}", members())
        with self.part("indexes/index.idx", deflate=True) as part:
            part.write(b"".join(heads))

    def pages(self, pages: Iterable[WaczPage]) -> int:
        """The pages with their texts -> how many."""
        number = 0

        def lines() -> Iterator[bytes]:
            nonlocal number
            yield _json_line({"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True})
            for page in pages:
                number += 1
                yield _json_line(
                    {"id": page.id, "url": page.url, "ts": page.ts, "title": page.title, "text": page.text}
                )

        self._part_of_unknown_size("pages/pages.jsonl", lines(), deflate=True)
        return number

    def finish(self, facts: Mapping[str, Any]) -> str:
        """The manifest, with `facts` (title, description ...) -> its SHA-256, by which all parts can be checked."""
        package = {"profile": "data-package", "wacz_version": VERSION, **facts, "resources": self._resources}
        data = json.dumps(package, ensure_ascii=False, indent=2).encode("utf-8", "replace")
        sha256 = hashlib.sha256(data).hexdigest()
        digest = {"path": "datapackage.json", "hash": f"sha256:{sha256}"}
        for path, content in (
            ("datapackage.json", data),
            ("datapackage-digest.json", json.dumps(digest, indent=2).encode()),
        ):
            with self._open(path, len(content), deflate=True) as file:
                file.write(content)
        self._zip.close()
        return sha256


def _json_line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
