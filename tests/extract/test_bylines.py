"""Authors: who is named where, who is not, and what the page says word for word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.extract.conftest import Extract
from tests.extract.test_extract import BODY, TITLE, article, page

H1 = f"<h1>{TITLE}</h1>"
SITE = "<meta property=og:site_name content=Tidewater>"


def authors(run: Extract, head: str = "", body: str = H1, **ld: Any) -> list[str]:
    return list(article(run, page(head, body, ld=ld)).authors)


def after_the_text(run: Extract, html: str) -> list[str]:
    return list(article(run, page(body=H1 + 14 * BODY + html, ld={})).authors)


ODA: dict[str, Any] = {"@type": "Person", "name": "Oda Vestergaard"}
HOUSE: dict[str, Any] = {"@type": "Organization", "name": "Tidewater"}


def test_no_organisation_where_a_person_is_named(run: Extract) -> None:
    assert authors(run, SITE, author=[ODA, HOUSE]) == ["Oda Vestergaard"]
    assert authors(run, SITE, author=[{"@type": "Person", "name": "Tidewater"}, ODA]) == ["Oda Vestergaard"]
    assert authors(run, SITE, f"{H1}<p class=byline>By Oda Vestergaard</p>", author=HOUSE) == ["Oda Vestergaard"]
    card = '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Oda Vestergaard">'
    assert authors(run, SITE + card, author=HOUSE) == ["Oda Vestergaard"]


def test_an_organisation_signs_alone_where_the_page_states_it(run: Extract) -> None:
    assert authors(run, SITE, author=HOUSE) == ["Tidewater"]
    assert authors(run, SITE + "<meta name=author content=Tidewater>") == ["Tidewater"]
    assert authors(run, SITE) == []
    found = article(run, page(SITE + "<meta name=author content=Tidewater>", ld={}))
    assert found.publisher == "Tidewater"


def test_one_persons_site_bears_her_name(run: Extract) -> None:
    site = "<meta property=og:site_name content='Oda Vestergaard'>"
    assert authors(run, site + "<meta name=author content='Oda Vestergaard'>") == ["Oda Vestergaard"]


def test_an_author_who_is_stated_with_the_page(run: Extract) -> None:
    node = {"@type": "WebPage", "author": {"@id": "#oda"}}
    script = f'<script type="application/ld+json">{json.dumps([node, ODA | {"@id": "#oda"}])}</script>'
    assert authors(run, script) == ["Oda Vestergaard"]
    assert authors(run, script.replace("WebPage", "Review")) == []


@pytest.mark.parametrize("label", ["Written by", "Escrito por", "Geschrieben von", "Interview by", "Author"])
def test_a_labelled_card(run: Extract, label: str) -> None:
    head = '<meta name="twitter:label1" content="Reading time"><meta name="twitter:data1" content="Three Long Minutes">'
    head += f'<meta name="twitter:label2" content="{label}"><meta name="twitter:data2" content="Oda Vestergaard">'
    assert authors(run, head) == ["Oda Vestergaard"]


@pytest.mark.parametrize(
    "label", ["Written by", "Author(s):", "Article by", "Autor", "Écrit par", "Scritto da", "执笔", "著者", "कोई"]
)
def test_a_label_in_a_line_of_its_own(run: Extract, label: str) -> None:
    known = label not in ("执笔", "कोई")
    expected = ["Oda Vestergaard"] if known else []
    assert authors(run, body=f"{H1}<div>{label}</div><div>Oda Vestergaard</div>") == expected
    assert after_the_text(run, f"<h3>{label}</h3><p>Oda Vestergaard</p>") == expected


def test_a_label_before_several_names(run: Extract) -> None:
    cards = "".join(
        f"<div class=card><i>{initials}</i></div><div class=name>{name}</div><div class=job>{job}</div>"
        for initials, name, job in (
            ("OV", "Oda Vestergaard", "Chief Reporter"),
            ("PM", "Peter Maudsley", "Editor"),
        )
    )
    assert authors(run, body=f"{H1}<p>Written by</p>{cards}<p>Table of Contents</p>") == [
        "Oda Vestergaard",
        "Peter Maudsley",
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Written by Oda Vestergaard", ["Oda Vestergaard"]),
        ("Authors: Oda Vestergaard and Peter Maudsley, harbour editors", ["Oda Vestergaard", "Peter Maudsley"]),
        ("Contributors: Oda Vestergaard", ["Oda Vestergaard"]),
        (
            "This post was written by Oda Vestergaard, Head of Boats and Community Development.",
            ["Oda Vestergaard"],
        ),
        ("The book was written by Oda Vestergaard.", []),
        ("By Oda Vestergaard", []),  # far from the headline it may sign anything
        ("Written by Recent Posts", []),
    ],
)
def test_words_after_the_text(run: Extract, text: str, names: list[str]) -> None:
    assert after_the_text(run, f"<p>{text}</p>") == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Oda Vestergaard | Senior Writer | July 2, 2026", ["Oda Vestergaard"]),
        ("Harbour News | July 2, 2026", []),
        ("<a href='/author/oda/'>Oda</a> July 2, 2026", ["Oda"]),
        ("<a href='/harbour/'>Harbour Life</a><p>July 2, 2026</p>", []),
        (
            "<span class=author><b>Oda Vestergaard</b><i>Content Marketing Coordinator</i></span>",
            ["Oda Vestergaard"],
        ),
        ("<span class=author>Table of Contents</span>", []),
        ("<span class=author>Marketing Director</span>", []),
        ("<span class=byline>Contact: Oda Vestergaard</span>", []),
        ("<span class=byline>Photos by Oda Vestergaard</span>", []),
    ],
)
def test_the_line_under_the_headline(run: Extract, line: str, names: list[str]) -> None:
    assert authors(run, body=f"{H1}<div>{line}</div>") == names


def test_the_stated_one_who_only_put_it_up(run: Extract) -> None:
    byline = f"{H1}<p>By Oda Vestergaard</p>"
    assert authors(run, body=byline, author="Peter Maudsley") == ["Oda Vestergaard"]
    assert authors(run, body=byline, author="Oda M. Vestergaard") == ["Oda M. Vestergaard"]
    both = f"{byline}<p>With Peter Maudsley in the harbour</p>"
    assert authors(run, body=both, author="Peter Maudsley") == ["Peter Maudsley"]
    editor = f"{H1}<div class=author>Oda Vestergaard</div><p>Editor: Peter Maudsley</p>"
    assert authors(run, body=editor, author="Peter Maudsley") == ["Oda Vestergaard"]
    assert authors(run, body=editor.replace("Oda Vest", "Staff Vest"), author="Peter Maudsley") == [
        "Peter Maudsley"
    ]
    account = f"{H1}<section><span class=author-name>Oda Vestergaard</span></section>"
    assert authors(run, body=account, author="p.maudsley") == ["Oda Vestergaard"]


def test_microdata_of_comments_and_books_is_not_the_articles(run: Extract) -> None:
    other = "<div itemscope itemtype='https://schema.org/%s'><b itemprop=author>Peter Maudsley</b></div>"
    assert authors(run, body=H1 + other % "Comment") == authors(run, body=H1 + other % "Book") == []
    assert authors(run, body=H1 + other % "BlogPosting") == ["Peter Maudsley"]


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("Oda Vestergaard ve Deniz Yılmaz", ["Oda Vestergaard", "Deniz Yılmaz"]),
        ("Oda Vestergaard dan Budi Santoso", ["Oda Vestergaard", "Budi Santoso"]),
        ("Ода Вестергор и Пётр Модсли", ["Ода Вестергор", "Пётр Модсли"]),
        ("Oda Vestergaard i Piotr Zieliński", ["Oda Vestergaard", "Piotr Zieliński"]),
        ("Ana Ruiz y José Ortega y Gasset", ["Ana Ruiz", "José Ortega y Gasset"]),
        ("Paramita (Guha) Ghosh", ["Paramita (Guha) Ghosh"]),
        ("Oda Vestergaard (Sandvik)", ["Oda Vestergaard"]),
        ("Oda Vestergaard, Shipping Consultant", ["Oda Vestergaard"]),
    ],
)
def test_several_names_in_many_languages(run: Extract, stated: str, names: list[str]) -> None:
    assert authors(run, author=stated) == names


@pytest.mark.parametrize(
    ("line", "raw"),
    [
        ("<p class=byline>By <a href='/author/oda'>Oda Vestergaard</a>, Chief Reporter</p>",
         "By Oda Vestergaard, Chief Reporter"),
        ("<div>Written by</div><div>Oda Vestergaard</div>", "Written by Oda Vestergaard"),
        ("<div><b>Autor</b> Oda Vestergaard</div>", "Oda Vestergaard"),
    ],
)  # fmt: skip
def test_the_byline_is_kept_as_the_page_has_it(run: Extract, line: str, raw: str) -> None:
    found = article(run, page(body=f"<div>{H1}</div><section>{line}</section>", ld={}))
    assert (found.authors, found.byline_raw) == (("Oda Vestergaard",), raw)
    stated = article(run, page(ld={"author": "By Oda Vestergaard, Chief Reporter"}))
    assert stated.byline_raw == "By Oda Vestergaard, Chief Reporter"
