"""Pages made to hurt: they end within a worker's deadline, keep as much text as there is, and raise nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.extract import extract
from archive.extract.decode import decode, legal_references
from archive.extract.parse import cut, parse
from archive.model import HELD, Extraction, Verdict
from archive.workers import Limits, WorkerPool
from tests.extract import hostile_pages
from tests.extract.conftest import CAPTURED, Extract
from tests.extract.hostile import BEFORE, SHAPES, TITLE, Shape, paragraphs
from tests.extract.kinds import CASES

assert hostile_pages  # puts its pages among SHAPES
GROWING = [name for name, shape in SHAPES.items() if not shape.fixed]


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """The deadline, not the test, says what takes too long: TaskFailed is raised for it."""
    with WorkerPool("tests.extract.hostile_task:run", processes=2, limits=Limits(deadline_s=40)) as workers:
        yield workers


def survives(pool: WorkerPool, shape: Shape, size: int) -> None:
    found: Extraction = pool.submit((shape.make(size), shape.charset)).result()
    assert found.verdict in HELD, (found.verdict, found.error)
    assert found.article is not None
    missing = [sentence for sentence in shape.must if sentence not in found.article.article_body]
    assert not missing, (len(missing), missing[0], found.error, found.charset)


@pytest.mark.parametrize("name", SHAPES)
def test_100_kb(pool: WorkerPool, name: str) -> None:
    survives(pool, SHAPES[name], 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("name", GROWING)
def test_1_mb(pool: WorkerPool, name: str) -> None:
    survives(pool, SHAPES[name], 1_000_000)


def page(body: str) -> str:
    return (
        f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>{body}</article></body></html>"
    )


@pytest.mark.parametrize(
    "reference",
    [
        "&#31;",
        "&#x1f;",
        "&#x1F",
        "&#0;",
        "&#xFFFE;",
        "&#xD800;",
        "&#99999999;",
        "&#127;",
        "&#129;",
        "\x1f",
        "\x00",
    ],
)
def test_a_reference_to_nothing_costs_nothing(run: Extract, reference: str) -> None:
    text = paragraphs(BEFORE) + "<p>The word {} stands in{} this last sen{}tence.</p>"
    with_it, without = (run(page(text.format(x, x, x))) for x in (reference, ""))
    assert with_it.article is not None
    assert with_it.article == without.article


def test_references_of_windows_1252_are_what_their_writers_meant() -> None:
    assert legal_references(b"it&#146;s &#8217; &amp;#31;") == "it’s &#8217; &amp;#31;".encode()


@pytest.mark.parametrize(
    "frames", ["<frameset><frame src=/a.html></frameset>", "<frameset rows=1,2><frame src=/a.html>"]
)
def test_a_page_of_frames_leads_to_them(run: Extract, frames: str) -> None:
    found = run(
        f"<html><head><title>Tidewater</title></head>{frames}<noframes>Get another browser.</noframes></html>"
    )
    assert found.verdict is Verdict.LISTING
    assert [link.url for link in found.links] == ["https://www.tidewater.example/a.html"]


def check(found: Extraction) -> None:
    """What holds for every page: a verdict, and text that is NFC and without what nobody sees."""
    assert found.verdict in Verdict
    assert (found.article is None) == (found.verdict not in HELD)
    texts = [block.text for block in found.removed]
    if found.article is not None:
        a = found.article
        texts += [x for x in (a.article_body, a.headline, a.description, a.byline_raw, *a.authors) if x]
        assert "\n\n" not in a.article_body
    for text in texts:
        assert unicodedata.is_normalized("NFC", text)
        assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") for c in text), repr(text)
        text.encode("utf-8")
    assert len([s for s in found.sources if s.field == "verdict"]) <= 6


CHARSETS = st.sampled_from(
    [None, "utf-8", "no-such-charset", "utf-16", "\x00", "shift_jis", "latin-1", "iso-2022-jp"]
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000), st.booleans(), CHARSETS)
def test_any_bytes_give_an_extraction(data: bytes, complete: bool, charset: str | None) -> None:
    check(
        extract(
            data, url="https://www.tidewater.example/a", captured_at=CAPTURED, charset=charset, complete=complete
        )
    )


FRAGMENTS = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<div class=author>", "<article>", "</article>", "<h1>", "<a href='http://[x'>", "<table>", "<td>", "<br>",  # noqa: E501
         "<script type='application/ld+json'>", "</script>", '{"@type":"NewsArticle","author":[[', '"headline":{"a":1}}', "<!--",  # noqa: E501
         "-->", "<time datetime='2026-99-01'>", "By Al Bo", "12 March 2024 10:00 GMT", "Next Story", "X", "&#31;", "\u202e", "٣",  # noqa: E501
         "<meta property='og:title' content='a | b | c'>", "<svg", "]]>", "<pre>\n\n", "word " * 20, "12:05", "1/12",
         '{"@type":"LiveBlogPosting","liveBlogUpdate":{}}', '{"hasPart":[[{"cssSelector":[".a,#b>c"]}]]}', "<template shadowrootmode>",  # noqa: E501
         "<slot>", "<noscript>", "<frameset>", "<frame src=x>", "<title>", "<textarea>", "</body></html>", "<nav>", "Accept all",  # noqa: E501
         "we and our partners use cookies", "page not found", "<video>", "<figure>", "<figcaption>", "<div class=paywall>", "<div id=root>"]  # noqa: E501
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(FRAGMENTS)
def test_any_markup_gives_an_extraction_without_an_internal_failure(parts: list[str]) -> None:
    found = extract("".join(parts).encode(), url="https://www.tidewater.example/a", captured_at=CAPTURED)
    check(found)
    assert found.error is None or ("could not be read" not in found.error and "failed" not in found.error), (
        found.error
    )


MUTATION = st.tuples(
    st.integers(min_value=0, max_value=10**6), st.integers(min_value=0, max_value=400), st.binary(max_size=8)
)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from([made for _, made in CASES]), st.lists(MUTATION, max_size=6), CHARSETS)
def test_mutated_pages_give_an_extraction(
    made: object, changes: list[tuple[int, int, bytes]], charset: str | None
) -> None:
    """Bytes of a page that is in order are cut out and put in at any place."""
    assert callable(made)
    url, html = made()
    data = html.encode()
    for at, length, new in changes:
        at %= len(data) + 1
        data = data[:at] + new + data[at + length :]
    check(extract(data, url=url, captured_at=CAPTURED, charset=charset))


def test_cut_takes_scripts_and_keeps_json_ld() -> None:
    page = b"a<SCRIPT>x</script >b<style>y</style>c<!-- d -->e<script type='application/LD+json'>{}</script>f<svg><a/></svg>g"  # noqa: E501
    assert cut(page) == (b"abcef g", ["{}"])
    assert cut(b"a<script>x") == (b"a", [])
    assert cut(b"a<!-- b") == (b"a b", [])


def test_nesting_beyond_the_parser_keeps_its_text() -> None:
    parsed = parse(b"<div>" * 2000 + b"<p>deep down</p>")
    assert parsed is not None and "deep down" in parsed.root.text_content()
    assert parsed.notes


@pytest.mark.parametrize(
    ("data", "charset", "decided"),
    [
        ("Grüße".encode(), "iso-8859-1", "utf-8"),
        ("Grüße".encode("latin-1"), "iso-8859-1", "cp1252"),
        ("Grüße".encode("latin-1"), None, "cp1252"),
        ("\ufeffGrüße".encode("utf-16"), None, "utf-16-le"),
        ("<meta charset=windows-1251>Привет".encode("cp1251"), None, "cp1251"),
        ("<meta charset=utf-8>日本".encode("shift_jis"), "Shift_JIS", "cp932"),
        ("Grüß".encode()[:-1], None, "utf-8"),
        ("“Grüße”".encode("cp1252"), "utf-16", "cp1252"),
        ("<meta charset=iso-2022-jp>日本".encode("iso2022_jp"), None, "iso2022_jp"),
        (b"plain ASCII", "iso-2022-jp", "utf-8"),
    ],
)
def test_charset(data: bytes, charset: str | None, decided: str) -> None:
    text, name = decode(data, charset)
    assert name == decided
    text.decode("utf-8")


def test_a_guessed_charset_is_told(run: Extract) -> None:
    html = SHAPES["undeclared shift_jis"].make(0)
    told = [s.value for s in run(html).sources if s.field == "charset"]
    assert told == ["cp932, by what its bytes look like"]
    assert not [s for s in run(html, charset="shift_jis").sources if s.field == "charset"]


def test_few_wrong_bytes_do_not_cost_a_page_its_charset() -> None:
    right = ("Grüße aus Köln. " * 50).encode()
    assert decode(right + b"caf\xe9 \x93x\x94")[0] == right + "café “x”".encode()
