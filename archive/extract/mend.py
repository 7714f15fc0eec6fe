"""What a browser shows and the parser would lose or misplace: mended in the markup, and in the tree once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

LARGE = 500_000  # bytes of a page's markup beyond which long values are looked for
LONG_VALUE = 8192  # bytes of an attribute's value beyond which nobody needs it
MAX_TEMPLATES = 200
NOSCRIPT_TEXT = 600  # characters in noscript that may be the article of a page that shows no other text
PROSE = 60  # characters of a paragraph that is text
_ENDS = re.compile(rb"(?i)</(?:html|body)\s{0,20}>")
_BASE64 = re.compile(rb"(?i)data:[\w/+.-]{1,60};base64,[a-z0-9+/=\s]{1000,}")
_VALUE = re.compile(rb"""=\s?(?:"[^"<>]{%d,}"|'[^'<>]{%d,}')""" % (LONG_VALUE, LONG_VALUE))
_SUBSET = re.compile(rb"(?i)^[^<]{0,200}(?:<\?xml[^<>]{0,300}>\s{0,100})?<!doctype[^<>\[\]]{0,300}\[")
_XML = re.compile(rb"(?i)^[^<]{0,20}<\?xml|<html[^<>]{0,300}\sxmlns\s?=")
# Elements that hold text only, whatever is in it.
_RAW = {
    name: re.compile(rb"(?i)<" + name + rb"(?=[\s>/])")
    for name in (b"title", b"textarea", b"xmp", b"noembed", b"noframes", b"iframe")
}
_CONTAINERS = (b"nav", b"aside", b"form", b"header", b"footer", b"a", b"label", b"button")
_BALANCED = re.compile(rb"<(/?)(" + b"|".join((*_RAW, *_CONTAINERS)) + rb")(?=[\s>/])")


def mend_markup(markup: bytes) -> tuple[bytes, set[str]]:
    """The same page for a parser that stops where it should not, and the names of containers that are opened more
    often than they are closed.

    Nothing ends a page: what stands behind `</html>` is shown. Long values, pictures in base64 above all, go. So does
    the internal subset of a document type. In XHTML the text of CDATA is text. An element of raw text that is never
    closed would hold the rest of the page. Linear.
    """
    markup = _ENDS.sub(b"", markup)
    if b";base64," in markup:
        markup = _BASE64.sub(b"data:,", markup)
    if len(markup) > LARGE:
        markup = _VALUE.sub(b'=""', markup)
    if (subset := _SUBSET.match(markup[:2000])) and (end := markup.find(b"]>", subset.end())) >= 0:
        markup = markup[end + 2 :]
    if b"<![CDATA[" in markup and _XML.search(markup[:2000]):
        markup = markup.replace(b"<![CDATA[", b"").replace(b"]]>", b"")
    balance = Counter[bytes]()
    for closing, name in _BALANCED.findall(markup.lower()):
        balance[name] += -1 if closing else 1
    for name, opening in _RAW.items():
        if balance[name] > 0:
            closed = markup.lower().rfind(b"</" + name) + 1
            markup = markup[:closed] + opening.sub(b"<i", markup[closed:])
    return markup, {name.decode() for name in _CONTAINERS if balance[name] > 0}


def mend_tree(root: HtmlElement, never_closed: set[str]) -> None:
    """In place: shadow roots are shown, with what belongs into their slots; the text in noscript is, where there is
    no other; a container that was never closed and so holds the text of the page is none."""
    _shadow_roots(root)
    _noscript(root)
    for name in sorted(never_closed):
        _release(root, name)


def _shadow_roots(root: HtmlElement) -> None:
    """Declarative shadow roots (HTML standard: `shadowrootmode`): readers see them in place of the host's children,
    which stand in their slots."""
    first: dict[HtmlElement | None, HtmlElement] = {}  # of each host; a second one is not shown
    for template in islice(root.iter("template"), MAX_TEMPLATES):
        if any(str(name).startswith("shadowroot") for name in template.attrib):
            first.setdefault(template.getparent(), template)
    for template in first.values():
        template.tag = "div"
        slots = {e.get("name") or "": e for e in reversed(list(islice(template.iter("slot"), MAX_TEMPLATES)))}
        for child in list(template.itersiblings()):
            if isinstance(child.tag, str) and (slot := slots.get(child.get("slot") or "")) is not None:
                slot.append(child)


def _text(e: HtmlElement) -> int:
    return sum(len(text.strip()) for text in e.itertext())


def _noscript(root: HtmlElement) -> None:
    held = [(e, _text(e)) for e in islice(root.iter("noscript"), 50)]
    inside = sum(n for _, n in held)
    body = next(root.iter("body"), None)
    if inside < NOSCRIPT_TEXT or body is None or _text(body) - inside > 0.5 * inside:
        return
    for e, _ in held:
        e.tag = "div"


def _paragraphs(e: HtmlElement) -> Iterator[int]:
    for p in e.iter("p"):
        if (n := _text(p)) >= PROSE:
            yield n


def _release(root: HtmlElement, name: str) -> None:
    """The last of these elements that holds a quarter of the paragraphs' text becomes a plain division."""
    found = list(islice(root.iter(name), 2000))
    if not found:
        return
    whole = sum(_paragraphs(root))
    for e in reversed(found[-20:]):
        inside = sum(_paragraphs(e))
        if inside >= 0.25 * whole and inside >= 4 * PROSE:
            e.tag = "span" if name in ("a", "label", "button") else "div"
            for attribute in ("class", "id", "role", "href"):
                e.attrib.pop(attribute, None)
            return
