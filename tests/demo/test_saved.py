"""Saved pages served as sites: byte for byte, each publisher under its host; broken indexes are named."""

from __future__ import annotations

import gzip
import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree, html

from archive.errors import BadInput
from crawler.demo import DemoServer, Request, SavedPages, sites_entries

PAGE = b"<!DOCTYPE html><meta charset=latin1><title>Gr\xfc\xdfe</title>\r\n<p>one\x00two</p>"


def write(folder: Path, rows: list[dict[str, object]], name: str = "index.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    for number, row in enumerate(rows):
        page = folder / str(row["page"])
        page.parent.mkdir(exist_ok=True)
        body = PAGE + str(number).encode()
        page.write_bytes(gzip.compress(body) if page.suffix == ".gz" else body)
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        [
            {
                "url": "https://www.example.org/19/x?y=1",
                "page": "pages/a.html.gz",
                "set": "news",
                "headline": "A & B",
            },
            {"url": "http://www.example.org:8080/19/x?y=2", "page": "pages/b.html", "set": "news"},
            {"url": "http://www.example.org/19/x?y=1", "page": "pages/c.html", "set": "news"},
            {"url": "https://MÜNCHEN.example/straße/ä b", "page": "pages/d.html.gz", "set": "web", "id": 7},
        ],
    )


def ask(server: DemoServer, url: str, coding: str = "") -> tuple[int, http.client.HTTPMessage, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", target, headers={"Host": parts.netloc, "Accept-Encoding": coding})
    answer = connection.getresponse()
    result = answer.status, answer.headers, answer.read()
    connection.close()
    return result


def test_pages_come_back_byte_for_byte(folder: Path) -> None:
    saved = SavedPages(folder)
    assert saved.collisions == ["http://www.example.org/19/x?y=1"]
    with DemoServer(saved) as server:
        for page in saved.pages:
            url = saved.local_url(page.url, server.port)
            status, headers, body = ask(server, url)
            assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
            assert body == page.body()
            assert body.startswith(PAGE)
            status, headers, packed = ask(server, url, "gzip")
            assert headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(packed) == body
        assert len(saved.pages) == 3
        assert ask(server, f"http://www.example.org.localhost:{server.port}/other")[0] == 404
        assert ask(server, f"http://nobody.localhost:{server.port}/")[0] == 404


def test_addresses(folder: Path) -> None:
    saved = SavedPages(folder)
    assert (
        saved.local_url("https://www.example.org/19/x?y=1", 8800)
        == "http://www.example.org.localhost:8800/19/x?y=1"
    )
    assert saved.pages[-1].host == "xn--mnchen-3ya.example"
    assert saved.pages[-1].target == "/stra%C3%9Fe/%C3%A4%20b"
    assert saved.pages[-1].extra == {"set": "web", "id": 7}
    assert saved.origins(80) == ["http://www.example.org.localhost", "http://xn--mnchen-3ya.example.localhost"]
    lower = Request("/stra%c3%9fe/%c3%a4%20b", "GET", {"host": "xn--mnchen-3ya.example.localhost"})
    assert saved.respond("xn--mnchen-3ya.example.localhost", lower).status == 200
    with pytest.raises(BadInput, match="no http or https URL"):
        saved.local_url("ftp://example.org/")


def test_each_host_lists_its_pages(folder: Path) -> None:
    saved = SavedPages(folder)
    with DemoServer(saved) as server:
        for origin, host in zip(server.origins(), saved.hosts, strict=True):
            wanted = {saved.local_url(page.url, server.port) for page in saved.pages if page.host == host}
            front = html.document_fromstring(ask(server, origin + "/")[2].decode())
            assert {origin + href for href in front.xpath("//a/@href")} == wanted
            sitemap = etree.fromstring(ask(server, origin + "/sitemap.xml")[2])
            assert set(sitemap.xpath("//*[local-name()='loc']/text()")) == wanted
            feed = etree.fromstring(ask(server, origin + "/feed.xml")[2])
            assert set(feed.xpath("//item/link/text()")) == wanted
            assert f"Sitemap: {origin}/sitemap.xml" in ask(server, origin + "/robots.txt")[2].decode()
        assert b"A &amp; B" in ask(server, server.origins()[0] + "/")[2]
        overview = ask(server, f"http://localhost:{server.port}/")[2].decode()
        assert all(origin + "/" in overview for origin in server.origins())
        assert sites_entries(server)[0] == {
            "name": "www-example-org",
            "title": "www.example.org",
            "url": server.origins()[0] + "/",
            "feeds": [server.origins()[0] + "/feed.xml", server.origins()[0] + "/sitemap.xml"],
        }


def test_a_saved_front_page_takes_precedence(tmp_path: Path) -> None:
    saved = SavedPages(write(tmp_path, [{"url": "https://a.example", "page": "front.html"}]))
    assert (
        saved.respond("a.example.localhost", Request("/", "GET", {"host": "a.example.localhost"})).body
        == PAGE + b"0"
    )


def test_lines_without_an_address_are_counted(tmp_path: Path) -> None:
    write(tmp_path, [{"url": "https://a.example/1", "page": "a.html"}, {"url": None, "page": "b.html"}])
    saved = SavedPages(tmp_path)
    assert (len(saved.pages), saved.without_url) == (1, 1)


def test_tracking_parameters_do_not_hide_a_page(tmp_path: Path) -> None:
    saved = SavedPages(write(tmp_path, [{"url": "https://a.example/1?utm_source=x&id=5", "page": "a.html"}]))
    for target in ("/1?utm_source=x&id=5", "/1?id=5", "/1?id=5&utm_medium=y"):
        assert saved.respond("a.example.localhost", Request(target, "GET", {})).body == PAGE + b"0", target
    assert saved.respond("a.example.localhost", Request("/1?id=6", "GET", {})).status == 404


def test_only(folder: Path) -> None:
    assert SavedPages(folder, {"set": "web"}).hosts == ["xn--mnchen-3ya.example"]
    with pytest.raises(BadInput, match="lists no page with"):
        SavedPages(folder, {"set": "none"})


def test_which_index(tmp_path: Path) -> None:
    row: dict[str, object] = {"url": "https://a.example/1", "page": "a.html"}
    write(tmp_path, [row], "pages.jsonl")
    assert SavedPages(tmp_path).index.name == "pages.jsonl"
    assert SavedPages(tmp_path / "pages.jsonl").hosts == ["a.example"]
    write(tmp_path, [row], "other.jsonl")
    with pytest.raises(BadInput, match="more than one"):
        SavedPages(tmp_path)
    write(tmp_path, [row], "gold.jsonl")
    assert SavedPages(tmp_path).index.name == "gold.jsonl"
    write(tmp_path, [row])
    assert SavedPages(tmp_path).index.name == "index.jsonl"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"index\.jsonl, line 2: not JSON"),
        ("[]", "line 2: not a JSON object"),
        ('{"url": 7, "page": "a.html"}', "line 2: no 'url'"),
        ('{"url": "https://a.example/2"}', "line 2: no 'page'"),
        ('{"url": "mailto:a@b.example", "page": "a.html"}', "line 2: 'mailto:a@b.example' is no http"),
        ('{"url": "http://[::1", "page": "a.html"}', "line 2: .* is no http"),
        ('{"url": "https://a.example/2", "page": "gone.html"}', "line 2: there is no file .*gone.html"),
    ],
    ids=["json", "object", "url", "page", "mailto", "bracket", "file"],
)
def test_broken_lines_are_named(tmp_path: Path, line: str, message: str) -> None:
    write(tmp_path, [{"url": "https://a.example/1", "page": "a.html"}])
    with (tmp_path / "index.jsonl").open("a") as index:
        index.write(line + "\n")
    with pytest.raises(BadInput, match=message):
        SavedPages(tmp_path)


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no \*\.jsonl"):
        SavedPages(tmp_path)
    with pytest.raises(BadInput, match="no folder and no index"):
        SavedPages(tmp_path / "none")
    (tmp_path / "index.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="cannot read"):
        SavedPages(tmp_path)


def test_broken_gzip_answers_500(tmp_path: Path) -> None:
    write(tmp_path, [{"url": "https://a.example/1", "page": "a.html.gz"}])
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(PAGE)[:-9])
    response = SavedPages(tmp_path).respond(
        "a.example.localhost", Request("/1", "GET", {"host": "a.example.localhost"})
    )
    assert response.status == 500
