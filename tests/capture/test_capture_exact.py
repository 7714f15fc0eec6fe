"""What crossed the wire is what the archive holds: each byte of each exchange, over http and over TLS.

The server remembers what it got and wrote; the WARC file is read with zlib alone.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from crawling import Crawl, environment, make_certificate, start, tls_context
from odd_cases import CASES, FORBIDDEN, NOT_MODIFIED, PLAIN_CASES, TLS_CASES
from odd_server import OddServer, Served
from warc_members import Group, is_note, member_at, original

from archive import optout
from archive.message import parse_response
from archive.warc.reader import iter_records

UNRESOLVED = "http://paper.invalid/"
TLS_1_2 = ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Crawl]]:
    """Both crawls at once; each waits most of its time, for retries and for answers that never end."""
    folder = tmp_path_factory.mktemp("capture")
    certificate = make_certificate(folder)
    with ExitStack() as stack:
        unheard = stack.enter_context(socket.socket())  # bound, but nobody listens: connections are refused
        unheard.bind(("127.0.0.1", 0))
        plain = stack.enter_context(OddServer({**CASES, **PLAIN_CASES}))
        tls = stack.enter_context(OddServer({**CASES, **TLS_CASES}, tls_context(certificate)))
        old_context = tls_context(certificate, ssl.TLSVersion.TLSv1_2, TLS_1_2[:1])
        old = stack.enter_context(OddServer({}, old_context))
        # Its certificate is of another kind than all of its ciphers need.
        no_cipher = tls_context(certificate, ssl.TLSVersion.TLSv1_2, ["ECDHE-RSA-AES128-GCM-SHA256"])
        locked = stack.enter_context(OddServer({}, no_cipher))
        refused = f"http://127.0.0.1:{unheard.getsockname()[1]}/"
        crawls = {
            "http": start(plain, folder / "http", refused, UNRESOLVED),
            "tls": start(tls, folder / "tls", f"{old.url}/", f"{locked.url}/"),
        }
        crawls["http"].others |= {"refused": refused}
        crawls["tls"].others |= {"old": f"{old.url}/", "locked": f"{locked.url}/"}
        stack.callback(lambda: [crawl.process.kill() for crawl in crawls.values()])
        yield crawls


@pytest.fixture(scope="module", params=["http", "tls"])
def crawl(request: pytest.FixtureRequest, started: dict[str, Crawl]) -> Crawl:
    return started[request.param].wait()


def pairs(crawl: Crawl) -> list[tuple[Served, Group]]:
    """Each answer of which a byte was written, with the records of it: the nth of a URL with the nth of a URL."""
    served = defaultdict(list)
    for one in crawl.server.served:
        if one.written:
            served[crawl.server.url + one.path].append(one)
    recorded = defaultdict(list)
    for group in crawl.groups:
        recorded[group.url].append(group)
    recorded = {url: found for url, found in recorded.items() if url.startswith(crawl.server.url)}
    assert {url: len(found) for url, found in recorded.items()} == {url: len(all_) for url, all_ in served.items()}
    return [pair for url in served for pair in zip(served[url], recorded[url], strict=True)]


def attempts(served: list[Served]) -> list[list[Served]]:
    """The requests for one path, by attempt: one without an answer on a used connection is sent again at once."""
    found: list[list[Served]] = []
    again = False
    for one in served:
        found[-1].append(one) if again else found.append([one])
        again = not one.written and one.nth > 0 and (one.answer is None or one.answer.ending in ("reset", "close"))
    return found


def test_every_case_was_asked_for(crawl: Crawl) -> None:
    assert {one.path for one in crawl.server.served} == {*crawl.server.cases, optout.WELL_KNOWN}
    assert crawl.process.returncode == 20, crawl.errors  # pages were lost for several reasons


def body_of(answer: bytes) -> bytes:
    response = parse_response(answer)
    assert response is not None
    return response.body


def payload_of(answer: bytes) -> bytes:
    response = parse_response(answer)
    assert response is not None
    return response.payload


def test_complete_answers_are_the_bytes_that_the_server_wrote(crawl: Crawl) -> None:
    compared = revisits = 0
    for served, group in pairs(crawl):
        answer = served.answer
        assert answer is not None
        if answer.truncated is None and answer.recorded:
            assert group.response is not None, served.path
            assert bytes(served.written) == answer.interim + answer.whole + answer.excess
            compared += 1
            if group.response.type == "response":
                assert group.response.block == answer.whole, served.path
                assert group.response.get("WARC-Truncated") is None, served.path
                continue
            revisits += 1  # its head is here byte for byte, its payload in an earlier record
            assert group.response.block + body_of(answer.whole) == answer.whole
            assert group.response.get("WARC-Truncated") == "length"
            assert payload_of(original(group.response, crawl.members).block) == payload_of(answer.whole)
    assert compared > 50 and revisits


def test_requests_are_the_bytes_that_the_server_got(crawl: Crawl) -> None:
    for served, group in pairs(crawl):
        assert group.request.block == served.request, served.path


def test_cut_answers_are_kept_as_far_as_they_came_with_the_reason(crawl: Crawl) -> None:
    seen = set()
    for served, group in pairs(crawl):
        answer = served.answer
        assert answer is not None
        if answer.truncated is not None:
            assert group.response is not None, served.path
            assert bytes(served.written).startswith(group.response.block), served.path
            assert group.response.get("WARC-Truncated") == answer.truncated, served.path
            if answer.ending in ("close", "vanish"):
                assert group.response.block == answer.whole, served.path
            seen.add(answer.truncated)
    assert seen == {"length", "time", "disconnect", "unspecified"}


def test_what_is_no_response_record_is_in_the_metadata(crawl: Crawl) -> None:
    found = {}
    for served, group in pairs(crawl):
        assert served.answer is not None
        if not served.answer.recorded:
            assert group.response is None
            found[served.path] = group.metadata.facts
    assert set(found) == {"/head/cut-in-status-line", "/cut/garbage", "/status/304"}
    assert json.loads(found["/status/304"]["unrecordedHead"]).encode("latin-1") == NOT_MODIFIED
    for path in ("/head/cut-in-status-line", "/cut/garbage"):
        assert base64.b64decode(found[path]["unrecordedBytes"]) == CASES[path][0].whole


def test_metadata_tells_of_interim_heads_excess_bytes_and_the_connection(crawl: Crawl) -> None:
    for served, group in pairs(crawl):
        facts, answer = group.metadata.facts, served.answer
        assert answer is not None
        interim = "".join(json.loads(facts.get("interimResponses", "[]"))).encode("latin-1")
        assert interim == answer.interim
        assert int(facts.get("excessBytes", 0)) == len(answer.excess)
        assert facts["connectionReused"] == ("true" if served.nth else "false"), served.path
        assert "removedHeaders" not in facts
    assert any(group.metadata.facts["connectionReused"] == "true" for group in crawl.groups)


def test_nothing_is_asked_on_a_connection_that_brought_excess_bytes(crawl: Crawl) -> None:
    last = {one.connection: one for one in crawl.server.served}
    excessive = [one for one in crawl.server.served if one.answer and one.answer.excess]
    assert len(excessive) == 2
    assert all(last[one.connection] is one for one in excessive)


def test_a_stale_connection_makes_two_exchanges_of_which_one_is_recorded(crawl: Crawl) -> None:
    (dropped,) = [one for one in crawl.server.served if one.answer is None]
    at = crawl.server.served.index(dropped)
    resent = crawl.server.served[at + 1]
    assert (dropped.path, dropped.request, bytes(dropped.written)) == (resent.path, resent.request, b"")
    assert (dropped.nth > 0, resent.nth) == (True, 0)


def test_each_attempt_has_its_outcome(crawl: Crawl) -> None:
    served = defaultdict(list)
    for one in crawl.server.served:
        served[one.path].append(one)
    for path, all_of_path in served.items():
        expected = [attempt[-1].answer.outcome for attempt in attempts(all_of_path) if attempt[-1].answer]
        assert crawl.outcomes(crawl.server.url + path) == expected, path
    assert crawl.outcomes(f"{crawl.server.url}/status/503") == ["server-error"] * 3
    assert crawl.outcomes(f"{crawl.server.url}/cut/always") == ["truncated"] * 3
    assert crawl.outcomes(f"{crawl.server.url}/cut/reset")[0] == "unreachable"
    assert crawl.outcomes(f"{crawl.server.url}{FORBIDDEN}") == ["robots"]


def test_attempts_without_a_byte_have_no_capture(crawl: Crawl) -> None:
    query = (
        "SELECT url.url, outcome, capture_id FROM attempt JOIN url USING (url_id)"
        " WHERE outcome IN ('unreachable', 'unresolved', 'tls-failed', 'robots')"
    )
    rows = crawl.rows(query)
    assert {row["url"].removeprefix(crawl.server.url) for row in rows} >= {"/cut/reset", "/cut/closed", FORBIDDEN}
    assert all(row["capture_id"] is None for row in rows)


def test_hosts_that_cannot_be_reached_have_an_outcome_and_a_note(started: dict[str, Crawl], crawl: Crawl) -> None:
    expected = (
        {crawl.others["refused"]: "unreachable", UNRESOLVED: "unresolved"}
        if crawl is started["http"]
        else {crawl.others["locked"]: "tls-failed"}
    )
    for url, outcome in expected.items():
        assert crawl.outcomes(url) == [outcome]
        assert set(crawl.outcomes(f"{url}robots.txt")) == {outcome}
        assert not crawl.groups_of(url)
        assert not crawl.groups_of(f"{url}robots.txt")
        notes = [m for m in crawl.members if is_note(m) and m.get("WARC-Target-URI") == url]
        assert [note.facts["outcome"] for note in notes] == [outcome]


def test_redirects_and_retries_have_a_pair_each(crawl: Crawl) -> None:
    url = crawl.server.url
    for path, count in {"/hop/1": 1, "/hop/2": 1, "/hop/3?from=2": 1, "/status/503": 3, "/cut/always": 3}.items():
        found = crawl.groups_of(url + path)
        assert len(found) == count, path
        dates = [group.response.get("WARC-Date") for group in found if group.response]
        assert dates == sorted(dates, key=str)
        assert len(set(dates)) == count
    rows = crawl.rows("SELECT redirect_to FROM capture WHERE redirect_to IS NOT NULL ORDER BY capture_id")
    assert [row["redirect_to"] for row in rows] == [f"{url}/hop/2", f"{url}/hop/3?from=2"]


def test_robots_txt_is_captured_and_obeyed(crawl: Crawl) -> None:
    (group,) = crawl.groups_of(f"{crawl.server.url}/robots.txt")
    assert group.response is not None
    assert group.response.block == CASES["/robots.txt"][0].whole
    assert FORBIDDEN not in {one.path for one in crawl.server.served}


def test_stored_offsets_lead_to_the_records(crawl: Crawl) -> None:
    data = crawl.warc.read_bytes()
    rows = crawl.rows("SELECT * FROM capture")
    for row in rows:
        response = member_at(data, row["offset"])
        assert response.get("WARC-Record-ID") == row["record_id"]
        assert response.length == row["length"]
        if response.type == "revisit":
            assert (response.get("WARC-Truncated"), row["truncated"]) == ("length", None)  # the answer came whole
        else:
            assert response.get("WARC-Truncated") == row["truncated"]
        assert response.get("WARC-Date") == row["captured_at"]
        for kind in ("request", "metadata"):
            other = member_at(data, row[f"{kind}_offset"])
            assert (other.type, other.length) == (kind, row[f"{kind}_length"])
            assert other.get("WARC-Concurrent-To") == row["record_id"]
    assert len(rows) == sum(group.response is not None for group in crawl.groups)


def test_our_reader_reads_the_same_bytes(crawl: Crawl) -> None:
    read = [
        (record.offset, record.length, record.record_type, record.block) for record in iter_records(crawl.warc)
    ]
    assert read == [(m.offset, m.length, m.type, m.block) for m in crawl.members]


def test_addresses_and_protocols_are_those_of_the_connection(started: dict[str, Crawl], crawl: Crawl) -> None:
    assert crawl.server.protocols <= {None}  # ALPN: HTTP/2 was never asked for
    secure = crawl is started["tls"]
    for group in crawl.groups:
        for member in (group.response or group.request, group.request):
            assert member.get("WARC-IP-Address") == "127.0.0.1"
            version, cipher = protocol_of(group.url, crawl) if secure else (None, None)
            assert member.all("WARC-Protocol") == ["http/1.1", *([version] if version else [])]
            assert member.get("WARC-Cipher-Suite") == cipher


def protocol_of(url: str, crawl: Crawl) -> tuple[str, str]:
    """What WARC-Protocol and WARC-Cipher-Suite should say of a URL of the TLS crawl."""
    if url.startswith(crawl.others["old"]):
        return "tls/1.2", TLS_1_2[1]
    ((version, cipher),) = crawl.server.ciphers
    assert version == "TLSv1.3"
    return "tls/1.3", cipher


def test_the_tls_1_2_server_was_crawled(started: dict[str, Crawl]) -> None:
    crawl = started["tls"].wait()
    assert crawl.outcomes(crawl.others["old"]) == ["archived"]


def test_no_request_asks_for_zstd_or_holds_a_secret(crawl: Crawl) -> None:
    for one in crawl.server.served:
        request = one.request.lower()
        (codings,) = re.findall(rb"\r\naccept-encoding: ([^\r]*)\r\n", request)
        assert {*codings.split(b", ")} == {b"gzip"}  # what every replay tool can read
        assert b"\r\ncookie:" not in request
        assert b"authorization" not in request


# warcio expects another library under the name of brotli, and fails on every body in it with the real one.
WARCIO = """
import sys, brotli, warcio.bufferedreaders
from warcio.cli import main

class Brotli:
    unused_data = b""
    def __init__(self):
        self.decoder = brotli.Decompressor()
    def decompress(self, data):
        return self.decoder.process(data)

warcio.bufferedreaders.BufferedReader.DECOMPRESSORS["br"] = Brotli
main(sys.argv[1:])
"""


@pytest.mark.parametrize("tool", ["warcio", "fastwarc", "gzip", "broadsheet"])
def test_tools_find_nothing_wrong(crawl: Crawl, tool: str) -> None:
    programs = Path(sys.executable).parent
    gzip = shutil.which("gzip")
    assert gzip, "gzip is part of every system that this runs on"
    command = {
        "warcio": [sys.executable, "-c", WARCIO, "check", str(crawl.warc)],
        "fastwarc": [str(programs / "fastwarc"), "check", str(crawl.warc)],
        "gzip": [gzip, "-t", str(crawl.warc)],
        "broadsheet": [str(programs / "broadsheet"), "verify", "--archive", str(crawl.folder)],
    }[tool]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
