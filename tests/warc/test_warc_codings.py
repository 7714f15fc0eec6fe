from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
from warc_samples import PAGE

from archive.codings import decode

TEXT = b"".join(b"<p>Paragraph %d of the harbour story, number %d.\n" % (n, n * n) for n in range(9000))
LIMIT = 10_000_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


CODINGS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "x-gzip": lambda data: gzip.compress(data, mtime=0),
    "deflate": zlib.compress,
    "raw deflate": raw_deflate,
    "br": brotli.compress,
}


def coding_of(name: str) -> tuple[str, ...]:
    return (name.removeprefix("raw "),)


@pytest.mark.parametrize("name", CODINGS)
@pytest.mark.parametrize("text", [TEXT, PAGE, b"x", b""])
def test_each_coding_is_undone(name: str, text: bytes) -> None:
    decoded = decode(CODINGS[name](text), coding_of(name), limit=LIMIT)
    assert (decoded.data, decoded.complete, decoded.problem) == (text, True, None)


@pytest.mark.parametrize("name", CODINGS)
def test_a_cut_body_gives_what_came(name: str) -> None:
    body = CODINGS[name](TEXT)
    assert len(body) > 20_000
    lengths = []
    for end in range(20, len(body) - 1, 997):
        decoded = decode(body[:end], coding_of(name), limit=LIMIT)
        assert TEXT.startswith(decoded.data)
        assert not decoded.complete
        assert decoded.problem
        lengths.append(len(decoded.data))
    assert lengths == sorted(lengths)
    assert lengths[-1] > 0.9 * len(TEXT)


@pytest.mark.parametrize("name", CODINGS)
def test_damage_costs_only_what_follows_it(name: str) -> None:
    body = bytearray(CODINGS[name](TEXT))
    half = len(body) // 2
    body[half : half + 8] = bytes(8)
    decoded = decode(bytes(body), coding_of(name), limit=LIMIT)
    same = next(
        (at for at, (a, b) in enumerate(zip(decoded.data, TEXT, strict=False)) if a != b), len(decoded.data)
    )
    assert same > len(TEXT) // 4
    if name in ("gzip", "x-gzip", "deflate"):  # the others have no checksum
        assert not decoded.complete
        assert decoded.problem


def test_a_wrong_checksum_is_told_and_costs_nothing() -> None:
    body = bytearray(gzip.compress(TEXT))
    body[-6] ^= 1
    decoded = decode(bytes(body), ("gzip",), limit=LIMIT)
    assert decoded.data == TEXT
    assert not decoded.complete


def test_bytes_after_the_end_cost_nothing() -> None:
    for name, pack in CODINGS.items():
        assert decode(pack(TEXT) + b"\r\n", coding_of(name), limit=LIMIT).data == TEXT, name
    members = gzip.compress(TEXT[:5000]) + gzip.compress(TEXT[5000:]) + b"\0" * 30
    assert decode(members, ("gzip",), limit=LIMIT).data == TEXT


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
@pytest.mark.parametrize("text", [TEXT, PAGE, b"\n<html>short</html>", b'{"a": 1, "b": [2, 3]}'])
def test_a_body_that_is_not_coded_is_taken_as_it_is(name: str, text: bytes) -> None:
    decoded = decode(text, (name,), limit=LIMIT)
    assert decoded.data == text
    assert decoded.complete
    assert decoded.problem is not None
    assert name in decoded.problem


def test_layers_are_undone_from_the_last() -> None:
    body = brotli.compress(gzip.compress(zlib.compress(TEXT)))
    assert decode(body, ("deflate", "gzip", "br"), limit=LIMIT).data == TEXT
    assert decode(body, ("Deflate", "identity", "GZIP", " br "), limit=LIMIT).data == TEXT
    assert decode(TEXT, (), limit=LIMIT).data == TEXT
    assert decode(TEXT, ("identity",), limit=LIMIT).complete


@pytest.mark.parametrize("codings", [("zstd",), ("gzip", "zstd"), ("gzip",) * 4, ("aes128gcm",)])
def test_what_cannot_be_undone_gives_no_data(codings: tuple[str, ...]) -> None:
    decoded = decode(gzip.compress(TEXT), codings, limit=LIMIT)
    assert decoded.data == b""
    assert not decoded.complete
    assert decoded.problem


@pytest.mark.parametrize("name", CODINGS)
def test_the_limit_is_exact(name: str) -> None:
    body = CODINGS[name](TEXT)
    assert decode(body, coding_of(name), limit=len(TEXT)).complete
    for limit in (len(TEXT) - 1, 65_536, 1, 0):
        decoded = decode(body, coding_of(name), limit=limit)
        assert decoded.data == TEXT[:limit]
        assert not decoded.complete
    assert decode(TEXT, (), limit=100).data == TEXT[:100]
    assert not decode(TEXT, (), limit=100).complete


ZEROS = bytes(60_000_000)
BOMBS = {
    "gzip": (gzip.compress(ZEROS), ("gzip",)),
    "deflate": (zlib.compress(ZEROS), ("deflate",)),
    "br": (brotli.compress(ZEROS, quality=5), ("br",)),
    "gzip in gzip": (gzip.compress(gzip.compress(ZEROS)), ("gzip", "gzip")),
    "gzip in br": (brotli.compress(gzip.compress(ZEROS)), ("gzip", "br")),
    "zeros that are no gzip, in br": (brotli.compress(ZEROS, quality=5), ("gzip", "br")),
    "many empty members": (gzip.compress(b"") * 200_000, ("gzip",)),
    "empty members in br": (brotli.compress(gzip.compress(b"") * 500_000), ("gzip", "br")),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_no_more_than_the_limit(name: str) -> None:
    body, codings = BOMBS[name]
    limit = 4_000_000
    tracemalloc.start()
    try:
        decoded = decode(body, codings, limit=limit)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(decoded.data) <= limit
    assert not decoded.complete
    assert peak < limit * 5 // 4 + 1_500_000  # a growing buffer has an eighth in reserve; brotli keeps 1 MiB
