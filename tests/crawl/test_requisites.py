"""A site that asks for its pages' requisites: pictures, styles and fonts are captured, wherever they lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive import store
from tests.conftest import run_broadsheet
from tests.crawl.site import PARAGRAPH, article, serve
from tests.custody.same_rows import differences

QUICK = ("--allow-address", "loopback", "--delay", "0", "--quiet")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
CSS = {"Content-Type": "text/css"}


@pytest.mark.slow
def test_requisites_are_captured_where_a_site_asks(tmp_path: Path) -> None:
    picture = (200, {"Content-Type": "image/png"}, PNG)
    with serve({"/pic.png": picture, "/font.woff2": (200, {"Content-Type": "font/woff2"}, PNG[::-1])}) as cdn:
        sheet = f'@import "more.css"; @font-face {{ src: url({cdn.url}font.woff2) }}'.encode()
        shown = f'<img src="{cdn.url}pic.png" srcset="/own.png 2x"><link rel="stylesheet" href="/main.css">'
        story = article(77, shown + PARAGRAPH * 12)
        pages = {
            "/illustrated": (200, {"Content-Type": "text/html"}, story),
            "/own.png": picture,
            "/main.css": (200, CSS, sheet),
            "/more.css": (200, CSS, b"body { background: url(/gone.png) }"),
        }
        with serve(pages, "/illustrated") as site:
            for name, asks in (("plain", "false"), ("full", "true")):
                folder = tmp_path / name
                run_broadsheet("init", folder)
                sites = folder / "sites.toml"
                entry = f'\n[sites.gazette]\nurl = "{site.url}"\nrequisites = {asks}\n'
                sites.write_text(sites.read_text() + entry, encoding="utf-8")
                run_broadsheet("crawl", "--now", "--archive", folder, *QUICK)
            cdn_url, site_url = cdn.url, site.url
    with store.open_archive(tmp_path / "plain") as archive:
        assert not archive.db.execute("SELECT 1 FROM url WHERE kind = 'requisite'").fetchall()
    wanted = {
        f"{cdn_url}pic.png": "archived",
        f"{site_url}own.png": "archived",
        f"{site_url}main.css": "archived",
        f"{site_url}more.css": "archived",
        f"{cdn_url}font.woff2": "archived",
        f"{site_url}gone.png": "gone",
    }
    with store.open_archive(tmp_path / "full") as archive:
        found = archive.db.execute(
            """SELECT url, outcome, record_type, verdict FROM url JOIN attempt USING (url_id)
               JOIN capture USING (capture_id) WHERE kind = 'requisite'"""
        ).fetchall()
        assert {url: outcome for url, outcome, _, _ in found} == wanted
        assert {verdict for *_, verdict in found} == {None}
        assert sorted(kind for _, _, kind, _ in found) == ["response"] * 5 + [
            "revisit"
        ]  # one picture, two addresses
        assert archive.db.execute("SELECT count(*) FROM articles").fetchone() == (11,)
    run_broadsheet("verify", "--archive", tmp_path / "full")
    (tmp_path / "full" / "archive.db").rename(tmp_path / "before.db")
    run_broadsheet("rebuild", "--archive", tmp_path / "full")
    assert differences(tmp_path / "before.db", tmp_path / "full" / "archive.db") == []
