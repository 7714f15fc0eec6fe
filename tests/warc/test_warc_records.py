from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warc_samples import GZIPPED, INTERIM, ODD, PAGE, REQUEST, START, TLS, chunked, counted_ids, exchange, head

from archive.digests import sha1_base32, sha256_hex
from archive.message import parse_response
from archive.model import RefersTo
from archive.warc.format import GZIP_HEADER, Member, fields_block, parse_fields
from archive.warc.groups import exchange_of
from archive.warc.reader import RawMember, Record, parse_record
from archive.warc.records import build, shape, warcinfo

INFO_ID = "<urn:uuid:00000000-0000-4000-8000-00000000abcd>"
ORIGINAL = RefersTo(
    record_id="<urn:uuid:00000000-0000-4000-8000-00000000beef>",
    url="https://news.example/harbour",
    date="2026-02-28T08:00:00.000001Z",
    payload_digest=sha1_base32(PAGE),
)


def read(member: Member) -> Record:
    data = gzip.decompress(member.data)
    return parse_record(Path("none.warc.gz"), RawMember(0, len(member.data), data))


EXPECTED_RESPONSE = (
    b"WARC/1.1\r\n"
    b"WARC-Type: response\r\n"
    b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
    b"WARC-Date: 2026-03-01T12:00:00.250000Z\r\n"
    b"WARC-Target-URI: https://news.example/harbour\r\n"
    b"WARC-IP-Address: 192.0.2.7\r\n"
    b"WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-00000000abcd>\r\n"
    b"WARC-Protocol: http/1.1\r\n"
    b"WARC-Protocol: tls/1.3\r\n"
    b"WARC-Cipher-Suite: TLS_AES_128_GCM_SHA256\r\n"
    b"WARC-Truncated: time\r\n"
    b"WARC-Payload-Digest: sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N\r\n"
    b"WARC-Block-Digest: sha1:TPHKIXR6K2EY7NULSHMLMKMDZGTIPH4O\r\n"
    b"Content-Type: application/http;msgtype=response\r\n"
    b"Content-Length: 31\r\n"
    b"\r\n"
    b"HTTP/1.1 200 OK\r\nA:  b\r\n\r\nhello"
    b"\r\n\r\n"
)
EXPECTED_REQUEST = (
    b"WARC/1.1\r\n"
    b"WARC-Type: request\r\n"
    b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000002>\r\n"
    b"WARC-Date: 2026-03-01T12:00:00.250000Z\r\n"
    b"WARC-Target-URI: https://news.example/harbour\r\n"
    b"WARC-IP-Address: 192.0.2.7\r\n"
    b"WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-00000000abcd>\r\n"
    b"WARC-Protocol: http/1.1\r\n"
    b"WARC-Protocol: tls/1.3\r\n"
    b"WARC-Cipher-Suite: TLS_AES_128_GCM_SHA256\r\n"
    b"WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
    b"WARC-Block-Digest: sha1:H4ZUTXCG25Z7P7W2DCGQMQKPUJATOCG6\r\n"
    b"Content-Type: application/http;msgtype=request\r\n"
    b"Content-Length: 37\r\n"
    b"\r\n"
    b"GET /harbour HTTP/1.1\r\nHost: news\r\n\r\n"
    b"\r\n\r\n"
)
EXPECTED_METADATA = (
    b"WARC/1.1\r\n"
    b"WARC-Type: metadata\r\n"
    b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000003>\r\n"
    b"WARC-Date: 2026-03-01T12:00:00.250000Z\r\n"
    b"WARC-Target-URI: https://news.example/harbour\r\n"
    b"WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-00000000abcd>\r\n"
    b"WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
    b"WARC-Block-Digest: sha1:WFT7HDMSTU32QNYXFSWFRJEU6YYRSPB4\r\n"
    b"Content-Type: application/warc-fields\r\n"
    b"Content-Length: 169\r\n"
    b"\r\n"
    b"fetchTimeMs: 12\r\n"
    b"connectionReused: true\r\n"
    b"excessBytes: 3\r\n"
    b"removedHeaders: Proxy-Authorization\r\n"
    b'interimResponses: ["HTTP/1.1 100 Go\\r\\n\\r\\n"]\r\n'
    b"via: https://news.example/\r\n"
    b"\r\n\r\n"
)


def test_the_records_of_an_exchange_byte_for_byte() -> None:
    sent = exchange(
        b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\nA:  b\r\n\r\nhello",
        request=b"GET /harbour HTTP/1.1\r\nHost: news\r\n\r\n",
        complete=False,
        truncated="time",
        reused=True,
        excess=3,
        removed_headers=("Proxy-Authorization",),
        **TLS,
    )
    facts = {"via": "https://news.example/"}
    group = build(sent, warcinfo_id=INFO_ID, facts=facts, new_id=counted_ids())
    plain = [gzip.decompress(member.data) for member in group.members]
    assert plain == [EXPECTED_RESPONSE, EXPECTED_REQUEST, EXPECTED_METADATA]
    assert all(member.data.startswith(GZIP_HEADER) for member in group.members)


def test_a_warcinfo_record_byte_for_byte() -> None:
    fields = {"software": "Broadsheet/0.1", "operator": "Étienne\r\nWARC-Type: response"}
    member = warcinfo("X-1.warc.gz", fields, START, new_id=counted_ids())
    assert gzip.decompress(member.data) == (
        b"WARC/1.1\r\n"
        b"WARC-Type: warcinfo\r\n"
        b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        b"WARC-Date: 2026-03-01T12:00:00.250000Z\r\n"
        b"WARC-Filename: X-1.warc.gz\r\n"
        b"WARC-Block-Digest: sha1:5ZJTER2K36MFNBSDJ5VLCANGTHS23FIY\r\n"
        b"Content-Type: application/warc-fields\r\n"
        b"Content-Length: 71\r\n"
        b"\r\n"
        b"software: Broadsheet/0.1\r\n"
        b"operator: \xc3\x89tienne%0D%0AWARC-Type: response\r\n"
        b"\r\n\r\n"
    )


@pytest.mark.parametrize("name", ODD)
def test_an_odd_response_is_kept_to_the_byte(name: str) -> None:
    raw, payload = ODD[name]
    sent = exchange(INTERIM + raw, **TLS)
    group = build(sent, warcinfo_id=INFO_ID)
    response, request, metadata = (read(member) for member in group.members)
    assert response.record_type == "response"
    assert response.block == raw
    assert response.payload == payload
    assert request.block == REQUEST
    assert json.loads(metadata.fields["interimResponses"]) == [
        part + "\r\n\r\n" for part in INTERIM.decode().split("\r\n\r\n")[:-1]
    ]
    assert response.header("WARC-Block-Digest") == sha1_base32(raw)
    assert response.header("WARC-Truncated") is None
    capture = group.capture
    assert capture is not None
    assert capture.record_id == response.record_id == request.header("WARC-Concurrent-To")
    assert (capture.payload_digest, capture.payload_sha256) == (sha1_base32(payload), sha256_hex(payload))
    assert capture.payload_bytes == len(payload)
    assert capture.captured_at == response.date
    assert exchange_of((response, request, metadata)) == sent


@pytest.mark.parametrize(
    ("setting", "digest"),
    [("omit", None), ("spec", sha1_base32(PAGE)), ("stored", sha1_base32(chunked(PAGE)))],
)
def test_the_payload_digest_of_a_chunked_body(setting: str, digest: str | None) -> None:
    sent = exchange(ODD["chunked"][0])
    group = build(sent, warcinfo_id=INFO_ID, chunked_digest=setting)  # type: ignore[arg-type]
    assert read(group.members[0]).header("WARC-Payload-Digest") == digest
    assert group.capture is not None
    assert group.capture.payload_digest == sha1_base32(PAGE)
    plain = build(exchange(ODD["plain"][0]), warcinfo_id=INFO_ID, chunked_digest=setting)  # type: ignore[arg-type]
    assert read(plain.members[0]).header("WARC-Payload-Digest") == sha1_base32(PAGE)


def test_what_is_compressed_already_is_stored() -> None:
    for name in ("gzip", "br", "gzip, chunked"):
        raw = ODD[name][0]
        assert raw in build(exchange(raw), warcinfo_id=INFO_ID).members[0].data, name
    lying = head(b"Content-Encoding: gzip") + PAGE * 100
    assert len(build(exchange(lying), warcinfo_id=INFO_ID).members[0].data) < len(lying) / 10


def test_a_304_is_a_revisit_of_what_it_confirms() -> None:
    raw = head(b'ETag: "a"', status=b"HTTP/1.1 304 Not Modified")
    group = build(exchange(raw), warcinfo_id=INFO_ID, refers_to=ORIGINAL)
    record = read(group.members[0])
    assert [member.record_type for member in group.members] == ["revisit", "request", "metadata"]
    assert record.block == raw
    assert record.header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert record.header("WARC-Refers-To") == ORIGINAL.record_id
    assert record.header("WARC-Refers-To-Target-URI") == ORIGINAL.url
    assert record.header("WARC-Refers-To-Date") == ORIGINAL.date
    assert record.header("WARC-Payload-Digest") == ORIGINAL.payload_digest
    assert record.header("WARC-Truncated") is None
    capture = group.capture
    assert capture is not None
    assert (capture.record_type, capture.status, capture.refers_to) == ("revisit", 304, ORIGINAL.record_id)
    assert (capture.payload_digest, capture.payload_sha256, capture.etag) == (ORIGINAL.payload_digest, None, '"a"')


def test_a_304_of_nothing_is_no_response() -> None:
    sent = exchange(INTERIM + head(b"ETag: caf\xe9", status=b"HTTP/1.1 304 Not Modified"))
    group = build(sent, warcinfo_id=INFO_ID)
    assert [member.record_type for member in group.members] == ["request", "metadata"]
    assert group.capture is None
    assert exchange_of([read(member) for member in group.members]) == sent


def test_another_answer_than_304_ignores_what_it_might_have_confirmed() -> None:
    group = build(exchange(ODD["plain"][0]), warcinfo_id=INFO_ID, refers_to=ORIGINAL)
    assert group.members[0].record_type == "response"


def test_the_same_payload_is_written_once() -> None:
    raw = ODD["plain"][0]
    group = build(exchange(raw), warcinfo_id=INFO_ID, same_payload_as=ORIGINAL)
    record = read(group.members[0])
    assert record.record_type == "revisit"
    assert raw.startswith(record.block)
    assert record.block.endswith(b"\r\n\r\n")
    assert record.header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert record.header("WARC-Truncated") == "length"
    assert group.capture is not None
    assert group.capture.refers_to == ORIGINAL.record_id
    with pytest.raises(ValueError, match="payload"):
        build(exchange(raw + b"more"), warcinfo_id=INFO_ID, same_payload_as=ORIGINAL)
    with pytest.raises(ValueError, match="payload"):
        build(exchange(raw, complete=False), warcinfo_id=INFO_ID, same_payload_as=ORIGINAL)


def test_captures_of_one_shape() -> None:
    shapes = {name: shape(response) for name, (raw, _) in ODD.items() if (response := parse_response(raw))}
    assert shapes["plain"] == "plain"
    assert shapes["gzip, chunked"] == "chunked+gzip"


@pytest.mark.parametrize("reason", ["length", "time", "disconnect", "unspecified", None])
def test_a_cut_response_says_why(reason: str | None) -> None:
    sent = exchange(ODD["chunked"][0][:-30], complete=False, truncated=reason)
    group = build(sent, warcinfo_id=INFO_ID)
    assert read(group.members[0]).header("WARC-Truncated") == (reason or "unspecified")
    assert group.capture is not None
    assert group.capture.truncated == (reason or "unspecified")


def test_a_whole_response_never_says_it_was_cut() -> None:
    group = build(exchange(ODD["plain"][0], truncated="length"), warcinfo_id=INFO_ID)
    assert read(group.members[0]).header("WARC-Truncated") is None


@pytest.mark.parametrize("end", range(1, 60, 3))
def test_a_response_cut_in_its_head_keeps_its_bytes(end: int) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Caf\xe9: 1\r\n\r\n"[:end]
    sent = exchange(raw, complete=False, truncated="disconnect")
    group = build(sent, warcinfo_id=INFO_ID)
    records = [read(member) for member in group.members]
    whole_status_line = b"\n" in raw
    assert (group.capture is not None) == whole_status_line
    assert [record.record_type for record in records] == ["response"] * whole_status_line + ["request", "metadata"]
    assert exchange_of(records) == sent
    if whole_status_line and b"\r\n\r\n" not in raw:
        assert records[0].header("WARC-Payload-Digest") is None
        assert group.capture is not None
        assert group.capture.payload_bytes is None


def test_bytes_that_are_no_http_are_kept_in_the_metadata() -> None:
    sent = exchange(b"SSH-2.0-OpenSSH\xff\r\n", complete=False, truncated="unspecified")
    group = build(sent, warcinfo_id=INFO_ID)
    assert group.capture is None
    assert exchange_of([read(member) for member in group.members]) == sent


def test_no_received_byte_no_record() -> None:
    assert build(exchange(b"", complete=False), warcinfo_id=INFO_ID).members == ()


def test_no_credential_is_ever_written() -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\ncookie: s3cret\r\nProxy-Authorization: s3cret\r\n\r\n"
    group = build(exchange(ODD["plain"][0], request=request, removed_headers=("Cookie2",)), warcinfo_id=INFO_ID)
    plain = b"".join(gzip.decompress(member.data) for member in group.members)
    assert b"s3cret" not in plain
    assert b"removedHeaders: Cookie2, cookie, Proxy-Authorization\r\n" in plain


def test_redirects_are_absolute() -> None:
    group = build(exchange(ODD["redirect"][0]), warcinfo_id=INFO_ID)
    assert group.capture is not None
    assert group.capture.redirect_to == "https://news.example/caf%E9%201"
    broken = head(b"Location: http://[oops", status=b"HTTP/1.1 302 Found")
    assert build(exchange(broken), warcinfo_id=INFO_ID).capture.redirect_to is None  # type: ignore[union-attr]


def test_mistakes_of_the_caller_are_told() -> None:
    with pytest.raises(ValueError, match="fetchTimeMs"):
        build(exchange(ODD["plain"][0]), warcinfo_id=INFO_ID, facts={"fetchTimeMs": "1"})
    with pytest.raises(ValueError, match="time zone"):
        build(exchange(ODD["plain"][0], started=datetime(2026, 1, 1)), warcinfo_id=INFO_ID)


def test_fields_are_read_as_they_were_written() -> None:
    fields = {"via": "https://news.example/?a=b: c", "title": "Café: “late”", "json": json.dumps("a\nb\ud800")}
    assert parse_fields(fields_block(fields)) == fields
    foreign = b"a: 1\r\n  folded\r\nb:2\nno colon\n folded too\r\na: 3\r\n"
    assert parse_fields(foreign) == {"a": "1 folded, 3", "b": "2"}


# Anything that could end a line somewhere, or is no character at all.
any_text = st.text(st.one_of(st.characters(), st.sampled_from("\r\n\0\t \x85\u2028\ud800:%<>")), max_size=60)
any_bytes = st.binary(max_size=60) | st.sampled_from([b"\r\n", b"WARC/1.1\r\n", b"\r\n\r\n", b"HTTP/1.1 200\r\n"])


@settings(max_examples=150, deadline=None)
@given(url=any_text, ip=any_text, tls=any_text, truncated=any_text, value=any_text, key=any_text, body=any_bytes)
def test_no_text_adds_a_line_or_a_record(
    url: str, ip: str, tls: str, truncated: str, value: str, key: str, body: bytes
) -> None:
    sent = exchange(
        b"HTTP/1.1 200 OK\r\n\r\n" + body, url=url, ip=ip, tls_version=tls, tls_cipher=tls, complete=False,
        truncated=truncated, removed_headers=(key, value), request=body or b"x",
    )  # fmt: skip
    refers_to = RefersTo(url, url, ip, value)
    responses = (sent.response, b"HTTP/1.1 304 Same\r\n\r\n", b"no" + body)
    for answer in (replace(sent, response=response) for response in responses):
        facts = {"x-" + key: value}
        group = build(answer, warcinfo_id=INFO_ID, refers_to=refers_to, facts=facts)
        plain = b"".join(gzip.decompress(member.data) for member in group.members)
        at = 0
        for member in group.members:
            record = read(member)
            assert plain[at:].startswith(b"WARC/1.1\r\nWARC-Type: " + member.record_type.encode())
            assert record.ending == b"\r\n\r\n"
            header = plain[at : plain.index(b"\r\n\r\n", at)]
            assert header.count(b"\r") == header.count(b"\n") == len(record.headers)
            assert {name for name, _ in record.headers} <= NAMES
            at += len(header) + 4 + len(record.block) + 4
        assert at == len(plain)
        metadata = read(group.members[-1])
        assert metadata.block.count(b"\n") == metadata.block.count(b"\r") == len(metadata.fields)
        assert len(set(metadata.fields)) == len(metadata.fields)


NAMES = {
    "WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Target-URI", "WARC-IP-Address", "WARC-Warcinfo-ID",
    "WARC-Protocol", "WARC-Cipher-Suite", "WARC-Concurrent-To", "WARC-Truncated", "WARC-Profile", "WARC-Refers-To",
    "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date", "WARC-Payload-Digest", "WARC-Block-Digest", "Content-Type",
    "Content-Length",
}  # fmt: skip


def test_a_gzip_payload_is_kept_as_received() -> None:
    group = build(exchange(ODD["gzip, chunked"][0]), warcinfo_id=INFO_ID)
    assert read(group.members[0]).payload == GZIPPED
