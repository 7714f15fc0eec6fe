"""From a version to its citation, and from the citation back to the bytes."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.digests import sha1_base32
from archive.errors import BadInput, DamageFound, NotFound
from archive.pwid import make_pwid
from archive.store import StoredCapture
from archive.warc.groups import parse_date
from tests.citing.commands import ALL_HOLD, captures, change, checks, cite, run, the_file, verify
from tests.core.samples import SITE, answer, article_page, take_in

FORMS = ("text", "bibtex", "csl-json")


def tamper(folder: Path, row: StoredCapture, edit: Callable[[bytes], bytes]) -> None:
    """Write a record anew with other bytes in it, as whole as before; what comes after it moves in the database too."""
    path = the_file(folder)
    data = path.read_bytes()
    end = row.offset + row.length
    member = gzip.compress(edit(gzip.decompress(data[row.offset : end])), mtime=0)
    path.write_bytes(data[: row.offset] + member + data[end:])
    change(folder, "UPDATE capture SET length = ? WHERE capture_id = ?", len(member), row.capture_id)


@pytest.mark.parametrize("form", FORMS)
def test_a_citation_leads_back(form: str, folder: Path, tmp_path: Path) -> None:
    text = cite(folder, "1", "--format", form)
    lines = verify(folder, text)
    assert checks(lines) == ALL_HOLD
    (row,) = captures(folder)
    assert str(the_file(folder)) in lines[0] and f"at {row.offset}, " in lines[0] and row.url in lines[0]
    assert "in the citation, the database and the header of the record" in lines[2]
    path = tmp_path / "refs"
    path.write_text(text, encoding="utf-8")
    assert verify(folder, str(path)) == lines
    assert run("verify", "--archive", folder, "--citation", "-", stdin=text).stdout.splitlines() == lines
    assert "the citation holds: 5 checks" in run("verify", "--archive", folder, "--citation", text).stderr


@pytest.mark.parametrize("form", FORMS)
def test_without_the_database(form: str, folder: Path, tmp_path: Path) -> None:
    """The WARC file alone, elsewhere and under another name; also not compressed."""
    text = cite(folder, SITE + "story/1", "--format", form)
    moved, plain = tmp_path / "elsewhere.warc.gz", tmp_path / "plain.warc"
    shutil.copy(the_file(folder), moved)
    plain.write_bytes(gzip.decompress(moved.read_bytes()))
    shutil.rmtree(folder)
    for path in (moved, plain):
        lines = verify(folder, text, files=(path,))
        assert checks(lines) == ALL_HOLD
        assert str(path) in lines[0]
        assert "the database" not in "".join(lines)


def test_a_bibliography(folder: Path, tmp_path: Path) -> None:
    for form in FORMS:
        text = cite(folder, "1", "2", "3", "--format", form)
        lines = verify(folder, text)
        assert [line for line in lines if line.startswith("<urn:uuid:")] == [
            captures(folder, SITE + f"story/{n}")[0].record_id for n in range(3)
        ]
        assert sum(line.startswith("holds") for line in lines) == 15
        assert len(verify(folder, text, files=(the_file(folder),))) == 18


def test_less_than_a_citation(folder: Path) -> None:
    (row,) = captures(folder)
    pwid = make_pwid("elsewhere.example", parse_date(row.captured_at), row.url)
    for given in (pwid, f"See ({pwid}).", f"{pwid}."):
        assert checks(verify(folder, given))[:2] == ["holds    record", "holds    PWID"]
        assert row.record_id in verify(folder, given, files=(the_file(folder),))[0]
    bare = row.record_id.strip("<>")
    lines = verify(folder, f"{bare} {row.payload_digest}")
    assert lines[-1] == f"holds    digest: {row.payload_digest} in the citation is that of the payload"
    lines = verify(folder, f"{row.record_id}\nsha256:{row.payload_sha256}, {row.block_digest}")
    assert [line.rpartition(" ")[2] for line in lines[-2:]] == ["payload", "block"]
    lines = verify(folder, f"{row.record_id} {row.block_digest[:-1]}2", error=DamageFound)
    assert lines[-1].startswith("DIFFERS  digest: ")
    assert checks(verify(folder, row.record_id))[0] == "holds    record"


def test_other_bytes_are_seen_though_the_record_is_whole(folder: Path) -> None:
    text = cite(folder, "1")
    (row,) = captures(folder)
    tamper(folder, row, lambda record: record.replace(b"after two hours of debate", b"after six hours of debate"))
    lines = verify(folder, text, error=DamageFound)
    found = dict(zip(checks(lines), lines, strict=False))
    assert checks(lines)[:3] == ["holds    record", "holds    PWID", "DIFFERS  block digest"]
    assert checks(lines).count("DIFFERS  payload digest") == 2
    assert (
        row.block_digest in found["DIFFERS  block digest"]
        and ", which have sha1:" in found["DIFFERS  block digest"]
    )
    lines = verify(folder, text, files=(the_file(folder),), error=DamageFound)
    assert checks(lines).count("DIFFERS  payload digest") == 2


def test_what_is_said_wrongly(folder: Path) -> None:
    """A digest, a time or an address of the citation that is not that of the record, one at a time."""
    text = cite(folder, "1")
    (row,) = captures(folder)
    for old, new, differs in (
        (f"Block digest {row.block_digest}", f"Block digest sha1:{'A' * 32}", "DIFFERS  block digest"),
        (f"Payload digest {row.payload_digest}", f"Payload digest sha1:{'A' * 32}", "DIFFERS  payload digest"),
        (f"sha256:{row.payload_sha256}", f"sha256:{'0' * 64}", "DIFFERS  payload digest"),
        (":part:https://news.example/story/0", ":part:https://news.example/story/1", "DIFFERS  PWID"),
        ("T08:00:01Z:part", "T08:00:02Z:part", "DIFFERS  PWID"),
        ("T08:00:01Z:part", "T08:00:71Z:part", "DIFFERS  PWID"),
    ):
        assert old in text, old
        lines = verify(folder, text.replace(old, new), error=DamageFound)
        assert [check for check in checks(lines) if not check.startswith("holds")] == [differs]


def test_a_row_that_says_otherwise_than_the_record(folder: Path) -> None:
    text = cite(folder, "1")
    (row,) = captures(folder)
    change(
        folder, "UPDATE capture SET payload_digest = ? WHERE capture_id = ?", "sha1:" + "B" * 32, row.capture_id
    )
    lines = verify(folder, text, error=DamageFound)
    assert [line for line in lines if line.startswith("DIFFERS")] == [
        f"DIFFERS  payload digest: sha1:{'B' * 32} in the database: {row.payload_bytes} bytes, "
        f"which have {row.payload_digest}"
    ]
    other = captures(folder, SITE + "story/1")[0]
    change(folder, 'UPDATE capture SET "offset" = -1 WHERE capture_id = ?', other.capture_id)
    change(
        folder, 'UPDATE capture SET "offset" = ?, length = ? WHERE capture_id = ?', other.offset, other.length,
        row.capture_id,
    )  # fmt: skip
    lines = verify(folder, text, error=DamageFound)
    assert lines[0].startswith(f"DIFFERS  record: {other.record_id} in ") and row.record_id in lines[0]


def test_bytes_that_cannot_be_read(folder: Path) -> None:
    text = cite(folder, "1")
    (row,) = captures(folder)
    path = the_file(folder)
    data = path.read_bytes()
    path.write_bytes(data[: row.offset + 200] + b"\0\0\0\0" + data[row.offset + 204 :])
    (line,) = verify(folder, text, error=DamageFound)
    assert line.startswith(f"DIFFERS  record: {path} at {row.offset}: the gzip member is damaged")
    done = run("verify", path, "--citation", text, error=NotFound)
    assert "there is no record" in str(done.exception) and "1 places could not be read" in str(done.exception)
    path.unlink()
    (line,) = verify(folder, text, error=DamageFound)
    assert line == f"DIFFERS  record: {path} at {row.offset}: the file is missing"


def test_the_record_moved_to_another_file(folder: Path) -> None:
    text = cite(folder, "1")
    path = the_file(folder)
    path.rename(folder / "warc" / "REPACKED-1.warc.gz")
    change(folder, "UPDATE warc_file SET filename = 'REPACKED-1.warc.gz'")
    assert checks(verify(folder, text)) == ALL_HOLD
    outside = folder.parent / "outside.warc.gz"
    the_file(folder).rename(outside)
    change(folder, "UPDATE warc_file SET path = ?", str(outside))  # imported by reference
    lines = verify(folder, text)
    assert checks(lines) == ALL_HOLD and str(outside) in lines[0]


def test_a_file_that_is_being_written(folder: Path) -> None:
    text = cite(folder, "1")
    path = the_file(folder)
    path.rename(path.with_name(path.name + ".open"))
    assert checks(verify(folder, text)) == ALL_HOLD


def test_no_such_record(folder: Path, broadsheet: Any) -> None:
    nowhere = "<urn:uuid:00000000-0000-4000-8000-000000000000>"
    done = broadsheet("verify", "--archive", folder, "--citation", nowhere, code=8)
    assert done.stdout == "" and f"the archive holds no record {nowhere}" in done.stderr
    done = broadsheet("verify", the_file(folder), "--citation", nowhere, code=8)
    assert f"there is no record {nowhere} in 1 file" in done.stderr
    lines = run("verify", "--archive", folder, "--citation", f"{nowhere}\n{cite(folder, 1)}", error=NotFound)
    assert f"DIFFERS  record: the archive holds no record {nowhere}" in lines.stdout
    assert str(lines.exception) == "1 of 2 records that are cited are not there"
    change(
        folder, "INSERT INTO takedown (url, taken_down_at, reason, records) VALUES (?, ?, ?, ?)", SITE + "x",
        "2026-05-01T00:00:00Z", "a court said so", json.dumps([{"record_id": nowhere}]),
    )  # fmt: skip
    done = broadsheet("verify", "--archive", folder, "--citation", nowhere, code=8)
    assert "was taken down at 2026-05-01T00:00:00Z: a court said so" in done.stderr
    (row,) = captures(folder)
    pwid = make_pwid("x", parse_date("2026-04-01T00:00:00Z"), row.url)
    done = broadsheet("verify", "--archive", folder, "--citation", pwid, code=8)
    assert f"of this address it has captures of {row.captured_at}" in done.stderr


def test_damage_has_its_exit_code(folder: Path, broadsheet: Any) -> None:
    (row,) = captures(folder)
    done = broadsheet("verify", "--archive", folder, "--citation", f"{row.record_id} sha1:{'A' * 32}", code=7)
    assert done.stderr.startswith("broadsheet: 1 of 5 checks do not hold") and len(done.stderr.splitlines()) == 1
    done = broadsheet("verify", "--archive", folder, "--citation", row.record_id, "--json")
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert {p["cited"] for p in printed} == {row.record_id}
    assert [(p["check"], p["holds"]) for p in printed][:2] == [("record", True), ("block digest", True)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("refs.bib", "'refs.bib', which is no file, cites no record"),
        ("", "'', which is no file, cites no record"),
        ("x" * 5000, "this text cites no record"),
        ("a\0b", "cites no record"),
        ('{"title": "x"}', "cites no record"),
        ("[" * 100_000, "cites no record"),
    ],
)
def test_what_cites_nothing(given: str, said: str, folder: Path) -> None:
    assert said in str(run("verify", "--archive", folder, "--citation", given, error=BadInput).exception)


def test_a_warc_file_is_no_citation(folder: Path) -> None:
    done = run("verify", "--citation", the_file(folder), error=BadInput)
    assert "is no citation and no bibliography" in str(done.exception)


def test_what_a_file_says_does_not_reach_the_terminal_raw(tmp_path: Path) -> None:
    path = tmp_path / "evil.warc"
    path.write_bytes(
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-03-02T08:00:00Z\r\n"
        b"WARC-Target-URI: http://x.example/\x1b]0;owned\x07\r\nContent-Length: 5\r\n"
        b"WARC-Block-Digest: blake3:AAAA\r\n\r\nhello\r\n\r\n"
    )
    lines = run("verify", path, "--citation", "<urn:uuid:1>").stdout
    assert "http://x.example/" in lines and "\x1b" not in lines
    assert (
        "unknown  block digest: blake3:AAAA in the header of the record: 5 bytes, of an unknown algorithm" in lines
    )


def test_a_payload_digest_as_other_tools_count_it(tmp_path: Path) -> None:
    """wget and warcprox hash a chunked body with its framing."""
    body = b"5\r\nhello\r\n0\r\n\r\n"
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    path = tmp_path / "wget.warc"

    def lines_with(digest: str) -> list[str]:
        head = (
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-03-02T08:00:00Z\r\n"
            "WARC-Target-URI: <http://x.example/>\r\nContent-Type: application/http;msgtype=response\r\n"
            f"Content-Length: {len(block)}\r\nWARC-Payload-Digest: {digest}\r\n\r\n"
        )
        path.write_bytes(head.encode() + block + b"\r\n\r\n")
        return run("verify", path, "--citation", "<urn:uuid:1>").stdout.splitlines()

    assert lines_with(sha1_base32(b"hello"))[-1].endswith("in the header of the record: 5 bytes")
    assert lines_with(sha1_base32(body))[-1].endswith("counted with their transfer coding as some tools do")
    with pytest.raises(AssertionError, match="1 of 2 checks do not hold"):
        lines_with(sha1_base32(b"other"))
    pwid = "urn:pwid:x:2026-03-02T08:00:00Z:page:http://x.example/"
    lines_with(sha1_base32(body))
    assert checks(run("verify", path, "--citation", pwid).stdout.splitlines())[1] == "holds    PWID"


# -- revisits


def test_a_revisit_leads_to_its_original(folder: Path, tmp_path: Path) -> None:
    """A 304: the block is its own, the payload that of the record it confirms."""
    page = answer(article_page(9), 'ETag: "1"')
    take_in(folder, {"again": page})
    take_in(folder, {"again": b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'})
    original, revisit = sorted(captures(folder, SITE + "again"), key=lambda row: row.record_type)
    assert (original.record_type, revisit.record_type) == ("response", "revisit")
    text = f"{revisit.record_id}\nBlock digest {revisit.block_digest}\nPayload digest {original.payload_digest}"
    files = tuple((folder / "warc").glob("*.warc.gz"))
    for lines in (verify(folder, text), verify(folder, text, files=files)):
        assert checks(lines) == [
            "holds    record", "holds    block digest", "holds    original", "holds    block digest",
            "holds    payload digest",
        ]  # fmt: skip
        assert revisit.record_id in lines[0] and "a revisit of" in lines[0]
        assert original.record_id in lines[2] and original.url in lines[2]
        assert f"{original.payload_bytes} bytes" in lines[4]
    assert "digest: " in verify(folder, f"{revisit.record_id} {original.payload_digest}")[-1]
    own = next(path for path in files if path.name == revisit.warc_file)
    lines = verify(folder, text, files=(own,), error=DamageFound)
    assert checks(lines)[-1] == "DIFFERS  original" and original.record_id in lines[-1]
    change(folder, "UPDATE capture SET offset = 3 WHERE capture_id = ?", original.capture_id)
    assert checks(verify(folder, text, error=DamageFound))[-1] == "DIFFERS  original"


def test_an_article_that_came_as_a_revisit_is_cited(folder: Path) -> None:
    """The same bytes under another address: its own record holds the head alone."""
    take_in(folder, {"copy": answer(article_page(1))})
    (row,) = captures(folder, SITE + "copy")
    assert row.record_type == "revisit"
    text = cite(folder, SITE + "copy")
    assert row.record_id in text
    lines = verify(folder, text)
    assert [check.split(None, 1)[1] for check in checks(lines)] == [
        "record", "PWID", "block digest", "original", "block digest", "payload digest",
    ]  # fmt: skip
    assert captures(folder, SITE + "story/1")[0].record_id in lines[3]


def test_two_captures_of_one_address_in_one_second(folder: Path) -> None:
    """A PWID cannot tell them apart; the digests of the citation can."""
    take_in(folder, {"twice": answer(article_page(1))})
    take_in(folder, {"twice": answer(article_page(2))})
    rows = captures(folder, SITE + "twice")
    assert len({row.captured_at for row in rows}) == 1
    pwid = make_pwid("x", parse_date(rows[0].captured_at), rows[0].url)
    files = tuple((folder / "warc").glob("*.warc.gz"))
    for where in ((), files):
        with pytest.raises(AssertionError, match="fits several records"):
            verify(folder, pwid, files=where)
        for row in rows:
            lines = verify(folder, f"{pwid}\nPayload digest {row.payload_digest}", files=where)
            assert row.record_id in lines[0]


def test_a_front_page_can_be_verified_though_it_is_no_article(folder: Path) -> None:
    """Every capture has a record id, so every capture can be checked."""
    with store.open_archive(folder) as archive:
        ids = [row.record_id for row in store.captures(archive.db)]
    assert len(ids) == 6
    lines = verify(folder, " ".join(ids))
    assert not [line for line in lines if line.startswith("DIFFERS")]
