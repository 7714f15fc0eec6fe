from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warc_samples import INTERIM, ODD, exchange, write_archive

from archive.codings import decode
from archive.message import dechunk, parse_request, parse_response, without_credentials
from archive.warc.groups import group_records
from archive.warc.reader import iter_records
from archive.warc.records import build
from archive.warc.verify import verify_files

PIECES = [
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Go\r\n\r\n", b"HTTP/", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b";", b",",
    b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip, br\r\n", b"Location: ", b"http://[", b"\xff", b"0",
    b"5\r\nhello\r\n", b"fffffffffffffff0\r\n", b"Cookie: a\r\n", b"GET / HTTP/1.1\r\n", b"\0", b"<p>",
]  # fmt: skip
messages = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=25).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(raw=messages)
def test_no_message_is_too_strange(raw: bytes) -> None:
    whole = parse_response(raw)
    response = whole or parse_response(raw, cut=True)
    if response is not None:
        assert b"".join(response.interim) + response.head + response.body == raw
        assert len(response.payload) <= len(response.body)
        decode(response.payload, response.content_codings, limit=1000)
    if whole is not None:
        assert parse_response(raw, cut=True) == whole
    request = parse_request(raw)
    assert request is None or request.head + request.body == raw
    assert len(dechunk(raw)) <= len(raw)
    cleared, removed = without_credentials(raw)
    assert (cleared == raw) == (not removed)
    group = build(exchange(raw, request=raw), warcinfo_id="<urn:x>")
    assert (group.capture is not None) == (response is not None and response.status != 304)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=200), codings=st.lists(st.sampled_from(["gzip", "deflate", "br"]), max_size=3))
def test_no_coded_body_is_too_strange(data: bytes, codings: list[str]) -> None:
    for body in (data, gzip.compress(data)[: len(data)], b"\x1f\x8b\x08\0" + data, b"\x78\x9c" + data):
        assert len(decode(body, tuple(codings), limit=5000).data) <= 5000


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = ("plain", "gzip, chunked", "redirect")
    return write_archive(tmp_path_factory.mktemp("robust"), [INTERIM + ODD[name][0] for name in names])


def compressed(path: Path) -> bytes:
    return path.read_bytes()


def members_of_changed_text(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


@pytest.mark.parametrize("form", [compressed, members_of_changed_text])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_file_is_too_broken(
    archive: Path, tmp_path: Path, form: Callable[[Path], bytes], data: st.DataObject
) -> None:
    content = bytearray(form(archive))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        size = data.draw(st.integers(0, 40))
        content[at : at + size] = data.draw(st.binary(max_size=40) | st.just(b"\r\n"))
    path = tmp_path / "broken.warc"
    path.write_bytes(content)
    list(verify_files([path]))
    for group in group_records(iter_records(path, on_damage=lambda _: None)):
        assert group.capture is None or group.capture.record_id == (group.main and group.main.record_id)
        try:
            exchange = group.exchange
        except ValueError:  # a WARC-Date that is none
            continue
        assert exchange.started.tzinfo is not None
