"""Pages made to hurt a reader, each with what a person would still read on it.

A shape makes a page whose repeated part has about `n` bytes. `BEFORE` stands before the part that hurts and must
survive everywhere; `AFTER` stands behind it, and must where a browser would show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

NAMES = [
    "amber",
    "birch",
    "cedar",
    "drift",
    "ember",
    "fjord",
    "grove",
    "heath",
    "islet",
    "jetty",
    "knoll",
    "ledge",
    "marsh",
    "north",
    "ocean",
]
BEFORE = [f"An ordinary sentence about the {name} quay and about the people who work on it." for name in NAMES]
AFTER = [f"Another plain sentence of the {name} pier, where the night ferry will berth again." for name in NAMES]
TITLE = "The night ferry sails again"
LD = '<script type="application/ld+json">'
NEWS = LD + '{"@type":"NewsArticle","headline":"The night ferry sails again",'


def paragraphs(sentences: list[str]) -> str:
    return "".join(f"<p>{sentence}</p>" for sentence in sentences)


@dataclass(frozen=True)
class Shape:
    """`make` gives the page; `must` is what its body must hold; `fixed`: the page is the same for any `n`."""

    make: Callable[[int], bytes]
    must: tuple[str, ...]
    fixed: bool = False
    charset: str | None = None  # of the HTTP header


SHAPES: dict[str, Shape] = {}


def nothing(n: int) -> str:
    return ""


def inside(
    name: str, part: Callable[[int], str], *, head: Callable[[int], str] = nothing, after: bool = True,
    fixed: bool = False,
) -> None:  # fmt: skip
    """A page that is hurt between its two halves, or in its head."""

    def make(n: int) -> bytes:
        return (
            f"<!DOCTYPE html><html lang=en><head><title>{TITLE}</title>{head(n)}</head><body><article><h1>{TITLE}</h1>"
            f"{paragraphs(BEFORE)}{part(n)}{paragraphs(AFTER)}</article></body></html>"
        ).encode()

    SHAPES[name] = Shape(make, (*BEFORE, *AFTER) if after else tuple(BEFORE), fixed)


def head(name: str, part: Callable[[int], str], *, fixed: bool = False) -> None:
    inside(name, nothing, head=part, fixed=fixed)


# fmt: off
# Metadata
head("json-ld open string", lambda n: LD + '{"@type":"NewsArticle","headline":"' + '\\"' * (n // 2) + "</script>")
head("json-ld authors", lambda n: LD + '{"@type":"NewsArticle",' + '"author":"a' * (n // 11) + "</script>")
head("json-ld many authors", lambda n: NEWS + '"author":[' + ",".join(['{"name":"Al Bo"}'] * (n // 17)) + "]}</script>")
head("json-ld deep", lambda n: LD + '{"a":[' * (n // 6) + "</script>")
head("json-ld scripts", lambda n: (LD + '{"@type":"Thing"}</script>') * (n // 62))
head("json-ld commas", lambda n: LD + "[" + ",    " * (n // 5) + "]</script>")
head("json-ld body", lambda n: NEWS + '"articleBody":"' + "x " * (n // 2) + '"}</script>')
head("json-ld updates", lambda n: LD + '{"liveBlogUpdate":[' + ",".join(['{"@type":"BlogPosting"}'] * (n // 24)) + "]}</script>")
head("json-ld selectors", lambda n: NEWS + '"hasPart":{"cssSelector":"' + ".a, " * (n // 4) + '"}}</script>')
head("json-ld quotes", lambda n: LD + '{"headline":"' + '"' * n + "</script>")
head("json-ld ends of texts", lambda n: LD + '{"headline":"' + '",\n' * (n // 3) + "</script>")
head("json-ld comments", lambda n: LD + '{"headline":"' + '"//\n' * (n // 4) + "</script>")
head("json-ld glued", lambda n: LD + '{"a":1}' * (n // 7) + "</script>")
head("json-ld pairs", lambda n: LD + "{" + '"a":"b" ' * (n // 8) + "</script>")
head("title", lambda n: "<title>" + "a - " * (n // 4) + "</title>")
head("title without an end", lambda n: "<title>The night ferry", fixed=True)
head("author meta", lambda n: '<meta name=author content="' + "Al Bo, " * (n // 7) + '">')
head("metas", lambda n: "<meta name=x content=y>" * (n // 23))
head("50000 metas", lambda n: "<meta property=og:image content=/x.jpg>" * 50_000, fixed=True)
head("canonicals", lambda n: "<link rel=canonical href=/x>" * (n // 28))
# Siblings
inside("b", lambda n: "<p>" + "<b>a</b> " * (n // 9) + "</p>")
inside("p", lambda n: "<p>so</p>" * (n // 9))
inside("empty p", lambda n: "<p></p>" * (n // 7))
inside("a", lambda n: "<p>" + '<a href="/x">l</a> ' * (n // 19) + "</p>")
inside("br", lambda n: "<p>" + "<br>" * (n // 4) + "</p>")
inside("cells", lambda n: "<table><tr>" + "<td>c</td>" * (n // 10) + "</tr></table>")
inside("colspan", lambda n: "<table>" + "<tr><td colspan=1000>x</td></tr>" * (n // 32) + "</table>")
inside("bylines", lambda n: "<p class=author>By Al Bo</p>" * (n // 29))
inside("dates", lambda n: "<p>12 March 2024</p>" * (n // 20))
inside("times", lambda n: "<time datetime=2024-03-12>x</time>" * (n // 35))
inside("clocks", lambda n: "<p>12:05</p>" * (n // 12))
inside("same line", lambda n: "<p>Next Story</p>" * (n // 17))
inside("lines in pre", lambda n: "<pre>" + "line one\n" * (n // 9) + "</pre>")
inside("figures", lambda n: "<figure><img src=x><figcaption>1/9</figcaption></figure>" * (n // 57))
inside("iframes", lambda n: "<iframe src=/embed/video></iframe>" * (n // 35))
inside("images", lambda n: "<div class=gallery>" + "<img src=/x.jpg>" * (n // 16) + "</div>")
inside("noscript", lambda n: "<noscript><img src=/x.jpg></noscript>" * (n // 38))
inside("names of walls", lambda n: "<i class='cookie-consent paywall live-blog-post'>x</i>" * (n // 55))
inside("items", lambda n: "<i itemprop=articleBody></i>" * (n // 28))
inside("headings", lambda n: "<h1>The</h1>" * (n // 12))
inside("own elements", lambda n: "<x-y>z</x-y>" * (n // 12))
inside("templates", lambda n: "<template shadowrootmode=open><slot></slot></template>" * (n // 54))
# Depth
inside("deep div", lambda n: "<div>" * (n // 5))
inside("deep div, closed", lambda n: "<div>" * (n // 11) + "</div>" * (n // 11))
inside("deep span", lambda n: "<span>" * (n // 6))
inside("deep font", lambda n: "<p>" + "<font>" * (n // 6))
inside("deep list", lambda n: "<ul><li>" * (n // 8))
inside("deep table", lambda n: "<table><tr><td>" * (n // 15))
inside("deep quote", lambda n: "<blockquote>" * (n // 12))
inside("deep with names", lambda n: "<div class=box>" * (n // 15))
inside("deep templates", lambda n: "<template shadowrootmode=open>" * (n // 30))
inside("misnested", lambda n: "<b><i></b></i>" * (n // 14))
# Tags and attributes
inside("attributes", lambda n: "<p " + " ".join(f"a{i}=1" for i in range(n // 8)) + ">x</p>")
inside("attributes with brackets", lambda n: "<p " + " ".join(f'a{i}="<"' for i in range(n // 10)) + ">x</p>")
inside("attributes in many tags", lambda n: ("<p " + " ".join(f"a{i}=1" for i in range(90)) + ">x</p>") * (n // 600))
inside("long class", lambda n: f"<p class='{'paywall-' * (n // 8)}'>x</p>")
inside("many classes", lambda n: "".join(f"<p class='c{i} cookie-{i}'></p>" for i in range(n // 28)))
inside("long address", lambda n: f"<a href='/{'x' * n}'>far</a>")
inside("base64", lambda n: f"<img src='data:image/png;base64,{'iVBORw0K' * (n // 8)}'>")
inside("5 MB of base64", lambda n: f'<img src="data:image/png;base64,{"iVBORw0K" * 655_360}">', fixed=True)
inside("5 MB of base64, no quotes", lambda n: f"<img src=data:image/png;base64,{'iVBORw0K' * 655_360}>", fixed=True)
inside("base64 in a style", lambda n: f"<p style=\"background:url('data:image/png;base64,{'iVBORw0K' * (n // 8)}')\">x</p>")
inside("signs of equality", lambda n: "<p x=" + "=a" * (n // 2) + ">x</p>")
inside("less than", lambda n: "<" * n)
inside("tags without an end", lambda n: "<a " * (n // 3))
inside("quotes", lambda n: '<p class="' * (n // 10), after=False)
inside("entities", lambda n: "<p>" + "&amp;" * (n // 5) + "</p>")
inside("references", lambda n: "&#0" * (n // 3))
inside("unknown entities", lambda n: "<p>" + "&zzz;" * (n // 5) + "</p>")
inside("double entities", lambda n: "<p>" + "&amp;" + "amp;" * (n // 4) + "</p>")
# Never closed, or closed too often
inside("open comments", lambda n: "<!--" * (n // 4))
inside("open comment", lambda n: "<!-- " + "x" * (n % 7))
inside("open cdata", lambda n: "<![CDATA[" * (n // 9))
inside("open svg", lambda n: "<svg " * (n // 5))
inside("open script", lambda n: "<script>" + "x" * n, after=False)
inside("open style", lambda n: "<style>" + "p{}" * (n // 3), after=False)
inside("open instructions", lambda n: "<?php " * (n // 6))
inside("open textarea", lambda n: "<textarea>" * (n // 10))
inside("open frame", lambda n: "<iframe src=/x>" * (n // 15))
inside("open a", lambda n: '<a href="/elsewhere">', fixed=True)
inside("open nav", lambda n: "<nav>", fixed=True)
inside("open form", lambda n: "<form action=/x><label>", fixed=True)
inside("open aside", lambda n: "<aside class=related>", fixed=True)
inside("open b", lambda n: "<b><i><u>", fixed=True)
inside("open heading", lambda n: "<h2>A heading without an end", fixed=True)
inside("open table", lambda n: "<table><tr><td>", fixed=True)
inside("open quote", lambda n: "<blockquote>", fixed=True)
inside("closed too often", lambda n: "</div></body></html>" * (n // 20))
inside("body ends early", lambda n: "</body></html>", fixed=True)
inside("second html", lambda n: "<html><head><title>x</title></head><body>", fixed=True)
# Text that is hardly text
inside("bidi", lambda n: "<p>" + "\u202e\u2066x" * (n // 7) + "</p>")
inside("zero width", lambda n: "<p>" + "\u200b" * (n // 3) + "</p>")
inside("combining", lambda n: "<p>e" + "\u0301" * (n // 2) + "</p>")
inside("joiners", lambda n: "<p>" + "\U0001f468\u200d" * (n // 7) + "</p>")
inside("one line", lambda n: "<p>" + "word " * (n // 5) + "</p>")
inside("one word", lambda n: "<p>" + "w" * n + "</p>")
inside("one line of sentences", lambda n: "<p>" + "It said so. " * (n // 12) + "</p>")
inside("nul", lambda n: "\x00" * n)
inside("controls", lambda n: "<p>" + "\x01\x1f\x0b" * (n // 3) + "</p>")
inside("plain text", lambda n: "a line of it\n" * (n // 13))
