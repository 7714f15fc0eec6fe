"""An archive with an article that is to be taken down, and what to look at afterwards."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from archive import store
from archive.check import verify_folder
from archive.cli import cli
from archive.model import PageKind
from archive.warc.reader import iter_records
from archive.warc.verify import Counts
from tests.core.samples import KINDS, SITE, START, answer, article_page, front_page, take_in

GONE = SITE + "story/2"
SECRET = "Quetzalcoatlus"  # a word of the article alone
SECRETS = (SECRET.encode(), SECRET.lower().encode(), "東京特許許可局".encode(), "特許".encode(), b"Whittlesea")
REASON = "the person named asked for it"


def page(number: int, more: str = "") -> bytes:
    return article_page(number).replace(b"</article>", f"<p>{more}</p></article>".encode())


def secret_page(more: str = "") -> bytes:
    text = f"The {SECRET} of 東京特許許可局 was seen again on Wednesday, said the person. {more}"
    author = b'<meta name="author" content="Ann Whittlesea">'
    return (
        page(2, text)
        .replace(b"</head>", author + b"</head>")
        .replace(b"Bridge 2 is", b"Bridge 2, Whittlesea's, is")
    )


def feed(*paths: str) -> bytes:
    items = "".join(
        f"<item><title>What {SECRET if path == 'story/2' else path} did</title><link>{SITE}{path}</link></item>"
        for path in paths
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'
    return answer(body.encode(), "Content-Type: application/rss+xml")


def build(folder: Path) -> None:
    """Three crawls: the article, its revisits, another version of it, and its bytes at a second address."""
    store.create(folder)
    paths = [f"story/{n}" for n in range(4)]
    kinds = KINDS | {"feed": PageKind.FEED}
    first = {"": answer(front_page(["/" + path for path in paths])), "feed": feed(*paths)}
    first |= {path: answer(page(n)) for n, path in enumerate(paths)} | {"story/2": answer(secret_page())}
    first |= {"missing": answer(b"no", status=404)}
    take_in(folder, first, kinds=kinds)
    again = first | {
        "story/1": answer(b"", status=304),
        "copy": answer(secret_page()),
        "story/2": answer(secret_page()),
    }
    take_in(folder, again, kinds=kinds, start=START + timedelta(days=1))
    changed = {"story/2": answer(secret_page("It was late.")), "story/3": answer(page(3, "It rained."))}
    take_in(folder, changed, kinds=kinds, start=START + timedelta(days=2))


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--archive", str(folder)])


def takedown(folder: Path, ref: str = GONE) -> dict[str, Any]:
    done = run(folder, "takedown", ref, "--reason", REASON, "--yes", "--json")
    assert done.exit_code == 0, (done.exception, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def findings(folder: Path) -> list[str]:
    return [f"{f.file.name} {f.offset} {f.what}" for f in verify_folder(folder, Counts())]


def texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All bytes of all files, as they are and with every gzip member in them inflated."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        yield path.name, data
        for match in re.finditer(rb"\x1f\x8b\x08", data):
            try:
                yield path.name, zlib.decompressobj(31).decompress(data[match.start() :])
            except zlib.error:
                continue


def traces(folder: Path, secrets: tuple[bytes, ...] = SECRETS) -> set[str]:
    """Where a secret can be found, but for the feed, which names the article in its title."""
    feed = f"What {SECRET} did".encode()
    return {name for name, text in texts(folder) for secret in secrets if secret in text.replace(feed, b"")}


def members(folder: Path) -> dict[str, list[bytes]]:
    """The members of each WARC file, byte for byte."""
    return {
        path.name: [path.read_bytes()[r.offset : r.offset + r.length] for r in iter_records(path)]
        for path in sorted((folder / "warc").glob("*.warc.gz"))
    }
