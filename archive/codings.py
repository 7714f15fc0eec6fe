"""Content codings undone (RFC 9110 section 8.4.1), within a bound of memory.

The layers are decoded as a stream, so a body that unfolds to gigabytes costs no more than the limit, a few
blocks of 64 KiB and, for brotli, its window (at most 16 MiB, outside Python's heap).
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain

import brotli

MAX_LAYERS = 3
_BLOCK = 64 * 1024
_BROTLI_BLOCK = 32_000  # brotli doubles its blocks, and stops growing at the first that reaches this
_BROTLI_KEPT = 1 << 20  # compressed bytes kept so that damage does not cost what was good before it
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_MEMBERS = 10_000
_ENOUGH_TO_BELIEVE = 64
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # not in a text of any charset in use


@dataclass(frozen=True, slots=True)
class Decoded:
    """What could be decoded. `complete`: the coding's own end was reached within the limit."""

    data: bytes
    complete: bool
    problem: str | None = None


class _Cut(Exception):
    """A layer ended before its end, or is damaged; what it gave so far is good."""


class _Damaged(_Cut):
    """A layer met bytes that cannot be its coding."""


class _State:
    """What the layers have to say about the whole."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.problem: str | None = None

    def note(self, problem: str) -> None:
        self.problem = self.problem or problem


_Layer = Callable[[Iterator[bytes], _State], Iterator[bytes]]
_Reader = Callable[[Iterator[bytes]], Iterator[bytes]]


def decode(payload: bytes, codings: tuple[str, ...], *, limit: int) -> Decoded:
    """Undo `codings` (in the order they were applied, as Content-Encoding lists them); at most `limit` bytes.

    Never raises for what a server sent. A body cut short gives what came of it. A body that is not in the
    coding it claims is returned as it is, with `problem` set, as browsers do. A coding that is not known
    gives no data.
    """
    names = [name for name in (coding.strip().lower() for coding in codings) if name not in ("", "identity")]
    if not payload:
        return Decoded(b"", complete=True)
    if len(names) > MAX_LAYERS:
        return Decoded(b"", False, f"{len(names)} content codings on one body; at most {MAX_LAYERS} are undone")
    unknown = next((name for name in names if name not in _LAYERS), None)
    if unknown is not None:
        return Decoded(b"", False, f"unknown content coding {unknown[:40]!r}")
    if not names:
        whole = len(payload) <= limit
        return Decoded(bytes(payload[:limit]), whole, None if whole else _too_long(limit))
    state = _State(limit)
    stream = _blocks(payload)
    for name in reversed(names):
        stream = _bounded(_LAYERS[name](stream, state), state)
    return _collect(stream, state)


def _collect(stream: Iterator[bytes], state: _State) -> Decoded:
    data, complete = io.BytesIO(), True  # its getvalue() does not copy: the limit is not paid twice
    try:
        for block in stream:
            room = state.limit - data.tell()
            data.write(block[:room])
            if len(block) > room:
                state.problem, complete = _too_long(state.limit), False
                break
    except _Cut as cut:
        state.note(str(cut))
        complete = False
    return Decoded(data.getvalue(), complete, state.problem)


def _too_long(limit: int) -> str:
    return f"more than {limit} bytes when decoded; the rest was left out"


def _blocks(payload: bytes) -> Iterator[bytes]:
    view = memoryview(payload)
    for start in range(0, len(view), _BLOCK):
        yield bytes(view[start : start + _BLOCK])


def _bounded(stream: Iterator[bytes], state: _State) -> Iterator[bytes]:
    """Ends a layer that gives more than the limit, so that what lies above it cannot hide its cost."""
    total = 0
    for block in stream:
        yield block
        total += len(block)
        if total > state.limit + _BLOCK:
            raise _Cut(_too_long(state.limit))


def _start_of(stream: Iterator[bytes], least: int) -> bytes:
    start = b""
    while len(start) < least and (block := next(stream, b"")):
        start += block
    return start


def _as_it_is(start: bytes, stream: Iterator[bytes], state: _State, name: str) -> Iterator[bytes]:
    state.note(f"the body is not {name}, though its Content-Encoding says so; taken as it is")
    yield start
    yield from stream


class _Replay:
    """Hands on blocks, and keeps them while it is not yet clear that they are what they claim to be."""

    def __init__(self, start: bytes, stream: Iterator[bytes]) -> None:
        self.seen: list[bytes] | None = []
        self._stream = chain((start,), stream)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block = next(self._stream)
        if self.seen is not None:
            self.seen.append(block)
        return block

    def from_the_start(self) -> Iterator[bytes]:
        return chain(self.seen or (), self._stream)


def _or_as_it_is(
    name: str, read: _Reader, start: bytes, stream: Iterator[bytes], state: _State
) -> Iterator[bytes]:
    """A coding without a magic number: text that fails to decode within its first bytes was never coded."""
    replay, held = _Replay(start, stream), b""
    try:
        for block in read(replay):
            if replay.seen is None:
                yield block
                continue
            held += block
            if len(held) >= _ENOUGH_TO_BELIEVE:
                replay.seen = None
                yield held
    except _Cut as cut:
        if replay.seen is None:
            raise
        if not isinstance(cut, _Damaged) or _CONTROL.search(start, 0, 256):
            yield held
            raise
        yield from _as_it_is(b"", replay.from_the_start(), state, name)
        return
    if replay.seen is not None:
        yield held


def _gzip(stream: Iterator[bytes], state: _State) -> Iterator[bytes]:
    start = _start_of(stream, 2)
    if start and start[:2] != _GZIP_MAGIC[: len(start)]:
        yield from _as_it_is(start, stream, state, "gzip")
        return
    for _ in range(_MAX_MEMBERS):  # RFC 1952: members follow one another
        rest = yield from _inflate(chain((start,), stream), 31, "gzip")
        start = rest + _start_of(stream, 2 - len(rest))
        if start[:2] != _GZIP_MAGIC:  # padding, which browsers ignore too
            return
    raise _Cut(f"more than {_MAX_MEMBERS} gzip members")


def _deflate(stream: Iterator[bytes], state: _State) -> Iterator[bytes]:
    """The zlib format that the standard means, or the raw deflate that some servers send."""
    start = _start_of(stream, 2)
    zlib_header = len(start) > 1 and start[0] & 15 == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    wbits = 15 if zlib_header else -15
    yield from _or_as_it_is("deflate", lambda s: _inflate(s, wbits, "deflate"), start, stream, state)


def _inflate(stream: Iterator[bytes], wbits: int, name: str) -> Generator[bytes, None, bytes]:
    """One zlib stream; returns the bytes of the last block that lie after its end."""
    inflater = zlib.decompressobj(wbits)
    for block in chain(stream, (b"",)):
        rest: bytes = block
        while True:
            before = inflater.copy()
            try:
                given = inflater.decompress(rest, _BLOCK)
            except zlib.error:
                yield from _up_to_the_damage(before, rest)
                raise _Damaged(f"the {name} data is damaged") from None
            yield given
            if inflater.eof:
                return inflater.unused_data
            rest = inflater.unconsumed_tail
            if not rest and len(given) < _BLOCK:
                break
    raise _Cut(f"the {name} data ends too early")


def _up_to_the_damage(inflater: zlib._Decompress, block: bytes) -> Iterator[bytes]:
    """zlib drops what it had decoded when it meets an error: go byte by byte to save it."""
    for at in range(len(block)):
        try:
            yield inflater.decompress(block[at : at + 1])
        except zlib.error:
            return


def _brotli(stream: Iterator[bytes], state: _State) -> Iterator[bytes]:
    yield from _or_as_it_is("br", _unbrotli, _start_of(stream, 1), stream, state)


def _unbrotli(stream: Iterator[bytes]) -> Iterator[bytes]:
    decoder, given, eaten, size = brotli.Decompressor(), 0, list[bytes](), 0
    for block in stream:
        size += len(block)
        if size <= _BROTLI_KEPT:
            eaten.append(block)
        try:
            for data in _brotli_blocks(decoder, block):
                yield data
                given += len(data)
        except brotli.error:
            if size <= _BROTLI_KEPT:
                yield from _brotli_up_to_the_damage(eaten, given)
            raise _Damaged("the br data is damaged, or other bytes follow it") from None
        if decoder.is_finished():
            return
    raise _Cut("the br data ends too early")


def _brotli_blocks(decoder: brotli.Decompressor, data: bytes) -> Iterator[bytes]:
    """All that `data` gives, block by block; that all input was taken does not mean that all output was given."""
    given: bytes = decoder.process(data, output_buffer_limit=_BROTLI_BLOCK)
    while given:
        yield given
        if decoder.is_finished():
            return
        given = decoder.process(b"", output_buffer_limit=_BROTLI_BLOCK)


def _brotli_up_to_the_damage(eaten: list[bytes], given: int) -> Iterator[bytes]:
    """As for zlib, but a brotli decoder cannot be copied: decode once more, the last block byte by byte."""
    decoder, *before, last = brotli.Decompressor(), *eaten
    pieces = chain(before, (last[at : at + 1] for at in range(len(last))))
    try:
        for piece in pieces:
            for data in _brotli_blocks(decoder, piece):
                yield data[given:]
                given = max(0, given - len(data))
    except brotli.error:
        return


_LAYERS: dict[str, _Layer] = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _brotli}
