"""Reads WARC files with zlib and nothing else, so that no library has a say in what a record holds."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Member:
    """One gzip member: where it lies, and the one record in it."""

    offset: int
    length: int
    fields: list[tuple[str, str]]
    block: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def get(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) <= 1, values
        return values[0] if values else None

    @property
    def type(self) -> str | None:
        return self.get("WARC-Type")

    @property
    def facts(self) -> dict[str, str]:
        """The lines of a metadata record."""
        lines = self.block.decode("utf-8").splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@dataclass(frozen=True)
class Group:
    """The records of one exchange, as WARC-Concurrent-To ties them."""

    response: Member | None
    request: Member
    metadata: Member

    @property
    def url(self) -> str:
        url = self.request.get("WARC-Target-URI")
        assert url is not None
        return url


def member_at(data: bytes, offset: int) -> Member:
    inflater = zlib.decompressobj(31)
    record = inflater.decompress(data[offset:])
    assert inflater.eof, f"no whole gzip member at {offset}"
    length = len(data) - offset - len(inflater.unused_data)
    head, blank, rest = record.partition(b"\r\n\r\n")
    assert blank
    version, *lines = head.decode("ascii").split("\r\n")
    assert version == "WARC/1.1"
    fields = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    size = int(dict(fields)["Content-Length"])
    assert rest[size:] == b"\r\n\r\n"
    return Member(offset, length, fields, rest[:size])


def members(path: Path) -> list[Member]:
    data, offset, found = path.read_bytes(), 0, []
    while offset < len(data):
        found.append(member_at(data, offset))
        offset += found[-1].length
    return found


def original(revisit: Member, records: list[Member]) -> Member:
    """The response that holds the payload of a revisit, by all three fields that name it."""
    (found,) = [m for m in records if m.all("WARC-Record-ID") == revisit.all("WARC-Refers-To")]
    assert found.type == "response"
    assert found.get("WARC-Date") == revisit.get("WARC-Refers-To-Date")
    assert found.get("WARC-Target-URI") == revisit.get("WARC-Refers-To-Target-URI")
    return found


def groups(records: list[Member]) -> list[Group]:
    """In the order of the file, where the records of an exchange stand side by side; without what is a note alone."""
    found: list[Group] = []
    of_kind: dict[str | None, Member] = {}
    for member in records:
        if member.type == "warcinfo" or is_note(member):
            continue
        of_kind[member.type] = member
        if member.type == "metadata":  # the last of its exchange
            answer = of_kind.pop("response", None) or of_kind.pop("revisit", None)
            group = Group(answer, of_kind.pop("request"), of_kind.pop("metadata"))
            main = group.response or group.request
            tied = [m.get("WARC-Concurrent-To") for m in (group.request, group.metadata) if m is not main]
            assert set(tied) == {main.get("WARC-Record-ID")}
            assert len({m.get("WARC-Target-URI") for m in (main, group.request, group.metadata)}) == 1
            assert not of_kind
            found.append(group)
    return found


def is_note(member: Member) -> bool:
    """Whether it is a metadata record of no exchange: an attempt without an answer, or an event of the archive."""
    return member.type == "metadata" and not member.all("WARC-Concurrent-To") and "fetchTimeMs" not in member.facts
