"""What `scripts/eval --diff` and `--classes` say of lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation import pages

ROW = {"paragraphs": pages.paragraphs(1), "optional": [False] * 4, "authors": ["Ana Ruiz"]}
PAGE = """<html><head><title>A bridge for all | The News</title><meta property="og:title" content="A bridge for all">
<script type="application/ld+json">{"headline": "One bridge, many \\u201cfriends\\u201d of it"}</script></head>
<body><a href="/x">Islanders wait for a harbour of their own</a>
<ul><li>The quay is eighty years old, says a study</li></ul>
<figure><figcaption>The bridge at dusk, seen from <em>the quay</em></figcaption></figure>
<table><tr><td>Cost in 2025</td><td>three million</td></tr></table></body></html>"""
LONG = "A second story follows here, which has nothing to do with the first one and is about the harbour master alone."


@pytest.mark.parametrize(
    ("line", "number", "expected"),
    [
        ("A bridge for all", 0, "duplicated headline"),
        ("One bridge, many “friends” of it", 0, "duplicated headline"),
        ("By Ana Ruiz, chief reporter", 1, "byline line"),
        ("Ana Ruiz", 1, "byline line"),
        ("12 March 2026, 10:30", 1, "date or reading-time line"),
        ("4 min read", 1, "date or reading-time line"),
        ("Sign up for our morning letter", 5, "newsletter, subscription, app"),
        ("Read more: the harbour", 5, "read more, related, next story"),
        ("Photo: AFP", 5, "caption or credit"),
        ("The bridge at dusk, seen from the quay", 5, "caption or credit"),
        ("Bo Lind is a senior reporter who writes on harbours and on ferries.", 30, "author biography"),
        ("© 2026 The News", 30, "legal, copyright, disclosure"),
        ("Share this article", 30, "comments, social"),
        ("Islanders wait for a harbour of their own", 30, "link text"),
        ("- The quay is eighty years old, says a study", 2, "leading key point"),
        ("- The quay is eighty years old, says a study", 20, "other list item"),
        ("Cost in 2025 | three million", 5, "table"),
        ("Around the harbour", 5, "other short line"),
        (LONG, 5, "other paragraph"),
    ],
)
def test_classes_of_surplus_lines(line: str, number: int, expected: str, lib: Any) -> None:
    module = lib("eval_classes")
    assert module.line_class(line, number, ROW, module.read_page(PAGE.encode())) == expected


def test_what_is_surplus(lib: Any) -> None:
    module = lib("eval_classes")
    first, *others = pages.paragraphs(1)
    changed = first.replace("two hours", "3 hours")
    lines = [changed, "Bridge number 1", LONG, *others, "bridge number 1, which has been closed"]
    found = [line for _, line in module.surplus(ROW, {"article_body": "\n".join(lines)}, module.Page())]
    assert found == [LONG]
    assert list(module.surplus(ROW, {"article_body": None}, module.Page())) == []


def test_what_is_surplus_without_blanks_between_words(lib: Any) -> None:
    module = lib("eval_classes")
    row = {"paragraphs": ["町議会は火曜日に橋の修理を決めた。"], "optional": [False]}
    body = "町議会は火曜日に橋の修理を決めた\n港の改修は来年に延期された"
    found = [line for _, line in module.surplus(row, {"article_body": body}, module.Page())]
    assert found == ["港の改修は来年に延期された"]


def test_what_is_missing(lib: Any) -> None:
    module = lib("eval_classes")
    row: dict[str, Any] = {"paragraphs": ["A label", *pages.paragraphs(1)], "optional": [False] * 5}

    def missing(*kept: int) -> list[str]:
        text = "\n".join(row["paragraphs"][number] for number in kept)
        return [kind for kind, _ in module.missing(row, {"article_body": text})]

    assert missing(0, 1, 2, 3, 4) == []
    assert missing(1, 2, 3, 4) == ["heading or short line"]
    assert missing(0, 1, 3, 4) == ["middle paragraph"]
    assert missing(0, 1, 2, 3) == ["last paragraph"]
    assert missing(0, 1) == ["more than half lost"] * 3
    row["optional"] = [True, True, False, False, False]
    assert missing(2, 3, 4) == []
    row = {"body": "\n".join(pages.paragraphs(1))}
    assert [kind for kind, _ in module.missing(row, {"article_body": "\n".join(pages.paragraphs(1)[1:])})] == [
        "lead paragraph"
    ]


def test_up_and_down_against_an_earlier_run(evaluate: Any, tmp_path: Path) -> None:
    good = pages.predictions()
    text = "\n".join(pages.paragraphs(1))
    old = [{**p, "article_body": f"{pages.headline(1)}\n{text}"} if p["id"] == "news-1" else p for p in good]
    lost = "\n".join(pages.paragraphs(2)[:3])
    new = [p | {"article_body": lost, "headline": "x"} if p["id"] == "news-2" else p for p in good]
    before, now = pages.write(tmp_path / "before", old), pages.write(tmp_path / "now", new)
    evaluate("--from", now, "--raise")
    _, out = evaluate("--from", now, "--diff", before)
    (news,) = re.findall(r"(?s)\nnews: .*?\n\n", out)
    assert "news: 1 up, 1 down by more than 0.01 F1; F1 0." in news
    assert re.search(
        r"\n  -0\.1\d+  1\.0000 -> 0\.8\d+  news-2  head 1\.00 -> 0\.00\n      - \[article\] Nobody", news
    )
    assert re.search(
        r"\n  \+0\.0\d+  0\.9\d+ -> 1\.0000  news-1\n      - \[duplicated headline\] Bridge number 1", news
    )
    assert re.search(r"\n  duplicated headline +1 went +0 came\n", news)
    assert "web: 0 up, 0 down" in out and "web-5" not in out.partition("web: 0 up")[2]
    _, out = evaluate("--from", now, "--diff", pages.write(tmp_path / "few", old[:2]))
    assert "sites: not among the earlier predictions" in out


def test_classes_over_all_pages(evaluate: Any, tmp_path: Path) -> None:
    one = [
        p | ({"article_body": f"{LONG}\n{p['article_body']}"} if p["id"] == "news-1" else {})
        for p in pages.predictions()
    ]
    file = pages.write(tmp_path / "p", one)
    evaluate("--from", file, "--raise")
    _, out = evaluate("--from", file, "--classes")
    assert re.search(r"(?m)^other paragraph +50 \(100\) +0 \(0\) +0 \(0\)$", out)
