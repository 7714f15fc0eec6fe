"""What somebody gave to import, as single WARC files: files, folders of them, and those within WACZ files.

What a file is, its first bytes tell, not its name. Names within a WACZ are never used as paths.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from archive.warc.writer import storage

WACZ_MANIFEST = "datapackage.json"
MAX_MEMBERS = 100_000  # of a WACZ
MAX_MANIFEST = 64 << 20
MOST_INFLATED = 200  # times the size of the WACZ: text of the web packs ten times
SMALL = 64 << 20  # bytes that anything may unpack to
_SUFFIXES = (".warc", ".warc.gz", ".wacz")
_OTHER_FORMS = {  # endings that a person takes for web archives as well
    ".warc.zst": "compressed with zstd, which few tools read: unpack it first (zstd -d)",
    ".warc.bz2": "compressed with bzip2: unpack it first (bunzip2)",
    ".warc.xz": "compressed with xz: unpack it first (unxz)",
    ".warc.open": "still being written by another tool",
    ".warc.gz.open": "still being written by another tool",
    ".arc": "an ARC file, the form before WARC: convert it first",
    ".arc.gz": "an ARC file, the form before WARC: convert it first",
}
_BLOCK = 1 << 20
# What the module zipfile raises for damage, for encryption, for a compression that it does not know.
_UNPACKING = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    KeyError,
)

OnTrouble = Callable[[str, str], None]  # the name of a file, and why it cannot be taken in


@dataclass(frozen=True, slots=True)
class Source:
    """One WARC file to take in."""

    name: str  # as people know it: "2019/a.warc.gz", "crawl.wacz/archive/data.warc.gz"
    path: Path  # of the file, or of the WACZ that holds it
    size: int
    member: int | None = None  # its number in the WACZ
    sha256: str | None = None  # as the manifest of the WACZ has it


class NoWarc(Exception):
    """Why a source cannot be taken in at all, for people."""


def find(paths: Iterable[Path], trouble: OnTrouble) -> list[Source]:
    """All WARC files in the order given, those of a folder by name; what cannot be one goes to `trouble`."""
    found: list[Source] = []
    for path in paths:
        for name, file in _files(path, trouble):
            try:
                found += _sources(name, file, trouble)
            except NoWarc as e:
                trouble(name, str(e))
            except OSError as e:
                trouble(name, f"cannot be read: {e.strerror or e}")
    return found


def _files(path: Path, trouble: OnTrouble) -> Iterator[tuple[str, Path]]:
    """A file, or those of a folder and the folders below that look like web archives, each with its name."""
    if not path.is_dir():
        yield path.name, path
        return
    number = 0
    for file in sorted(path.rglob("*")):
        ending = _other_form(file.name)
        if not file.is_file() or not (ending or file.name.lower().endswith(_SUFFIXES)):
            continue
        number += 1
        name = str(PurePosixPath(path.resolve().name) / file.relative_to(path).as_posix())
        if ending:
            trouble(name, ending)
        else:
            yield name, file
    if not number:
        trouble(str(path), "the folder holds no .warc, .warc.gz or .wacz")


def _other_form(name: str) -> str | None:
    return next((why for ending, why in _OTHER_FORMS.items() if name.lower().endswith(ending)), None)


def _sources(name: str, path: Path, trouble: OnTrouble) -> list[Source]:
    if not path.is_file():
        raise NoWarc("there is no such file" if not path.exists() else "is no file")
    with path.open("rb") as file:
        start = file.read(5)
    size = path.stat().st_size
    if not start:
        raise NoWarc("the file is empty")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _members(name, path, size, trouble)
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        raise NoWarc(_OTHER_FORMS[".warc.zst"])
    return [Source(name, path, size)]


def _members(name: str, path: Path, size: int, trouble: OnTrouble) -> list[Source]:
    """The WARC files of a WACZ (https://specs.webrecorder.net/wacz/1.1.1/), within bounds."""
    try:
        with zipfile.ZipFile(path) as wacz:
            members = wacz.infolist()
            digests = _manifest(wacz)
    except (*_UNPACKING, ValueError) as e:
        raise NoWarc(f"the WACZ cannot be read: {e}") from None
    if len(members) > MAX_MEMBERS:
        raise NoWarc(f"the WACZ holds {len(members)} files: too many to be one")
    warcs = [(n, m) for n, m in enumerate(members) if m.filename.lower().endswith((".warc", ".warc.gz"))]
    whole = sum(m.file_size for _, m in warcs)
    if whole > max(SMALL, MOST_INFLATED * size):
        raise NoWarc(
            f"the WACZ would unpack to {whole} bytes, {whole // max(size, 1)} times its size: no WARC does"
        )
    for member in members:
        why = _other_form(member.filename)
        if why is None and member.filename.lower().endswith(".wacz"):
            why = "a WACZ within a WACZ: unpack the outer one first (unzip)"
        if why is not None:
            trouble(f"{name}/{member.filename}", why)
    if not warcs:
        raise NoWarc("the ZIP file holds no WARC file" if not digests else "the WACZ holds no WARC file")
    return [
        Source(f"{name}/{m.filename}", path, m.file_size, number, digests.get(m.filename)) for number, m in warcs
    ]


def _manifest(wacz: zipfile.ZipFile) -> dict[str, str]:
    """The SHA-256 of each file that the manifest names; nothing of one that cannot be read."""
    try:
        if wacz.getinfo(WACZ_MANIFEST).file_size > MAX_MANIFEST:
            return {}
        resources = json.loads(wacz.read(WACZ_MANIFEST))["resources"]
        pairs = ((str(entry["path"]), str(entry["hash"])) for entry in resources)
        return {path: digest.partition(":")[2].lower() for path, digest in pairs if digest.startswith("sha256:")}
    except (*_UNPACKING, TypeError, ValueError, AttributeError, OSError, RecursionError):
        return {}


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of what could be read of a source."""

    sha256: str
    bytes: int
    problem: str | None = None  # why there is no more of it


def copy(source: Source, target: Path) -> Copied:
    """Copy the bytes of a source into a new file, onto the disk; where the source fails, as far as it can be read.

    :raises NoWarc: nothing of the source can be read.
    :raises StorageFailed: the disk is full or fails.
    """
    digest, done, problem = hashlib.sha256(), 0, None
    with storage(target, "write"), target.open("wb") as file:
        blocks = _blocks(source)
        while True:
            try:
                block = next(blocks, b"")
            except NoWarc as e:
                problem = str(e)
                break
            if not block:
                break
            digest.update(block)
            file.write(block)
            done += len(block)
        file.flush()
        os.fsync(file.fileno())
    if problem and not done:
        raise NoWarc(problem)
    return Copied(digest.hexdigest(), done, problem)


def _blocks(source: Source) -> Iterator[bytes]:
    """NoWarc where the source, not the disk that is written to, is at fault."""
    try:
        if source.member is None:
            with source.path.open("rb") as file:
                yield from _all(file, source.size)
        else:
            with zipfile.ZipFile(source.path) as wacz:
                yield from _unpacked(wacz, wacz.infolist()[source.member])
    except _UNPACKING as e:
        raise NoWarc(f"cannot be unpacked: {e}") from None
    except OSError as e:
        raise NoWarc(f"cannot be read: {e.strerror or e}") from None


def _unpacked(wacz: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member that is stored is read as it lies: a wrong check sum costs none of its records."""
    if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
        with wacz.open(member) as file:
            yield from _all(file, member.file_size)
        return
    assert wacz.fp is not None
    wacz.fp.seek(member.header_offset)
    header = wacz.fp.read(30)  # the local one, whose last two numbers are the lengths of name and extra field
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile("no file begins where the directory says")
    name, extra = struct.unpack("<HH", header[26:30])
    wacz.fp.seek(member.header_offset + 30 + name + extra)
    yield from _all(wacz.fp, member.file_size)


def _all(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0:
        block = file.read(min(_BLOCK, size))
        if not block:
            return
        size -= len(block)
        yield block
