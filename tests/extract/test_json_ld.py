"""JSON-LD as pages write it: broken in every way, in pieces, referred to, and of several articles at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extract import loose_json
from archive.extract.jsonld import Graph, load
from archive.model import Article
from tests.extract.conftest import Extract
from tests.extract.test_extract import TITLE, article, page


def script(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def nodes(run: Extract, *values: Any, head: str = "", **more: Any) -> Article:
    return article(run, page(head + "".join(script(json.dumps(v)) for v in values)), **more)


ODA = {"@type": "Person", "name": "Oda Vestergaard"}
NEWS: dict[str, Any] = {"@type": "NewsArticle", "headline": TITLE}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": "She said "no", and left", "b": 1}', [{"a": 'She said "no", and left', "b": 1}]),
        ('{"a": "say "yes""}', [{"a": 'say "yes"'}]),
        ('{"a": "two "three", "four" five", "b": 1}', [{"a": 'two "three", "four" five', "b": 1}]),
        ('{"a": "<a href="/x?a=1,b">x</a>, <b class="c">y</b>", "b": "c"}',
         [{"a": '<a href="/x?a=1,b">x</a>, <b class="c">y</b>', "b": "c"}]),
        ('["a "b" c", "d"]', [['a "b" c', "d"]]),
        ('{"a": "x" "b": [1, 2.5, "c" ,],}', [{"a": "x", "b": [1, 2.5, "c"]}]),
        ('{"a": "line\nbreak", "b": "tab\tx\x01"}', [{"a": "line\nbreak", "b": "tab\tx\x01"}]),
        ('{"a": "x", // it says "q"\n "b": "y" /* and "c" */ }', [{"a": "x", "b": "y"}]),
        ('{"a": "x" // it\n}', [{"a": "x"}]),
        ("{a: 'x', b: \"c\", d: [true, null, undefined]}", [{"a": "x", "b": "c", "d": [True, None, None]}]),
        ('{"a": "\\ud83d\\ude00 \\\'ok\\\' \\/ \\n", "b": }', [{"a": "😀 'ok' / \n", "b": None}]),
        ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]),
        ('{"a": 1},\n{"b": 2};', [{"a": 1}, {"b": 2}]),
        ('[{"a": 1}{"b": 2}', [[{"a": 1}, {"b": 2}]]),
        ('{"a": 1, "b": {"c": ["d", "e"', [{"a": 1, "b": {"c": ["d", "e"]}}]),
        ('{"a": 1, "b": "cut off in the mid', [{"a": 1}]),
        ('{"a": 1, "b"', [{"a": 1}]),
        ("no JSON at all", []),
        ("", []),
        ('{"a": {"b": 1}} trailing words', [{"a": {"b": 1}}]),
    ],
)  # fmt: skip
def test_broken_json(text: str, values: list[Any]) -> None:
    assert loose_json.read(text) == values


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["a", "b c", "@id", "é"]), JSON, min_size=1))
def test_what_is_whole_is_read_as_json_reads_it(value: dict[str, Any]) -> None:
    assert load(json.dumps(value)) == [value]
    assert loose_json.read(json.dumps({"a": 1, "b": [1, {"c": "d"}, None, -2.5e3]})) == [
        {"a": 1, "b": [1, {"c": "d"}, None, -2500.0]}
    ]


@given(st.text(alphabet="{}[]\",:\\a1 \n/*'", max_size=60))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    loose_json.read(text)
    Graph([text, "{" + text, '{"a":"' + text])


@pytest.mark.parametrize(
    "text",
    [
        "&quot;headline&quot;:&quot;T&quot;,&quot;author&quot;:&quot;Oda Vestergaard&quot;}",
        '"@type":"NewsArticle","headline":"T","author":"Oda &amp; Peter"}',
    ],
)
def test_entities(text: str) -> None:
    (value,) = load("{" + text.replace("Oda &amp; Peter", "Oda Vestergaard"))
    assert value["author"] == "Oda Vestergaard" and value["headline"] == "T"


def test_an_article_whose_json_ld_was_cut_off_in_its_text(run: Extract) -> None:
    whole = json.dumps({**NEWS, "author": ODA, "datePublished": "2026-03-03", "articleBody": "The harbour " * 50})
    found = article(run, page(script(whole[:-300])))
    assert (found.authors, found.date_published) == (("Oda Vestergaard",), "2026-03-03")


def test_references_are_resolved(run: Extract) -> None:
    graph = {
        "@graph": [
            {"@type": "NewsArticle", "headline": TITLE, "author": {"@id": "#oda"}, "publisher": {"@id": "#house"},
             "image": {"@id": "https://www.tidewater.example/a/#primaryimage"},
             "mainEntityOfPage": {"@id": "https://www.tidewater.example/a/"}},
            {**ODA, "@id": "#oda"},
            {"@type": "Organization", "@id": "#house", "name": "Tidewater"},
            {"@type": "ImageObject", "@id": "https://www.tidewater.example/a/#primaryimage",
             "contentUrl": "https://www.tidewater.example/quay.jpg?a=1&amp;b=2"},
        ]
    }  # fmt: skip
    found = nodes(run, graph)
    assert (found.authors, found.publisher) == (("Oda Vestergaard",), "Tidewater")
    assert found.image == "https://www.tidewater.example/quay.jpg?a=1&b=2"
    assert found.canonical_url == "https://www.tidewater.example/a/"
    del graph["@graph"][3]
    assert nodes(run, graph).image is None, "the name of a node is no picture"


def test_the_node_that_names_this_page(run: Extract) -> None:
    own = {**NEWS, "headline": "Otherwise called", "author": ODA, "url": Extract.url}
    others = [{**NEWS, "headline": f"Quite another story {i}", "author": f"Al Bo{i}"} for i in range(3)]
    assert nodes(run, others, own).authors == ("Oda Vestergaard",)
    entity = {**own, "url": None, "mainEntityOfPage": {"@id": Extract.url + "#main"}}
    assert nodes(run, others, entity).authors == ("Oda Vestergaard",)
    assert nodes(run, others, {**own, "url": "https://www.tidewater.example/other"}).authors == ()


def test_an_article_within_a_page_and_one_that_is_a_job(run: Extract) -> None:
    inside = {"@type": "WebPage", "mainEntity": {"@type": ["Article", "NewsArticle"], **NEWS, "author": ODA}}
    assert nodes(run, [[inside]]).authors == ("Oda Vestergaard",)
    job = {"@type": "JobPosting", "headline": TITLE, "datePublished": "2026-01-01", "author": "Al Bo"}
    found = nodes(run, job, {**NEWS, "author": ODA})
    assert (found.authors, found.date_published) == (("Oda Vestergaard",), None)
