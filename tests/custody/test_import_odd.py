"""Files that are damaged, sloppy, hostile or no WARC at all: what can be read is in, the rest is named."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from archive import store
from tests.conftest import run_broadsheet
from tests.core.samples import answer, article_page
from tests.custody import writers
from tests.custody.test_import import ids, imported, rows
from tests.custody.writers import HOST, record, record_id, response, zipped

DATE = "2020-01-02T03:04:05Z"
FIELDS = "application/warc-fields"


@pytest.fixture
def news(tmp_path: Path) -> Path:
    store.create(tmp_path / "news")
    return tmp_path / "news"


def some(*numbers: int, date: str = DATE) -> list[bytes]:
    """Response records of the paper."""
    return [response(url, date, http) for url, http in writers.articles(*numbers).items()]


def id_of(number: int, date: str = DATE) -> str:
    return record_id(f"response {HOST}/story/{number} {date}")


def by_file(reports: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {report["file"]: report for report in reports}


def test_damage_costs_what_is_damaged(news: Path, tmp_path: Path) -> None:
    """Each file has four captures of its own; the line names file, byte and what is wrong."""
    flipped = zipped(some(1, 2, 3, 4))
    second = len(zipped(some(1)))
    middle = second + len(zipped(some(2))) // 2
    plain = b"".join(some(5, 6, 7, 8))
    ten = zipped(some(9, 10, 11, 12))
    cases: dict[str, tuple[bytes, int, int, str]] = {  # bytes, captures, byte and words of the trouble
        "flipped.warc.gz": (flipped[:middle] + b"\xff\x00\xff" + flipped[middle + 3 :], 3, second, "damaged"),
        "torn.warc": (plain[:-150], 3, len(b"".join(some(5, 6, 7))), "cut off by the end of the file"),
        "torn.warc.gz": (ten[:-150], 3, len(zipped(some(9, 10, 11))), "cut off by the end of the file"),
        "junk.warc.gz": (
            zipped(some(13, 14)) + b"junk" * 30 + zipped(some(15)) + bytes(64) + zipped(some(16)),
            4, len(zipped(some(13, 14))), "no record begins here",
        ),
        "sectors.warc": (
            b"".join(some(17, 18)) + bytes(4096) + b"".join(some(19, 20)),
            4, len(b"".join(some(17, 18))), "no record begins",
        ),
    }  # fmt: skip
    for name, (data, *_) in cases.items():
        (tmp_path / name).write_bytes(data)
    done = run_broadsheet("import", "--archive", news, *(tmp_path / name for name in cases), code=7)
    for name, (_, captures, offset, what) in cases.items():
        assert f"{name}: {captures} captures" in done.stdout
        assert any(
            line.startswith(f"{name}: at byte {offset}: ") and what in line for line in done.stderr.splitlines()
        ), (name, offset, done.stderr)
    assert "6 places could not be read" in done.stderr.splitlines()[-1]
    lost = {id_of(2), id_of(8), id_of(12)}
    assert ids(news) == {id_of(n) for n in range(1, 21)} - lost
    run_broadsheet("verify", "--archive", news)
    data = bytearray((news / "warc" / "IMPORTED-junk.warc.gz").read_bytes())
    data[second // 2] ^= 0xFF
    (news / "warc" / "IMPORTED-junk.warc.gz").write_bytes(data)
    found = run_broadsheet("verify", "--archive", news, code=7).stdout
    assert "sha256" in found and "no record begins here" in found, "changed since: now everything counts"


def test_what_is_no_warc_file(news: Path, tmp_path: Path) -> None:
    noise = random.Random(4).randbytes(3000)
    with zipfile.ZipFile(tmp_path / "book.wacz", "w") as book:
        book.writestr("text.txt", "no web archive")
    whole = writers.wacz(tmp_path / "cut.wacz", []).read_bytes()
    contents = {
        "empty.warc.gz": b"", "noise.warc": noise, "noise.warc.gz": b"\x1f\x8b\x08" + noise,
        "page.warc": b"<html>" * 50,
        "text.warc.gz": gzip.compress(b"no record" * 90), "cut.wacz": whole[: len(whole) // 2],
    }  # fmt: skip
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in (*contents, "book.wacz")]
    good = tmp_path / "good.warc.gz"
    good.write_bytes(zipped(some(1)))
    reports = by_file(imported(news, *paths, good, code=7))
    assert reports.pop("good.warc.gz")["captures"] == 1
    assert {report["state"] for report in reports.values()} == {"unreadable"} and len(reports) == len(paths)
    whys = {name: report["troubles"][0]["what"] for name, report in reports.items()}
    assert whys["empty.warc.gz"] == "the file is empty"
    assert whys["book.wacz"] == "the ZIP file holds no WARC file"
    assert "cannot be read" in whys["cut.wacz"]
    assert [p.name for p in (news / "warc").glob("IMPORTED*")] == ["IMPORTED-good.warc.gz"]


def test_records_that_are_not_framed_one_by_one(news: Path, tmp_path: Path) -> None:
    """Packed in blocks as bgzip does, packed as a whole, several of such files in one: written anew."""
    blocks = b"".join(some(1, 2, 3))
    files = {
        "blocks.warc.gz": b"".join(gzip.compress(blocks[n : n + 500]) for n in range(0, len(blocks), 500))
        + gzip.compress(b""),
        "mixed.warc.gz": zipped(some(4))
        + gzip.compress(b"".join(some(5, 6)))
        + gzip.compress(b"".join(some(7, 8))),
        "torn.warc.gz": gzip.compress(b"".join(some(9, 10, 11)))[:-20],
        "liar.warc.gz": zipped(
            [*some(12), some(13)[0].replace(b"Content-Length: ", b"Content-Length: 1"), *some(14)]
        ),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    reports = by_file(imported(news, "--reference", *(tmp_path / name for name in files), code=7))
    assert {name: report["captures"] for name, report in reports.items()} == {
        "blocks.warc.gz": 3, "mixed.warc.gz": 5, "torn.warc.gz": 2, "liar.warc.gz": 2,
    }  # fmt: skip
    assert reports["blocks.warc.gz"]["troubles"] == reports["mixed.warc.gz"]["troubles"] == []
    assert "was copied" in reports["mixed.warc.gz"]["note"] and reports["liar.warc.gz"]["note"] is None
    assert "Content-Length says" in reports["liar.warc.gz"]["troubles"][0]["what"]
    assert ids(news) == {id_of(n) for n in range(1, 15)} - {id_of(11), id_of(13)}
    run_broadsheet("verify", "--archive", news)
    again = imported(news, *(tmp_path / name for name in files), code=7)
    assert {report["state"] for report in again} == {"known"}


def test_sloppy_files(news: Path, tmp_path: Path) -> None:
    """Line ends, empty lines, brackets, spelling and missing types that readers in the field put up with."""
    one, two, three, four = (r.removesuffix(b"\r\n\r\n") for r in some(1, 2, 3, 4))
    (tmp_path / "ends.warc").write_bytes(one + b"\n\n" + two + b"\r\n" + three + b"\r\n\r\n\r\n\r\n" + four)
    head = b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n"
    odd = [
        response(f"<{HOST}/brackets>", DATE, head + article_page(5)),
        response("HTTPS://PAPER.example:443/Upper", DATE, answer(article_page(6))),
        response(f"{HOST}/p?utm_source=x&a=%7Eb", DATE, answer(article_page(7))),
        response(f"{HOST}/no-type", DATE, answer(article_page(8))).replace(
            b"Content-Type: application/http; msgtype=response\r\n", b""
        ),
        response(f"{HOST}/lower", DATE, answer(article_page(9))).replace(b"WARC-Type", b"warc-type"),
        response(f"{HOST}/zone", "2020-01-02T03:04:05+05:30", answer(article_page(10))),
        response(
            f"{HOST}/decoded",
            DATE,
            answer(article_page(11), "Content-Encoding: gzip", "Transfer-Encoding: chunked"),
        ),
        response(f"{HOST}/h2", DATE, answer(article_page(12)).replace(b"HTTP/1.1 200 X", b"HTTP/2 200")),
    ]
    (tmp_path / "odd.warc.gz").write_bytes(zipped(odd))
    reports = by_file(imported(news, tmp_path / "ends.warc", tmp_path / "odd.warc.gz"))
    assert [report["captures"] for report in reports.values()] == [4, 8]
    held = dict(rows(news, "SELECT url, headline FROM articles"))
    assert len(held) == 12 and all("is to be mended" in headline for headline in held.values())
    assert {f"{HOST}/brackets", "https://paper.example/Upper", f"{HOST}/p?utm_source=x&a=%7Eb"} <= held.keys()
    zone = rows(news, "SELECT captured_at FROM capture JOIN url USING (url_id) WHERE url LIKE '%/zone'")
    assert zone == [("2020-01-01T21:34:05.000000Z",)]
    run_broadsheet("verify", "--archive", news)


def test_records_that_cannot_be_captures(news: Path, tmp_path: Path) -> None:
    """Named one by one, or counted by what they are."""
    page = answer(article_page(1))
    named = {
        "without WARC-Record-ID": response(f"{HOST}/1", DATE, page).replace(b"WARC-Record-ID", b"X-Record"),
        "WARC-Date is no time": response(f"{HOST}/2", "20200102030405", page),
        "WARC-Target-URI is no address": response("http:///nowhere", DATE, page),
        "no HTTP answer": response(f"{HOST}/4", DATE, b"<html>a page without a head</html>"),
        "no original in the archive": response(
            f"{HOST}/5", DATE, b"", kind="revisit", WARC_Profile="x/identical-payload-digest"
        ),
    }
    counted = {
        "response of dns": response("dns:paper.example", DATE, b"1.2.3.4"),
        "response of nothing": response("", DATE, page, name="nothing"),
        "resource of https": writers.other("resource", f"{HOST}/a.html", DATE, b"<p>text", "text/html"),
        "conversion of https": writers.other("conversion", f"{HOST}/a.txt", DATE, b"text", "text/plain"),
        "continuation": writers.other("continuation", f"{HOST}/big", DATE, b"more", "application/octet-stream"),
        "request without response": writers.request(f"{HOST}/r", DATE, name="lonely"),
        "metadata": writers.other("metadata", "metadata://broadsheet/journal/x", DATE, b"event: x\r\n", FIELDS),
        "invented": writers.other("invented", f"{HOST}/i", DATE, b"?", "text/plain"),
    }  # fmt: skip
    path = tmp_path / "odd.warc.gz"
    path.write_bytes(zipped([*named.values(), *counted.values(), *some(9)]))
    (report,) = imported(news, path, code=7)
    assert ids(news) == {id_of(9)}
    assert report["left_out"] == dict.fromkeys(counted, 1)
    assert report["unreadable"] == len(named) == len(report["troubles"])
    for what in named:
        assert sum(what in trouble["what"] for trouble in report["troubles"]) == 1, what
    assert report["records"] == 1 + len(named) + len(counted)


def test_one_record_id_twice(news: Path, tmp_path: Path) -> None:
    """The same record is known; another one with its id is named, and not entered."""
    (tmp_path / "one.warc.gz").write_bytes(zipped([*some(1), *some(1), *some(2)]))
    (tmp_path / "two.warc.gz").write_bytes(
        zipped(
            [
                *some(2),
                response(f"{HOST}/x", DATE, answer(b"<p>other"), name=f"response {HOST}/story/1 {DATE}"),
                *some(3),
            ]
        )
    )
    (tmp_path / "three.warc").write_bytes(some(3)[0].replace(b"bridge", b"tunnel"))
    one, two, three = imported(news, *(tmp_path / f for f in ("one.warc.gz", "two.warc.gz", "three.warc")), code=7)
    assert (one["captures"], one["known"], one["troubles"]) == (2, 1, [])
    assert (two["captures"], two["known"], len(two["troubles"])) == (1, 1, 1)
    assert three["state"] == "known" and "another record with this record id" in three["troubles"][0]["what"]
    assert len(ids(news)) == 3
    run_broadsheet("verify", "--archive", news)


@pytest.mark.parametrize("files", [1, 2])
def test_one_record_id_and_the_same_bytes_at_another_address(files: int, news: Path, tmp_path: Path) -> None:
    http = answer(article_page(1))
    first = response(f"{HOST}/a", DATE, http, name="one")
    other = response(f"{HOST}/b", DATE, http, name="one")
    if files == 1:
        (tmp_path / "one.warc.gz").write_bytes(zipped([first, other]))
        (report,) = imported(news, tmp_path / "one.warc.gz", code=7)
    else:
        (tmp_path / "one.warc.gz").write_bytes(zipped([first]))
        (tmp_path / "two.warc.gz").write_bytes(zipped([other]))
        _, report = imported(news, tmp_path / "one.warc.gz", tmp_path / "two.warc.gz", code=7)
    assert (report["known"], report["unreadable"]) == (0, 1)
    assert [(t["url"], t["what"]) for t in report["troubles"]] == [
        (f"{HOST}/b", "the archive holds another record with this record id")
    ]
    assert report["records"] == report["captures"] + report["unreadable"]


def test_a_digest_that_is_wrong_is_named_and_the_record_is_in(news: Path, tmp_path: Path) -> None:
    http = answer(article_page(1))
    digests = [writers.sha1(http), writers.sha256(http), writers.sha1(http).lower(), "md5:0123", "blake9:ABC"]
    records = [response(f"{HOST}/{n}", DATE, http, WARC_Block_Digest=d) for n, d in enumerate(digests)]
    (tmp_path / "d.warc.gz").write_bytes(zipped(records))
    (report,) = imported(news, tmp_path / "d.warc.gz", code=7)
    assert report["captures"] == len(digests)
    assert [t["url"] for t in report["troubles"]] == [f"{HOST}/3"]
    assert rows(news, "SELECT DISTINCT block_digest FROM capture") == [(writers.sha1(http),)]
    run_broadsheet("verify", "--archive", news)


def test_hostile_wacz_files(news: Path, tmp_path: Path) -> None:
    """Paths that lead outside, bombs, wrong sums, wrong digests, encryption, one within another."""
    good = tmp_path / "good.warc.gz"
    good.write_bytes(zipped(some(1)))
    outside = {
        "archive/../../../../evil.warc.gz": 2,
        "/etc/evil.warc.gz": 3,
        "archive\\..\\..\\evil.warc.gz": 4,
        "C:evil.warc.gz": 5,
    }
    writers.wacz(tmp_path / "outside.wacz", [], more={name: zipped(some(n)) for name, n in outside.items()})
    with zipfile.ZipFile(tmp_path / "bomb.wacz", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("archive/a.warc", bytes(80 << 20))
    with zipfile.ZipFile(tmp_path / "small-bomb.wacz", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("archive/a.warc", b"WARC/1.0\r\n" * (6 << 20))
    writers.wacz(
        tmp_path / "nested.wacz", [], more={"crawl.wacz": writers.wacz(tmp_path / "in.wacz", [good]).read_bytes()}
    )
    sums = writers.wacz(tmp_path / "sums.wacz", [good]).read_bytes()
    crc = zipfile.ZipFile(tmp_path / "sums.wacz").infolist()[0].CRC.to_bytes(4, "little")
    (tmp_path / "sums.wacz").write_bytes(sums.replace(crc, b"abcd"))
    with zipfile.ZipFile(tmp_path / "manifest.wacz", "w") as package:
        package.writestr("archive/good.warc.gz", good.read_bytes())
        stated = {"path": "archive/good.warc.gz", "hash": writers.sha256(b"other bytes")}
        package.writestr("datapackage.json", json.dumps({"resources": [stated]}))
    names = ("outside.wacz", "bomb.wacz", "small-bomb.wacz", "nested.wacz", "manifest.wacz", "sums.wacz")
    before = {path for path in tmp_path.rglob("*") if "news" not in path.parts}
    reports = by_file(imported(news, *(tmp_path / name for name in names), code=7))
    for name in outside:
        assert reports[f"outside.wacz/{name}"]["captures"] == 1, name
    assert "would unpack to" in reports["bomb.wacz"]["troubles"][0]["what"]
    assert reports["small-bomb.wacz/archive/a.warc"]["captures"] == 0
    assert "unpack the outer one" in reports["nested.wacz/crawl.wacz"]["troubles"][0]["what"]
    assert "manifest" in reports["manifest.wacz/archive/good.warc.gz"]["troubles"][0]["what"]
    assert reports["sums.wacz/archive/good.warc.gz"]["state"] == "known"
    assert ids(news) == {id_of(n) for n in (1, 2, 3, 4, 5)}
    assert {path for path in tmp_path.rglob("*") if "news" not in path.parts} == before
    assert not list(Path("/etc").glob("evil*"))
    names_in_warc = [path.name for path in (news / "warc").iterdir()]
    assert all(name.startswith(("IMPORTED-", "BROADSHEET-")) and ".." not in name for name in names_in_warc)


def test_an_encrypted_wacz_is_named(news: Path, tmp_path: Path) -> None:
    """The flag of encryption set in both places (APPNOTE.TXT, 4.4.4), as packers set it."""
    path = writers.wacz(tmp_path / "secret.wacz", [writers.heritrix(tmp_path / "h.warc.gz", writers.articles(1))])
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 4)
    path.write_bytes(data)
    (report,) = imported(news, path, code=7)
    assert report["state"] == "unreadable" and "encrypted" in report["troubles"][0]["what"]


def test_large_and_many(news: Path, tmp_path: Path) -> None:
    """A picture of 40 MB and a page of 40 MB are captures; neither is read."""
    big = bytes(40 << 20)
    head = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\n\r\n"
    records = [
        response(f"{HOST}/film", DATE, head.format("video/mp4").encode() + big),
        response(f"{HOST}/page", DATE, head.format("text/html").encode() + b"<html>" + big),
    ]
    (tmp_path / "big.warc").write_bytes(b"".join(records))
    (report,) = imported(news, tmp_path / "big.warc")
    assert report["captures"] == 2
    found = dict(rows(news, "SELECT url, extraction_error FROM capture JOIN url USING (url_id)"))
    assert found[f"{HOST}/film"] is None and "not read" in found[f"{HOST}/page"]


def test_record_is_what_it_says() -> None:
    """The helper of these tests writes what readers of the field read."""
    from io import BytesIO

    from warcio.archiveiterator import ArchiveIterator

    file = BytesIO(record({"WARC-Type": "resource", "WARC-Record-ID": "<urn:x>"}, b"block"))
    assert [found.content_stream().read() for found in ArchiveIterator(file)] == [b"block"]
