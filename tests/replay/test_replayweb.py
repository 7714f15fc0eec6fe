"""A WACZ of ours plays in replayweb.page, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.warc.cdxj import BLOCK_LINES
from tests.handover.containers import read_container
from tests.replay.browser import Browser, until
from tests.replay.conftest import SCREENS, Tools
from tests.replay.exhibits import HOME, Exhibition, Moment
from tests.replay.serving import Files, serve_files

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

# https://replayweb.page/docs/embedding/: one element; its service worker comes from the same origin.
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Replay</title>
<style>body {{ margin: 0 }} replay-web-page {{ display: block; height: 840px }}</style>
<script src="/ui.js"></script></head>
<body><replay-web-page source="/archive.wacz" replayBase="/replay/" {attributes}></replay-web-page></body></html>"""


class Player:
    """replayweb.page on loopback, with one WACZ."""

    def __init__(self, server: Files, browser: Browser) -> None:
        self.server, self.browser = server, browser
        self._pages = 0

    def open(self, **attributes: str) -> None:
        self._pages += 1
        given = " ".join(f'{name}="{value}"' for name, value in attributes.items())
        self.server.files[f"/{self._pages}.html"] = PAGE.format(attributes=given).encode()
        self.browser.go(f"{self.server.url}/{self._pages}.html")

    def shows(self, moment: Moment, name: str) -> None:
        self.open(url=moment.url, ts=moment.timestamp, embed="replay-with-info")
        shot = SCREENS / f"replayweb-{name}-{moment.name}.png"
        self.browser.shows(moment.headline, shot, color=moment.color, picture=moment.picture)


@contextmanager
def player(tools: Tools, browser: Browser, wacz: Path) -> Iterator[Player]:
    ui, sw = tools.page / "ui.js", tools.page / "sw.js"
    files = {"/ui.js": ui, "/replay/ui.js": ui, "/replay/sw.js": sw, "/archive.wacz": wacz}
    with serve_files(files) as server:
        yield Player(server, browser)


def test_every_moment_is_on_the_screen(tools: Tools, browser: Browser, exhibition: Exhibition) -> None:
    """gzip and chunked, gzip, chunked, plain; each as captured, as a 304, as a repeated payload, as it was changed."""
    with player(tools, browser, exhibition.wacz("whole.wacz")) as replay:
        for moment in exhibition.moments:
            replay.shows(moment, "whole")
        assert {path for path in replay.server.asked if path.endswith(".wacz")} == {"/archive.wacz"}


def test_imported_files(tools: Tools, browser: Browser, from_elsewhere: Exhibition) -> None:
    with player(tools, browser, from_elsewhere.wacz("imported.wacz")) as replay:
        for moment in from_elsewhere.moments:
            replay.shows(moment, "imported")


def test_revisits_whose_originals_were_captured_before_what_is_selected(
    tools: Tools, browser: Browser, exhibition: Exhibition
) -> None:
    for number in (4, 6):
        day = f"2026-03-{number:02}"
        with player(tools, browser, exhibition.wacz("day.wacz", "--since", day, "--until", day)) as replay:
            moments = [m for m in exhibition.moments if m.timestamp.startswith(day.replace("-", ""))]
            assert len(moments) == 4
            for moment in moments:
                replay.shows(moment, f"day-{number}")


def test_one_article_with_its_style_and_its_picture(
    tools: Tools, browser: Browser, exhibition: Exhibition
) -> None:
    (moment,) = (m for m in exhibition.moments if m.picture)
    wacz = exhibition.wacz("one.wacz", "--article", moment.url)
    assert read_container(wacz).urls == {moment.url, HOME + "style.css", HOME + "lighthouse.png"}
    with player(tools, browser, wacz) as replay:
        replay.shows(moment, "article")


def test_its_pages_are_listed_and_their_texts_are_searched(
    tools: Tools, browser: Browser, exhibition: Exhibition
) -> None:
    """The list of pages is ours: titles, times, and texts in which replayweb.page searches."""
    with player(tools, browser, exhibition.wacz("whole.wacz", "--title", "Quays and Lighthouses")) as replay:
        replay.open(embed="full")
        titles = {page["title"] for page in read_container(exhibition.folder.parent / "whole.wacz").pages}
        assert len(titles) == 9
        listed = until(lambda: _listed(browser, titles), 180)
        browser.screenshot(SCREENS / "replayweb-pages.png")
        assert listed == titles
        assert any("Quays and Lighthouses" in text for text in browser.run(_IN_ALL + _TEXTS))
        script = (
            _IN_ALL
            + """
        const field = all('input').find(e => e.placeholder.startsWith('Search by Page'));
        field.value = arguments[0];
        for (const name of ['input', 'keyup', 'change']) {
          field.dispatchEvent(new Event(name, {bubbles: true, composed: true}));
        }
        """
        )
        browser.run(script, "leuchtturm")  # stands in the text of that article alone
        found = until(lambda: True if _listed(browser, titles) == {"港に新しい灯台が完成"} else None, 180)
        browser.screenshot(SCREENS / "replayweb-search.png")
        assert found


_IN_ALL = """
function all(selector) {
  const found = [];
  (function look(root) {
    found.push(...root.querySelectorAll(selector));
    for (const e of root.querySelectorAll('*')) {
      if (e.shadowRoot) look(e.shadowRoot);
      if (e.tagName === 'IFRAME' && e.contentDocument) look(e.contentDocument);
    }
  })(document);
  return found;
}
"""


_TEXTS = "return all('*').filter(e => e.shadowRoot).map(e => e.shadowRoot.textContent);"


def _listed(browser: Browser, titles: set[str]) -> set[str] | None:
    entries = browser.run(_IN_ALL + "return all('wr-page-entry').map(e => e.shadowRoot.textContent);")
    found = {title for title in titles for entry in entries if title in re.sub(r"\\s+", " ", entry)}
    return found or None


def test_the_demo_newspaper(tools: Tools, browser: Browser, newspaper: Exhibition) -> None:
    """Eight house styles, and an index of more than one block: the right one is found for each page."""
    wacz = newspaper.wacz("demo.wacz")
    assert len(read_container(wacz).index) > BLOCK_LINES
    assert len(newspaper.moments) == 8
    with player(tools, browser, wacz) as replay:
        for moment in newspaper.moments:
            replay.shows(moment, "demo")


def test_a_file_that_is_not_compressed(tools: Tools, browser: Browser, uncompressed: Exhibition) -> None:
    wacz = uncompressed.wacz("plain.wacz")
    assert list(read_container(wacz).warcs) == ["gift.warc"]
    with player(tools, browser, wacz) as replay:
        for moment in uncompressed.moments:
            replay.shows(moment, "uncompressed")


def test_the_check_can_fail(tools: Tools, browser: Browser, exhibition: Exhibition) -> None:
    with player(tools, browser, exhibition.wacz("whole.wacz")) as replay:
        replay.open(url=HOME + "plain", ts="20260302080000", embed="replay-with-info")
        with pytest.raises(AssertionError, match="is not on the screen"):
            browser.shows("Second plain", SCREENS / "replayweb-not-there.png", seconds=5)
