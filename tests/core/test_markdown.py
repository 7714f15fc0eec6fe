"""Articles as Markdown: what a CommonMark parser reads out of it is the text that went in, and of its kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from archive.markdown import article_markdown, body_markdown
from archive.model import BlockKind as K

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What the blocks of HTML are called that a parser makes of them.
OPENED = {"paragraph_open", "heading_open", "list_item_open", "blockquote_open", "fence", "tr_open"}


def text_of(inline: Token) -> str:
    """Only text may come out: no emphasis, link, code or HTML."""
    kinds = {child.type for child in inline.children or ()}
    assert kinds <= {"text", "text_special"}, (kinds, inline.content)
    return "".join(child.content for child in inline.children or ())


def read(markdown: str) -> list[tuple[str, str]]:
    """(kind, text) of every block that holds text, as the parser sees them; a row's cells are joined by " | "."""
    found: list[tuple[str, str]] = []
    around: list[str] = []
    cells: list[str] = []
    for token in PARSER.parse(markdown):
        assert token.type in OPENED | {"inline"} or token.type.endswith(("_open", "_close")), token
        if token.nesting == 1:
            around.append({"ordered_list_open": "ol", "bullet_list_open": "li"}.get(token.type, token.tag))
            cells = [] if token.type == "tr_open" else cells
        elif token.nesting == -1:
            around.pop()
            if token.type == "tr_close":
                found.append(("tr", " | ".join(cells)))
        elif token.type == "fence":
            found += [("pre", line) for line in token.content.removesuffix("\n").split("\n")]
        elif "tr" in around:
            cells.append(text_of(token))
        else:
            outer = next((tag for tag in around if tag in ("ol", "li", "blockquote")), around[-1])
            found.append((outer, text_of(token)))
    return found


BODY = [
    (K.PARAGRAPH, "The council met on Tuesday."),
    (K.H2, "What was decided"),
    (K.ITEM, "mend the bridge"),
    (K.ITEM, "paint it"),
    (K.H3, "In this order"),
    (K.NUMBERED, "close the road"),
    (K.NUMBERED, "mend the bridge"),
    (K.QUOTE, "It was time."),
    (K.QUOTE, "High time."),
    (K.PARAGRAPH, "So said the mayor."),
    (K.ROW, "Year | Cost"),
    (K.ROW, "2025 | 3 million"),
    (K.PREFORMATTED, "a  b"),
    (K.PREFORMATTED, "```"),
    (K.PARAGRAPH, "The end."),
]

MARKDOWN = """\
The council met on Tuesday.

## What was decided

- mend the bridge
- paint it

### In this order

1. close the road
2. mend the bridge

> It was time.
>
> High time.

So said the mayor.

| Year | Cost |
| --- | --- |
| 2025 | 3 million |

````
a  b
```
````

The end."""


def test_every_kind_of_block() -> None:
    kinds, lines = zip(*BODY, strict=True)
    assert body_markdown(lines, kinds) == MARKDOWN
    assert read(MARKDOWN) == [(kind.value, line) for kind, line in BODY]


def test_a_version_without_kinds_is_plain_paragraphs() -> None:
    for kinds in ((), (K.H2,), (K.H2,) * 3):
        assert body_markdown(["One.", "Two."], kinds) == "One.\n\nTwo."
    assert body_markdown([]) == body_markdown([""]) == ""


TRAPS = [
    "# no heading", "#", "###### six", "#hashtag", "> no quote", ">no quote", "- no item", "-", "---", "- - -", "***",
    "* no item", "+ no item", "+5 degrees", "1. no item", "1986. A great year", "2) no item", "123456789. x", "3.5 %",
    "===", "= x", "_ _ _", "___", "```", "~~~", "~~struck~~", "*not emphasised*", "**not strong**", "_no_",
    "snake_case", "__init__", "[no link](http://x.example)", "[ref]: http://x.example", "![no image](x)",
    "<b>no tag</b>", "a < b > c",
    "<https://x.example>", "<!-- x -->", "<?php ?>", "&amp; &copy; &#65; & x", "AT&T; R&D", "back\\slash", "end\\",
    "`code`", "a | b", "| a |", "[ ] to do", "[x] done", "C# is", "ends with #", "ends ##", "a#", "\\# x", "    four",
    "a  b", "100 * 2 * 3", "5*", "http://x.example/a_b_c?d=*", "東京*です*。", "«_x_»", "£_x_", "x\u00a0", "1.",
    "-\u00a0x",
    "\\", "\\\\", "!", "![", "](x)", "$x$", "{x}", ":smile:", "a\tb", "\ttab", "x\x0by", "x\x85y", "x\u2028y", "0. x",
    "a\\|b", "\\|", "\\ | b", "*", "**", "_", "`", "``", "<", "&", "~", "+", "=",
]  # fmt: skip
ONE_LINE = [K.PARAGRAPH, K.H2, K.H6, K.ITEM, K.NUMBERED, K.QUOTE]


def normal(text: str) -> str:
    return " ".join("".join(" " if c < " " or c in "\x7f\x85\u2028\u2029" else c for c in text).split())


@pytest.mark.parametrize("kind", ONE_LINE)
@pytest.mark.parametrize("text", TRAPS)
def test_what_looks_like_syntax_is_text(text: str, kind: K) -> None:
    found = read(body_markdown([text, text, "End."], [kind, kind, K.PARAGRAPH]))
    assert [(k, normal(t)) for k, t in found] == [(kind.value, normal(text))] * 2 + [("p", "End.")]


@pytest.mark.parametrize("text", TRAPS)
def test_a_cell_is_text(text: str) -> None:
    rows = [f"{text} | right", f"left | {text}"] if " | " not in text and text != "| a |" else []
    found = read(body_markdown(rows, [K.ROW] * len(rows)))
    assert [(k, normal(t)) for k, t in found] == [("tr", normal(row)) for row in rows]


def test_rows_of_different_length_make_one_table() -> None:
    found = read(body_markdown(["a | b | c", "d", "e | | f"], [K.ROW] * 3))
    assert found == [("tr", "a | b | c"), ("tr", "d |  | "), ("tr", "e |  | f")]


TEXT = st.text(st.sampled_from("ab1 .)#*_-+>=~`[]()<>&;!|\\:/é東\u0301"), min_size=1, max_size=24)


@given(st.lists(st.tuples(st.sampled_from(ONE_LINE), TEXT.filter(lambda text: bool(text.strip()))), max_size=5))
def test_any_text_comes_back(blocks: list[tuple[K, str]]) -> None:
    found = read(body_markdown([text for _, text in blocks], [kind for kind, _ in blocks]))
    assert [(k, normal(t)) for k, t in found] == [(kind.value, normal(text)) for kind, text in blocks]


@given(st.lists(st.text(max_size=40), max_size=4), st.lists(st.sampled_from(list(K)), max_size=4))
def test_anything_can_be_written(lines: list[str], kinds: list[K]) -> None:
    PARSER.parse(body_markdown(lines, kinds))


ARTICLE: dict[str, Any] = {
    "headline": "Bridge * to be mended #1 #",
    "authors": ("Ana Ruiz", "Bo Lind"),
    "date_published": "2026-03-01T08:00:00Z",
    "date_published_offset": "+05:30",
    "site": "news_site",
    "article_body": "First.\nSecond.",
    "body_blocks": ({"kind": "p", "confidence": 0.9}, {"kind": "h2", "confidence": None}),
}


def test_an_article() -> None:
    text = article_markdown(ARTICLE)
    assert text == (
        "# Bridge \\* to be mended #1 \\#\n\n"
        "Ana Ruiz, Bo Lind · 2026-03-01T13:30+05:30 · news_site\n\nFirst.\n\n## Second."
    )
    assert read(text)[0] == ("h1", ARTICLE["headline"])
    assert article_markdown({}) == "# (no headline)"
    assert article_markdown({"headline": "H", "authors": ("1. FC",)}) == "# H\n\n1\\. FC"
