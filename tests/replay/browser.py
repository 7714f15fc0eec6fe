"""A real Chromium, driven over WebDriver (https://www.w3.org/TR/webdriver2/) with nothing but the standard library."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

T = TypeVar("T")

WIDTH, HEIGHT = 1280, 1000
# Nothing but loopback is asked for: no look-up of anybody's hosts at the start, no update, no sync.
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-default-apps", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    f"--window-size={WIDTH},{HEIGHT}",
)  # fmt: skip

# Every document that is shown: the page, and what stands in frames and shadow roots below it.
DOCUMENTS = """
const found = [];
function look(root, left, top) {
  for (const element of root.querySelectorAll('*')) {
    if (element.shadowRoot) look(element.shadowRoot, left, top);
    if (element.tagName !== 'IFRAME') continue;
    let inner = null;
    try { inner = element.contentDocument; } catch (error) { continue; }
    if (!inner || !inner.body) continue;
    const at = element.getBoundingClientRect();
    found.push([inner, left + at.left, top + at.top]);
    look(inner, left + at.left, top + at.top);
  }
}
found.push([document, 0, 0]);
look(document, 0, 0);
"""
# Headings whose middle can be seen: the element at that point of the screen is the heading or stands in it.
HEADINGS = (
    DOCUMENTS
    + """
return found.flatMap(([inner, left, top]) => [...inner.querySelectorAll('h1')].map(h => {
  const box = h.getBoundingClientRect();
  const x = box.left + Math.min(box.width / 2, 40), y = box.top + box.height / 2;
  const hit = inner.elementFromPoint(x, y);
  const seen = !!hit && (h === hit || h.contains(hit) || hit.contains(h)) && box.height > 0
    && left + x >= 0 && left + x < window.innerWidth && top + y >= 0 && top + y < window.innerHeight;
  return {text: h.innerText.trim(), seen: seen, color: inner.defaultView.getComputedStyle(h).color,
          images: [...inner.images].map(i => i.naturalWidth)};
}));
"""
)


class Browser:
    """One session. Errors of the driver are AssertionErrors with its message."""

    def __init__(self, driver: str, session: str) -> None:
        self._session = f"{driver}/session/{session}"

    def go(self, url: str) -> None:
        _call(f"{self._session}/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        return _call(f"{self._session}/execute/sync", {"script": script, "args": list(arguments)})

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(_call(f"{self._session}/screenshot")))

    def headings(self) -> list[dict[str, Any]]:
        """All h1 of all documents on the screen; `seen`: not hidden, not out of the window, not behind others."""
        found: list[dict[str, Any]] = self.run(HEADINGS)
        return found

    def texts(self) -> list[str]:
        """The address and the beginning of the text of each document."""
        found: list[str] = self.run(
            DOCUMENTS + "return found.map(([d]) => d.location.href + ': ' + d.body.innerText.slice(0, 300));"
        )
        return found

    def shows(
        self,
        headline: str,
        shot: Path,
        *,
        color: str | None = None,
        picture: int | None = None,
        seconds: float = 180,
    ) -> dict[str, Any]:
        """Wait until the headline can be seen (in this colour, with a picture of this width) -> its heading.

        Keeps a picture of what was on the screen.
        """

        def look() -> dict[str, Any] | None:
            for h in self.headings():
                dressed = (not color or h["color"] == color) and (not picture or picture in h["images"])
                if h["seen"] and h["text"] == headline and dressed:
                    return h
            return None

        found = until(look, seconds)
        self.screenshot(shot)
        assert found, f"{headline!r} is not on the screen: {self.texts()}; see {shot}"
        return found


def until(ask: Callable[[], T | None], seconds: float) -> T | None:
    """Ask again until there is an answer, or time is up."""
    deadline = time.monotonic() + seconds
    while (answer := ask()) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


def _call(url: str, body: Any = None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urlopen(request, timeout=300) as answer:
            return json.load(answer)["value"]
    except HTTPError as error:
        raise AssertionError(json.load(error)["value"]["message"]) from None


@contextmanager
def chromium(program: str, driver_program: str, port: int, profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile, on a free port for its driver."""
    driver = f"http://127.0.0.1:{port}"
    with (profile.parent / "chromedriver.log").open("wb") as log:
        process = subprocess.Popen([driver_program, f"--port={port}"], stdout=log, stderr=log)
        try:
            ready = until(lambda: _ready(driver) if process.poll() is None else None, 120)
            assert ready, f"{driver_program} did not start: {(profile.parent / 'chromedriver.log').read_text()}"
            options = {"binary": program, "args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
            capabilities = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
            session = _call(f"{driver}/session", {"capabilities": capabilities})["sessionId"]
            try:
                yield Browser(driver, session)
            finally:
                _call(f"{driver}/session/{session}", method="DELETE")
        finally:
            process.terminate()
            process.wait(60)


def _ready(driver: str) -> bool | None:
    try:
        return bool(_call(f"{driver}/status")["ready"]) or None
    except (URLError, ConnectionError, TimeoutError):
        return None
