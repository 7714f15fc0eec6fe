"""The forms of a citation, read back by programs that are not ours."""

from __future__ import annotations

import json
import re
from typing import Any

import bibtexparser
import pytest
from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors
from citeproc import Citation as SetCitation
from citeproc import CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from pybtex.bibtex.utils import change_case
from pybtex.database import Entry, parse_string
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

from archive.bibtex import as_bibtex
from archive.citation import as_csl, as_text, moment_of
from archive.cited import read_citations
from tests.citing.samples import BLOCK, HEADLINES, NAMES, RECORD_ID, SHA1, SHA256, URL, cited

PWID = "urn:pwid:news.example.org:2026-11-26T14:29:40Z:part:https://www.news.example/story%3Fid=7&part=a_b"


def test_as_text() -> None:
    assert as_text(cited()) == (
        "Ana Ruiz, Bo Lind: “Bridge is to be mended at last”. The News, 2026-03-01T09:00+01:00. "
        f"{URL}\nCaptured 2026-11-26T14:29:40.857215Z.\nPWID {PWID}\nWARC record {RECORD_ID}\n"
        f"Payload digest {SHA1}\nPayload digest sha256:{SHA256}\nBlock digest {BLOCK}"
    )


@pytest.mark.parametrize(
    ("date", "offset", "precision", "stated", "parts"),
    [
        ("2026-03-01T08:00:00Z", "+01:00", "minute", "2026-03-01T09:00+01:00", [2026, 3, 1]),
        ("2026-03-01T23:30:00Z", "+09:00", "second", "2026-03-02T08:30:00+09:00", [2026, 3, 2]),
        ("2026-03-01T00:10:30Z", "-05:00", "second", "2026-02-28T19:10:30-05:00", [2026, 2, 28]),
        ("2026-03-01T08:00:00Z", "+00:00", "minute", "2026-03-01T08:00+00:00", [2026, 3, 1]),
        ("2026-03-01T08:00:00", None, "minute", "2026-03-01T08:00 (no zone given)", [2026, 3, 1]),
        ("2026-03-01", None, "day", "2026-03-01", [2026, 3, 1]),
        ("2026-03", None, "month", "2026-03", [2026, 3]),
        (None, None, None, "undated", None),
    ],
)
def test_dates_say_what_the_page_says(
    date: str | None, offset: str | None, precision: str | None, stated: str, parts: list[int] | None
) -> None:
    one = cited(date_published=date, date_published_offset=offset, date_published_precision=precision)
    assert f"The News, {stated}. https" in as_text(one)
    assert as_csl(one).get("issued", {"date-parts": [None]})["date-parts"] == [parts]
    entry = entry_of(as_bibtex(one))
    if parts is None:
        assert not {"date", "year", "month"} & set(entry.fields)
        return
    assert entry.fields["date"] == "-".join(f"{part:02}" for part in parts)
    assert entry.fields["year"] == str(parts[0])
    assert entry.fields["month"] == ("March" if parts[1] == 3 else "February")


def test_what_a_page_does_not_say_is_not_made_up() -> None:
    one = cited(
        authors=(), headline=None, publisher=None, date_published=None, in_language=None, article_section=None
    )
    assert as_text(one).startswith(f"[no headline]. The Site, undated. {URL}\n")
    assert not {"title", "author", "issued", "language", "section"} & set(as_csl(one))
    entry = entry_of(as_bibtex(one))
    assert not entry.persons
    assert set(entry.fields) == {"organization", "url", "urldate", "note"}


def test_a_record_cut_short_and_one_without_a_payload_say_so() -> None:
    one = cited(capture={"truncated": "length", "payload_digest": None, "payload_sha256": None})
    for form in (as_text(one), as_bibtex(one), json.dumps(as_csl(one))):
        assert "cut short (length)" in form
        assert "ayload" not in form.replace("payload_digest", "") or form.startswith("{")
    assert "payload_digest" not in as_csl(one)["custom"]


def test_control_characters_of_a_page_reach_no_form() -> None:
    one = cited(headline="Bell\x07 \x1b[31mred\nline", authors=("A\x00 B",), publisher="P\u202e\x9b")
    for form in (as_text(one), as_bibtex(one), json.dumps(as_csl(one), ensure_ascii=False)):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", form)
    assert as_text(one).count("\n") == 6


# -- BibTeX


def entry_of(text: str) -> Entry:
    database = parse_string(text, "bibtex")
    (entry,) = database.entries.values()
    return entry


# Commands of the LaTeX kernel (source2e, ltoutenc) that pylatexenc lacks, or sets otherwise.
KERNEL = {
    "textbraceleft": "{", "textbraceright": "}", "textless": "<", "textgreater": ">", "textbar": "|",
    "textasciicircum": "^",
}  # fmt: skip


def decoded(latex: str) -> str:
    known = get_default_latex_context_db()
    known.add_context_category("kernel", macros=[MacroTextSpec(*pair) for pair in KERNEL.items()], prepend=True)
    return str(LatexNodes2Text(latex_context=known, strict_latex_spaces=True).latex_to_text(latex))


@pytest.mark.parametrize("headline", HEADLINES)
def test_bibtex_says_the_headline(headline: str) -> None:
    """Two parsers agree on one entry; LaTeX sets what the publisher wrote; no style changes its capitals."""
    text = as_bibtex(cited(headline=headline, publisher=headline))
    entry = entry_of(text)
    assert entry.type == "online"
    for name in ("title", "organization"):
        value = entry.fields[name]
        assert decoded(value) == headline
        assert value.count("{") == value.count("}")
        assert change_case(value, "l") == value  # BibTeX's own way to lower-case a title
        assert change_case(value, "t") == value
    library = bibtexparser.parse_string(text)
    assert (len(library.entries), library.failed_blocks) == (1, [])
    assert {f.key: f.value for f in library.entries[0].fields}["title"] == entry.fields["title"]


def test_bibtex_keeps_each_name_whole() -> None:
    """Only a name that says itself which part is which is parted; "and" within a name parts nothing."""
    entry = entry_of(as_bibtex(cited(authors=tuple(NAMES))))
    people = entry.persons["author"]
    assert len(people) == len(NAMES)
    for person, name in zip(people, NAMES, strict=True):
        last = decoded(" ".join(person.last_names))
        if name == "Ruiz, Ana":
            assert (last, decoded(" ".join(person.first_names))) == ("Ruiz", "Ana")
        else:
            assert (last, person.first_names) == (name, [])
    separated = bibtexparser.parse_string(
        as_bibtex(cited(authors=tuple(NAMES))), append_middleware=[SeparateCoAuthors()]
    )
    assert len(separated.entries[0]["author"]) == len(NAMES)


def test_bibtex_note_decodes_to_what_leads_back() -> None:
    library = bibtexparser.parse_string(as_bibtex(cited()), append_middleware=[LatexDecodingMiddleware()])
    note = library.entries[0]["note"]
    for part in ("2026-11-26T14:29:40.857215Z", RECORD_ID[1:-1], SHA1, SHA256, BLOCK):
        assert part in note
    entry = entry_of(as_bibtex(cited()))
    assert entry.fields["url"] == URL  # verbatim in biblatex
    assert rf"\url{{{PWID.replace('%', chr(92) + '%')}}}" in entry.fields["note"]
    assert entry.fields["urldate"] == "2026-11-26"


def test_bibtex_of_an_address_with_braces() -> None:
    text = as_bibtex(cited(capture={"url": "https://x.example/{a}\\b%7D"}))
    assert entry_of(text).fields["url"] == "https://x.example/%7Ba%7D%5Cb%7D"


def test_keys_differ_between_versions() -> None:
    keys = [cited(version_id=n).key for n in (1, 2)]
    assert keys == ["news-example-2026-7-1", "news-example-2026-7-2"]


# -- CSL-JSON

STYLE = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
<info><title>Test</title><id>test</id><updated>2026-01-01T00:00:00+00:00</updated></info>
<citation><layout><text variable="title"/></layout></citation>
<bibliography><layout>
<names variable="author"><name delimiter="; " and="text"/></names>
<text prefix=": " variable="title"/><text prefix=". " variable="container-title"/>
<date prefix=", " variable="issued"><date-part name="year"/><date-part name="month" form="numeric" prefix="/"/>
<date-part name="day" prefix="/"/></date>
<text prefix=". " variable="URL"/><date prefix=", accessed " variable="accessed"><date-part name="year"/></date>
<text prefix=". " variable="archive"/><text prefix=" " variable="archive_location"/><text prefix=". " variable="note"/>
</layout></bibliography></style>"""
# Of https://github.com/citation-style-language/schema, csl-data.json: the variables of an item that are used here.
STRINGS = {
    "id",
    "type",
    "title",
    "container-title",
    "section",
    "URL",
    "language",
    "archive",
    "archive_location",
    "note",
}
VARIABLES = STRINGS | {"author", "issued", "accessed", "custom"}


def set_by_citeproc(item: dict[str, Any], tmp_path: Any) -> str:
    path = tmp_path / "style.csl"
    path.write_text(STYLE, encoding="utf-8")
    bibliography = CitationStylesBibliography(
        CitationStylesStyle(str(path), validate=False), CiteProcJSON([item]), formatter.plain
    )
    bibliography.register(SetCitation([CitationItem(item["id"])]))
    (line,) = bibliography.bibliography()
    return str(line)


def test_csl_is_set_by_citeproc(tmp_path: Any) -> None:
    line = set_by_citeproc(json.loads(json.dumps(as_csl(cited()))), tmp_path)
    assert line.startswith("Ana Ruiz and Bo Lind: Bridge is to be mended at last. The News, 2026/3/1. ")
    assert f"{URL}, accessed 2026. news.example.org {PWID}. Captured" in line
    assert RECORD_ID in line and BLOCK in line


@pytest.mark.parametrize("headline", HEADLINES)
def test_csl_holds_what_its_schema_knows(headline: str) -> None:
    item = json.loads(json.dumps(as_csl(cited(headline=headline, authors=tuple(NAMES)))))
    assert item["title"] == headline
    assert set(item) == VARIABLES
    assert all(isinstance(item[name], str) for name in STRINGS)
    assert item["type"] == "article-newspaper"
    assert {"family": "Ruiz", "given": "Ana"} in item["author"]
    assert {"literal": "Meridian Wire"} in item["author"] and {"literal": "Davis, Jr."} in item["author"]
    assert item["accessed"] == {"date-parts": [[2026, 11, 26]]}
    assert item["custom"]["captured_at"] == "2026-11-26T14:29:40.857215Z"
    assert item["custom"]["date_published"] == "2026-03-01T09:00+01:00"


# -- and back


@pytest.mark.parametrize("headline", HEADLINES)
@pytest.mark.parametrize(
    "form", [as_text, as_bibtex, lambda c: json.dumps([as_csl(c)]), lambda c: json.dumps(as_csl(c))]
)
def test_every_form_is_read_back(form: Any, headline: str) -> None:
    (record,) = read_citations(form(cited(headline=headline, authors=tuple(NAMES))))
    assert record.record_id == RECORD_ID
    assert record.pwids[0].urls[1] == URL
    assert record.pwids[0].archive_id == "news.example.org"
    stated = [(digest.of, digest.digest) for digest in record.digests]
    assert stated == [("payload", SHA1), ("payload", f"sha256:{SHA256}"), ("block", BLOCK)]


def test_a_bibliography_is_read_entry_by_entry() -> None:
    """Also after a manager has put the fields into another order and dropped what it does not know."""
    ids = [f"<urn:uuid:554299ae-54eb-40f7-8a87-76f55342000{n}>" for n in range(3)]
    times = [f"2026-11-26T14:29:4{n}Z" for n in range(3)]
    several = [
        cited(capture={"record_id": i, "captured_at": t, "block_digest": f"sha1:{'ABC'[n] * 32}"})
        for n, (i, t) in enumerate(zip(ids, times, strict=True))
    ]
    items = [{key: item[key] for key in sorted(item) if key != "custom"} for item in map(as_csl, several)]
    for text in ("\n\n".join(map(as_bibtex, several)), "\n\n".join(map(as_text, several)), json.dumps(items)):
        records = read_citations(text)
        assert [record.record_id for record in records] == ids
        assert [str(record.pwids[0].moment.second) for record in records] == ["40", "41", "42"]
        assert [record.digests[-1].digest[5] for record in records] == ["A", "B", "C"]
        assert all(len(record.digests) == 3 for record in records)


@pytest.mark.parametrize(
    "date", ["2026-11-26T14:29:40Z", "2026-11-26", "2026-11", "2026", "2026-11-26T15:29:40+01:00"]
)
def test_a_capture_time_of_any_precision(date: str) -> None:
    assert moment_of(date).tzinfo is not None
    (record,) = read_citations(as_text(cited(capture={"captured_at": date})))
    assert record.pwids[0].moment == moment_of(date)
