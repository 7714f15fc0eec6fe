"""WARC files as other tools write them: with the tools themselves, and laid out by hand as the big crawlers do.

As a program, it fetches addresses with `warcio.capture_http`, which changes `http.client` for its whole process:
`python -m tests.custody.writers OUT.warc.gz URL...`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.core.samples import answer, article_page

HOST = "https://paper.example"
ROOT = Path(__file__).resolve().parents[2]
HTTP = "application/http; msgtype={}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5


def record_id(name: str) -> str:
    """The same id for the same name."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def record(
    fields: Mapping[str, str | Sequence[str]], block: bytes, version: str = "1.0", end: str = "\r\n\r\n"
) -> bytes:
    lines = [f"WARC/{version}"]
    for name, value in fields.items():
        lines += [f"{name}: {v}" for v in ([value] if isinstance(value, str) else value)]
    head = "\r\n".join([*lines, f"Content-Length: {len(block)}", "", ""])
    return head.encode() + block + end.encode()


def zipped(records: Iterable[bytes], level: int = 9, mtime: int = 1_577_836_800) -> bytes:
    """One member a record, with a time in its header as many tools write it."""
    return b"".join(gzip.compress(r, level, mtime=mtime) for r in records)


def response(
    url: str,
    date: str,
    http: bytes,
    *,
    name: str | None = None,
    version: str = "1.0",
    kind: str = "response",
    **more: str | Sequence[str],
) -> bytes:
    """A response or revisit record; keywords are further fields, with _ for -."""
    fields: dict[str, str | Sequence[str]] = {
        "WARC-Type": kind, "WARC-Target-URI": url, "WARC-Date": date,
        "WARC-Record-ID": record_id(name or f"{kind} {url} {date}"), "Content-Type": HTTP.format("response"),
    }  # fmt: skip
    fields |= {key.replace("_", "-"): value for key, value in more.items()}
    return record(fields, http, version)


def request(url: str, date: str, *, name: str, version: str = "1.0", **more: str | Sequence[str]) -> bytes:
    path, host = "/" + url.split("/", 3)[3], url.split("/")[2]
    fields: dict[str, str | Sequence[str]] = {
        "WARC-Type": "request", "WARC-Target-URI": url, "WARC-Date": date, "WARC-Record-ID": record_id(name),
        "Content-Type": HTTP.format("request"),
    }  # fmt: skip
    fields |= {key.replace("_", "-"): value for key, value in more.items()}
    return record(fields, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n".encode(), version)


def other(kind: str, uri: str, date: str, block: bytes, content_type: str, **more: str | Sequence[str]) -> bytes:
    fields: dict[str, str | Sequence[str]] = {"WARC-Type": kind}
    if uri:
        fields["WARC-Target-URI"] = uri
    fields |= {
        "WARC-Date": date,
        "WARC-Record-ID": record_id(f"{kind} {uri} {date}"),
        "Content-Type": content_type,
    }
    fields |= {key.replace("_", "-"): value for key, value in more.items()}
    return record(fields, block, str(more.get("version", "1.0")))


# Tools that are run.


def wget(folder: Path, url: str, *options: str, name: str = "wget") -> Path:
    """A recursive crawl with the real wget; its own file name ending."""
    program = shutil.which("wget")
    assert program, "these tests need wget (Debian: apt-get install wget)"
    command = [program, "-q", "-r", "-l", "2", "--tries=1", f"--warc-file={folder / name}", *options]
    subprocess.run(
        [*command, "-P", str(folder / "mirror"), url], check=False, timeout=60
    )  # 8: some answer was an error
    ending = ".warc" if "--no-warc-compression" in options else ".warc.gz"
    return folder / f"{name}{ending}"


def captured_http(path: Path, urls: Sequence[str]) -> Path:
    """Fetched by a Python program under `warcio.capture_http`."""
    command = [sys.executable, "-m", "tests.custody.writers", str(path), *urls]
    subprocess.run(command, check=True, timeout=60, cwd=ROOT)
    return path


def _capture(path: str, urls: Sequence[str]) -> None:
    from warcio.capture_http import capture_http  # isort: skip  # before http.client, which it changes
    import http.client

    with capture_http(path, warc_version="1.1"):
        for url in urls:
            _, _, place, target = url.split("/", 3)
            connection = http.client.HTTPConnection(place)
            connection.request("GET", "/" + target)
            connection.getresponse().read()
            connection.close()


def warcio_pairs(path: Path, urls: Sequence[str], bodies: Sequence[bytes], *, compressed: bool = True) -> Path:
    """warcio's writer, WARC/1.0: response before request, and a revisit of the first at the end."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    dates = list[str]()
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=compressed)
        file_info = writer.create_warcinfo_record(path.name, {"software": "a script with warcio"})
        writer.write_record(file_info)
        for url, body in zip(urls, bodies, strict=True):
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "paper.example")], is_http_request=True)
            answered = writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=head)
            sent = writer.create_warc_record(url, "request", http_headers=asked)
            writer.write_request_response_pair(sent, answered)
            dates.append(answered.rec_headers.get_header("WARC-Date"))
        again = writer.create_revisit_record(urls[0], sha1(bodies[0]), urls[0], dates[0], http_headers=head)
        writer.write_record(again)
    return path


def fastwarc_responses(path: Path, urls: Sequence[str], bodies: Sequence[bytes], *, whole: bool = False) -> Path:
    """FastWARC's writer: responses alone, with its digests; `whole`: all in one gzip member."""
    from fastwarc.stream_io import GzipWriter
    from fastwarc.warc import WarcRecord, WarcRecordType

    with path.open("wb") as file, GzipWriter(file) as stream:
        for url, body in zip(urls, bodies, strict=True):
            made = WarcRecord()
            made.init_headers(WarcRecordType.response, record_id(url)[len("<urn:") : -1].encode())
            made.headers["WARC-Target-URI"] = url
            made.headers["WARC-Date"] = "2021-05-06T07:08:09Z"
            made.headers["Content-Type"] = HTTP.format("response")
            made.set_bytes_content(answer(body))
            made.write(stream, checksum_data=True)
            if not whole:
                stream.finish()
    return path


# Tools that are too heavy to run: their layout, by the formats' public descriptions.


def heritrix(path: Path, pages: Mapping[str, bytes], *, date: str = "2018-03-04T05:06:07Z") -> Path:
    """As Heritrix 3: WARC/1.0, dns first, response before request before metadata, all naming the response."""
    records = [
        other("warcinfo", "", date, b"software: Heritrix/3.4.0\r\nformat: WARC File Format 1.0\r\n",
              "application/warc-fields", WARC_Filename=path.name),
        other("response", "dns:paper.example", date, b"20180304050607\npaper.example.\t300\tIN\tA\t192.0.2.1\n",
              "text/dns", WARC_IP_Address="192.0.2.53"),
    ]  # fmt: skip
    for url, http in pages.items():
        named = {"WARC_Concurrent_To": record_id(f"response {url} {date}")}
        records.append(
            response(
                url,
                date,
                http,
                WARC_Payload_Digest=sha1(http.partition(b"\r\n\r\n")[2]),
                WARC_IP_Address="192.0.2.1",
            )
        )
        records.append(request(url, date, name=f"request {url} {date}", **named))
        facts = f"via: {HOST}/\r\nhopsFromSeed: L\r\nfetchTimeMs: 421\r\noutlink: {HOST}/x L a/@href\r\n".encode()
        records.append(other("metadata", url, date, facts, "application/warc-fields", **named))
    path.write_bytes(zipped(records) if path.name.endswith(".gz") else b"".join(records))
    return path


def browsertrix(path: Path, pages: Mapping[str, bytes], *, date: str = "2023-11-12T13:14:15.678Z") -> Path:
    """As browsertrix-crawler: WARC/1.1, sha256 digests, request after response, urn: resources, a picture."""
    info = b"software: Browsertrix-Crawler 1.5.0 (with warcio.js 2.4.0)\r\nformat: WARC File Format 1.1\r\n"
    records = [other("warcinfo", "", date, info, "application/warc-fields", version="1.1")]
    pages = {**pages, f"{HOST}/logo.png": b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PNG}
    for url, http in pages.items():
        body = http.partition(b"\r\n\r\n")[2]
        digests = {"WARC_Payload_Digest": sha256(body), "WARC_Block_Digest": sha256(http)}
        more = {"WARC_Page_ID": "0d4c2b", "WARC_Resource_Type": "document"}
        records.append(response(url, date, http, version="1.1", **digests, **more))
        named = {"WARC_Concurrent_To": record_id(f"response {url} {date}")}
        records.append(request(url, date, name=f"request {url} {date}", version="1.1", **named))
    urls = json.dumps({"pageid": "0d4c2b", "urls": {url: {"status": 200} for url in pages}}).encode()
    page = next(iter(pages))
    records.append(other("resource", f"urn:pageinfo:{page}", date, urls, "application/json", version="1.1"))
    records.append(other("resource", f"urn:view:{page}", date, PNG, "image/png", version="1.1"))
    records.append(
        other("resource", f"urn:text:{page}", date, b"The text of the page", "text/plain", version="1.1")
    )
    path.write_bytes(zipped(records, mtime=0))
    return path


def news_crawl(path: Path, pages: Mapping[str, bytes], *, date: str = "2022-02-03T04:05:06Z") -> Path:
    """As Common Crawl's news crawl: request, response, metadata naming each other in other ways."""
    records = [
        other("warcinfo", "", date, b"software: StormCrawler\r\nisPartOf: CC-NEWS\r\n", "application/warc-fields")
    ]
    for url, http in pages.items():
        names = {kind: record_id(f"{kind} {url} {date}") for kind in ("request", "response", "metadata")}
        records.append(request(url, date, name=f"request {url} {date}", WARC_Concurrent_To=names["response"]))
        records.append(
            response(
                url, date, http, WARC_Concurrent_To=[names["request"]], WARC_Identified_Payload_Type="text/html"
            )
        )
        records.append(
            other(
                "metadata",
                url,
                date,
                b"fetchTimeMs: 7\r\n",
                "application/warc-fields",
                WARC_Concurrent_To=names["request"],
            )
        )
    path.write_bytes(zipped(records))
    return path


def wacz(path: Path, files: Iterable[Path], *, more: Mapping[str, bytes] = {}, deflated: bool = False) -> Path:
    """A WACZ 1.1.1: the WARC files, a list of pages, and a manifest with the digests."""
    resources = []
    with zipfile.ZipFile(path, "w") as container:
        for file in files:
            data = file.read_bytes()
            kind = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
            container.writestr(f"archive/{file.name}", data, kind)
            resources.append(
                {"name": file.name, "path": f"archive/{file.name}", "hash": sha256(data), "bytes": len(data)}
            )
        container.writestr("pages/pages.jsonl", '{"format": "json-pages-1.0", "id": "pages", "title": "All"}\n')
        for name, data in more.items():
            container.writestr(name, data)
        manifest = {"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}
        container.writestr("datapackage.json", json.dumps(manifest))
    return path


def articles(*numbers: int, path: str = "story") -> dict[str, bytes]:
    """{URL: answer} of the paper."""
    return {f"{HOST}/{path}/{n}": answer(article_page(n)) for n in numbers}


if __name__ == "__main__":
    _capture(sys.argv[1], sys.argv[2:])
