"""Saved pages as web sites: each publisher under a host of its own, with a front page, a sitemap and a feed."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from archive.errors import BadInput
from archive.urls import normalise
from crawler.demo.http import Request, Response, entity_tag, gunzip_single
from crawler.demo.newspaper import origin

_OWN_PATHS = ("/", "/robots.txt", "/sitemap.xml", "/feed.xml")
_XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One line of an index. `target`: path and query as served; `extra`: the line's other keys."""

    url: str
    host: str  # of the original, lower case
    target: str
    file: Path
    extra: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> bytes:
        """The page's bytes as stored, unpacked if the file is gzip."""
        data = self.file.read_bytes()
        return gzip.decompress(data) if self.file.suffix == ".gz" else data


class SavedPages:
    """The pages of an index of JSON lines (`url`, `page` relative to the index), as a site for `DemoServer`.

    `source` is the index or a folder with `index.jsonl`, `gold.jsonl` or one other *.jsonl. `only` keeps the lines
    whose keys have these values, e.g. {"set": "news"}. `collisions` lists the URLs that were dropped because an
    earlier page has the same host, path and query. Raises BadInput, naming file and line.
    """

    def __init__(self, source: str | Path, only: Mapping[str, Any] | None = None) -> None:
        self.index = _find_index(Path(source))
        self.collisions: list[str] = []
        self.without_url = 0  # lines with an empty `url`: they have no place on any site
        self._sites: dict[str, dict[str, SavedPage]] = {}
        self._untracked: dict[tuple[str, str], SavedPage] = {}
        for page in _read_index(self.index, only or {}):
            if page is None:
                self.without_url += 1
                continue
            site = self._sites.setdefault(page.host, {})
            if page.target in site:
                self.collisions.append(page.url)
            else:
                site[page.target] = page
                self._untracked.setdefault((page.host, _untracked(page.target)), page)
        if not self._sites:
            wish = f" with {dict(only)}" if only else ""
            raise BadInput(f"{self.index} lists no page{wish}")

    @property
    def pages(self) -> list[SavedPage]:
        """All pages that are served, in the order of the index within a host."""
        return [page for site in self._sites.values() for page in site.values()]

    @property
    def hosts(self) -> list[str]:
        """The original hosts."""
        return list(self._sites)

    def origins(self, port: int) -> list[str]:
        """Base URLs of all publishers."""
        return [origin(f"{host}.localhost", port) for host in self._sites]

    def local_url(self, url: str, port: int | None = None) -> str:
        """Where the page of an original URL is served; BadInput if the URL is none."""
        host, target = _place(url) or (None, None)
        if host is None or target is None:
            raise BadInput(f"{url!r} is no http or https URL")
        return origin(f"{host}.localhost", port) + target

    def respond(self, host: str, request: Request) -> Response:
        """A saved page, or the front page, sitemap, feed or robots.txt made for its host."""
        name = host.removesuffix(".localhost")
        site = self._sites.get(name)
        if site is None:
            if host in ("localhost", "127.0.0.1"):
                return _made(self._overview(request.host.partition(":")[2]))
            return Response(404, b"no such host here\n", "text/plain; charset=utf-8")
        target = _spell(request.target)
        page = site.get(target)
        if page is None and target not in _OWN_PATHS:
            page = self._untracked.get((name, _untracked(target)))
        if page is not None:
            return _stored(page)
        path = request.target.partition("?")[0]
        if path not in _OWN_PATHS:
            return Response(404, b"<!DOCTYPE html><title>404</title><h1>404 Not Found</h1>")
        base = f"http://{request.host}"
        pages = [each for each in site.values() if each.target not in _OWN_PATHS]
        if path == "/":
            return _made(_front(name, pages))
        if path == "/sitemap.xml":
            return _made(_sitemap(base, pages), _XML)
        if path == "/feed.xml":
            return _made(_feed(name, base, pages), "application/rss+xml; charset=utf-8")
        return _made(f"User-agent: *\nAllow: /\n\nSitemap: {base}/sitemap.xml\n", "text/plain; charset=utf-8")

    def _overview(self, port: str) -> str:
        rows = "".join(
            f'<li><a href="{escape(origin(f"{host}.localhost", int(port or 80)))}/">{escape(host)}</a> '
            f"({len(site)})</li>"
            for host, site in self._sites.items()
        )
        return (
            f'<!DOCTYPE html><meta charset="utf-8"><title>Saved pages</title><h1>Saved pages</h1><ul>{rows}</ul>'
        )


def _untracked(target: str) -> str:
    """Path and query without tracking parameters: like every web site, answer with them and without."""
    url = normalise(f"http://localhost{target}")
    return url.removeprefix("http://localhost") if url else target


class OneHost(SavedPages):
    """The same pages below one host, each under the name of its own: the page is measured, not the number of sites."""

    HOST = "saved.localhost"

    def origins(self, port: int) -> list[str]:
        return [origin(self.HOST, port)]

    def respond(self, host: str, request: Request) -> Response:
        if host != self.HOST:
            return Response(404, b"no such host here\n", "text/plain; charset=utf-8")
        if request.target == "/":
            return _made(_links("Saved pages", (f"/{page.host}{page.target}" for page in self.pages)))
        name, _, target = request.target.removeprefix("/").partition("/")
        if name == "robots.txt":
            return _made("User-agent: *\nAllow: /\n", "text/plain; charset=utf-8")
        return super().respond(f"{name}.localhost", replace(request, target=f"/{target}"))


def _links(title: str, targets: Iterable[str]) -> str:
    rows = "".join(f'<li><a href="{escape(target)}">{escape(target)}</a></li>' for target in targets)
    return f'<!DOCTYPE html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><ul>{rows}</ul>'


def _find_index(source: Path) -> Path:
    if source.is_file():
        return source
    if not source.is_dir():
        raise BadInput(f"{source} is no folder and no index of saved pages")
    for name in ("index.jsonl", "gold.jsonl"):
        if (source / name).is_file():
            return source / name
    found = sorted(source.glob("*.jsonl"))
    if len(found) != 1:
        what = "no" if not found else "more than one"
        raise BadInput(f"{source} holds {what} *.jsonl", hint="name the index file itself, or call it index.jsonl")
    return found[0]


def _read_index(index: Path, only: Mapping[str, Any]) -> Iterator[SavedPage | None]:
    """The pages that the index lists; None for one whose address nobody noted."""
    try:
        content = index.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {index}: {error}") from None
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        place = f"{index}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadInput(f"{place}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise BadInput(f"{place}: not a JSON object")
        if any(row.get(key) != value for key, value in only.items()):
            continue
        yield _saved_page(row, index, place) if row.get("url") else None


def _saved_page(row: dict[str, Any], index: Path, place: str) -> SavedPage:
    for key in ("url", "page"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise BadInput(f"{place}: no {key!r}")
    where = _place(row["url"])
    if where is None:
        raise BadInput(f"{place}: {row['url']!r} is no http or https URL")
    file = index.parent / row["page"]
    if not file.is_file():
        raise BadInput(f"{place}: there is no file {file}")
    extra = {key: value for key, value in row.items() if key not in ("url", "page")}
    return SavedPage(row["url"], *where, file, extra)


def _place(url: str) -> tuple[str, str] | None:
    """(host, path with query) of an http(s) URL; the port is dropped."""
    try:
        parts: SplitResult = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return host, _spell((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _spell(target: str) -> str:
    """Path and query as they go over the wire: what is not ASCII (or a blank) percent-encoded, escapes upper case."""
    target = quote(target.removesuffix("?"), safe="!$%&'()*+,/:;=?@[]~-._")
    pieces = target.split("%")
    return pieces[0] + "".join("%" + piece[:2].upper() + piece[2:] for piece in pieces[1:])


def _stored(page: SavedPage) -> Response:
    """The page's bytes; a file that is one gzip member goes out as it is to those who accept gzip."""
    try:
        data = page.file.read_bytes()
        coded = {}
        if page.file.suffix == ".gz":
            content = gunzip_single(data)
            if content is not None:
                coded, data = {"gzip": data}, content
            else:
                data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{page.file.name} cannot be read: {error}\n".encode()
        return Response(500, message, "text/plain; charset=utf-8")
    return Response(200, data, etag=entity_tag(data), codings=("gzip",), coded=coded)


def _made(body: str, kind: str = "text/html; charset=utf-8") -> Response:
    data = body.encode()
    return Response(200, data, kind, etag=entity_tag(data), codings=("gzip",))


def _title(page: SavedPage) -> str:
    headline = page.extra.get("headline")
    return headline if isinstance(headline, str) and headline else page.target


def _front(host: str, pages: list[SavedPage]) -> str:
    rows = "\n".join(f'<li><a href="{escape(page.target)}">{escape(_title(page))}</a></li>' for page in pages)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{escape(host)}</title>\n'
        '<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>\n'
        f"<body><h1>{escape(host)}</h1>\n<ul>\n{rows}\n</ul></body></html>\n"
    )


def _sitemap(base: str, pages: list[SavedPage]) -> str:
    rows = "\n".join(f"<url><loc>{escape(base + page.target)}</loc></url>" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{rows}\n</urlset>\n"
    )


def _feed(host: str, base: str, pages: list[SavedPage]) -> str:
    rows = "\n".join(
        f"<item><title>{escape(_title(page))}</title><link>{escape(base + page.target)}</link>"
        f"<guid>{escape(base + page.target)}</guid></item>"
        for page in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(host)}</title><link>{escape(base)}/</link><description>{escape(host)}</description>\n"
        f"{rows}\n</channel></rss>\n"
    )
