"""Searching: what people type, every script, filters, and that no text is an error."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import Maker, article, memory_db

from archive import store
from archive.errors import BadInput, NotFound
from archive.store import cjk
from archive.store.cjk import grams, match_expression
from archive.store.snippets import around, take_marks

search_module = importlib.import_module("archive.store.search")

ARTICLES: dict[str, dict[str, Any]] = {
    "covid": {"headline": "Covid-19 cases rise", "body": "It's the C++ of viruses, the café owner said. What?"},
    "town": {
        "headline": "Town hall opens",
        "body": "The mayor opened the new town hall.\nCovid was not discussed.",
    },
    "hall": {
        "headline": "A quiet week",
        "body": "In the hall of the town nothing happened, naïve as that sounds.",
    },
    "forms": {"headline": "Short", "body": "Body.", "forms": {"og": "Zeppelin over Friedrichshafen"}},
    "hindi": {"headline": "नमस्ते दुनिया", "body": "हिन्दी समाचार पत्र आज प्रकाशित हुआ।"},
    "arabic": {"headline": "الأخبار", "body": "نشرت العَرَبِيَّة خبرا اليوم"},
    "japanese": {"headline": "東京オリンピック", "body": "昨日、iPhone発売で東京都が混雑した。2020年の大会。"},
    "chinese": {"headline": "中国新闻", "body": "北京市政府今天宣布使用ChatGPT的新规定。"},
    "korean": {"headline": "정부는 발표했다", "body": "서울에서 정부가 새로운 계획을 발표했다."},
    "thai": {"headline": "ข่าวไทย", "body": "กรุงเทพมหานครประกาศวันนี้ว่าน้ำท่วม"},
    "burmese": {"headline": "သတင်း", "body": "မြန်မာနိုင်ငံတွင် ယနေ့"},
}


@pytest.fixture(scope="module")
def db() -> Any:
    maker = Maker(memory_db())
    for second, (name, facts) in enumerate(ARTICLES.items()):
        extraction = article(
            facts["body"],
            headline=facts["headline"],
            headline_forms=facts.get("forms", {}),
            date_published=f"2024-01-{second + 1:02}T12:00:00Z",
            in_language={"hindi": "hi", "japanese": "ja-JP"}.get(name, "en"),
        )
        maker.commit(maker.page(f"https://example.org/{name}", second, extraction))
    return maker.db


def found(db: Any, text: str, **filters: Any) -> set[str]:
    result = store.search(db, text, **filters)
    assert result.exact
    assert result.total >= len(result.hits)
    return {hit.url.rpartition("/")[2] for hit in result.hits}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("covid", {"covid", "town"}),
        ("covid-19", {"covid"}),
        ("COVID—19", {"covid"}),
        ("it's", {"covid"}),
        ("it\u2019s", {"covid"}),
        ("C++", {"covid"}),
        ("what?", {"covid"}),
        ("cafe", {"covid"}),
        ("CAFÉ", {"covid"}),
        ("cafe\u0301", {"covid"}),
        ("naive", {"hall"}),
        ("town hall", {"town", "hall"}),
        ('"town hall"', {"town"}),
        ("\u201ctown hall\u201d", {"town"}),
        ('"town hall', {"town", "hall"}),
        ('opens "town hall" mayor', {"town"}),
        ("vir*", {"covid"}),
        ("vir", set()),
        ("vir**", {"covid"}),
        ("zeppelin", {"forms"}),
        ("og", set()),
        ("town AND hall", set()),
        ("headline:town", set()),
        ("NEAR(town hall)", set()),
        ("town -hall", {"town", "hall"}),
        ("हिन्दी", {"hindi"}),
        ("हिन्", set()),
        ("हि*", {"hindi"}),
        ("नमस्ते", {"hindi"}),
        ("العَرَبِيَّة", {"arabic"}),
        ("الأخبار", {"arabic"}),
        ("東京", {"japanese"}),
        ("オリンピック", {"japanese"}),
        ("京", {"japanese", "chinese"}),
        ("都", {"japanese"}),
        ("京オ", {"japanese"}),
        ("東オ", set()),
        ("東京 混雑", {"japanese"}),
        ("東京 北京", set()),
        ("「東京都」", {"japanese"}),
        ("iphone", {"japanese"}),
        ("iPhone発売", {"japanese"}),
        ("iPhone発", {"japanese"}),
        ("2020年", {"japanese"}),
        ("年の大", {"japanese"}),
        ("chatgpt", {"chinese"}),
        ("chatgpt 北京", {"chinese"}),
        ("使用ChatG*", {"chinese"}),
        ("使用ChatG", set()),
        ("市政府", {"chinese"}),
        ("政", {"chinese"}),
        ("정부", {"korean"}),
        ("กรุงเทพ", {"thai"}),
        ("น้ำท่วม", {"thai"}),
        ("မြန်မာ", {"burmese"}),
    ],
)
def test_what_is_typed_finds_what_is_meant(db: Any, text: str, names: set[str]) -> None:
    assert found(db, text) == names


def test_latin_words_that_touch_a_run_and_stand_alone_are_found_in_both_places(maker: Maker) -> None:
    maker.commit(
        maker.page("https://example.org/1", 1, article("新しいiPhone発売")),
        maker.page("https://example.org/2", 2, article("A new iPhone is on sale")),
        maker.page("https://example.org/3", 3, article("A new iPhone, 新製品")),
    )
    assert found(maker.db, "iphone") == {"1", "2", "3"}
    assert found(maker.db, "iphone new") == {"2", "3"}
    assert found(maker.db, "iphone 新製品") == {"3"}
    assert found(maker.db, '"new iphone"') == {"2", "3"}


NASTY = [
    "", " ", '"', '""', '"""', "'", "*", "* *", "^", "^covid", "(", ")", "()", "covid AND", "OR", "NOT covid", "a NOT",
    "NEAR", "NEAR(a, b", "{a b}: c", "-", "--", "+", "covid + 19", "a:b", ":", "\\", "\0", "a\0b", "\ud800", "a\udfffb",
    "\ufeff", "\u200b", "\u202e", "\U0001f600", "\u0301", "\u0301*", "%", "_", ";", "/* */", "x'00'", "NULL", "1e999",
    "covid*19*", "*covid", 'a"b', '"a" "b', 'a""b', "\u201c", "''''", "\U00031350", "\U0001f469\u200d\U0001f680 covid",
    "\u4e00*", "\u4e00\u0301", "\u0e49", "\u1039\u102f", "a\u6771*", "\n\t\r", "z" * 10_000, '"' * 10_000,
    "\u6771" * 10_000, "a " * 5_000, "( " * 5_000, '"' + "a " * 4_000 + '"', "a* " * 3_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_no_text_is_an_error(db: Any, text: str) -> None:
    result = store.search(db, text)
    assert result.total or not result.hits
    store.search(db, f"covid {text}", site="example", since="2024", until="2024", language="en")
    store.search(db, "covid", language=text)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(st.one_of(st.characters(), st.sampled_from("\"*()-+^:{}' \0\ud800東京a")), max_size=60))
def test_no_text_at_all_is_an_error(db: Any, text: str) -> None:
    store.search(db, text)
    store.search(db, f'"{text}', language=text)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("東京都オリンピックabc12กรุ정부"), min_size=1, max_size=12), st.data())
def test_any_part_of_an_unspaced_run_is_found(text: str, data: st.DataObject) -> None:
    """Parts that begin and end inside words of other scripts are the exception: those are whole words."""
    connection = memory_db().conn
    connection.execute("INSERT INTO articles_cjk_fts (rowid, headline, text) VALUES (1, '', ?)", (grams(text),))
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    whole = (start == 0 or not (text[start - 1] + text[start]).isascii()) and (
        text.endswith(part) or not (part[-1] + text[start + len(part)]).isascii()
    )
    if whole and cjk.is_unspaced(part):
        sql = "SELECT count(*) FROM articles_cjk_fts WHERE articles_cjk_fts MATCH ?"
        assert connection.execute(sql, (match_expression(part),)).fetchone() == (1,), part
    connection.close()


def test_an_empty_query_says_so(db: Any) -> None:
    result = store.search(db, "+++")
    assert (result.total, result.hits) == (0, ())
    assert result.note is not None
    assert "no word" in result.note
    note = store.search(db, "covid " * 1000).note
    assert note is not None
    assert "too long" in note


def test_filters(db: Any) -> None:
    assert found(db, "covid", since="2024-01-02") == {"town"}
    assert found(db, "covid", until="2024-01-01") == {"covid"}
    assert found(db, "covid", until="2024-01") == {"covid", "town"}
    assert found(db, "covid", since="2025") == set()
    assert found(db, "covid", since="2024-01-01T13:00:00+01:00", until="2024-01-01T12:00:00Z") == {"covid"}
    assert found(db, "東京", language="ja") == {"japanese"}
    assert found(db, "東京", language="JA-jp") == {"japanese"}
    assert found(db, "東京", language="j") == set()
    assert found(db, "iphone", site="example", language="ja", since="2024") == {"japanese"}
    with pytest.raises(NotFound, match="no site"):
        store.search(db, "covid", site="nowhere")
    for bad in ("yesterday", "", "20240101", "2024-01-01T12:00:00"):
        with pytest.raises(BadInput, match="no date"):
            store.search(db, "covid", since=bad)


def test_a_date_without_a_day_or_time_touches_every_bound_within_it() -> None:
    maker = Maker(memory_db())
    for second, stated in enumerate(("2015-11", "2015-11-20", "2015-11-20T12:00:00Z")):
        extraction = article("The strike went on.", headline=f"Strike {stated}", date_published=stated)
        maker.commit(maker.page(f"https://example.org/{stated}", second, extraction))
    month, day, time = (f"https://example.org/{x}" for x in ("2015-11", "2015-11-20", "2015-11-20T12:00:00Z"))

    def urls(**bounds: str) -> set[str]:
        return {hit.url for hit in store.search(maker.db, "strike", **bounds).hits}

    assert urls(since="2015-11", until="2015-11") == {month, day, time}
    assert urls(since="2015-11-20T12:00:01Z") == {month, day}
    assert urls(since="2015-11-21") == {month}
    assert urls(until="2015-11-19") == {month}
    assert urls(until="2015-11-20T11:59:59Z") == {month, day}
    assert urls(since="2015-12") == urls(until="2015-10") == set()


def test_the_headline_weighs_more(db: Any) -> None:
    hits = store.search(db, "covid").hits
    assert [hit.url[-5:] for hit in hits] == ["covid", "/town"]
    assert hits[0].rank is not None
    assert hits[1].rank is not None
    assert hits[0].rank < hits[1].rank
    assert [h.url[-8:] for h in store.search(db, "京").hits] == ["japanese", "/chinese"]


def test_pages_of_results(db: Any) -> None:
    both = store.search(db, "covid").hits
    first, second = (store.search(db, "covid", limit=1, offset=n) for n in (0, 1))
    assert (first.total, second.total) == (2, 2)
    assert (*first.hits, *second.hits) == both
    assert store.search(db, "covid", limit=0).total == 2
    assert store.search(db, "covid", offset=9).hits == ()
    assert store.search(db, "covid", limit=-1, offset=-1).hits == ()
    assert store.search(db, "covid", limit=10**30, offset=10**30).hits == ()


def test_beyond_the_bound_the_newest_come_first(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "BOUND", 1)
    for text in ("covid", "京"):
        result = store.search(db, text)
        assert (result.total, result.exact) == (1, False)
        assert result.note is not None
        assert "most recently archived" in result.note
        ids = [hit.article_id for hit in result.hits]
        assert ids == sorted(ids, reverse=True)
        assert len(ids) == 2
        assert all(hit.rank is None for hit in result.hits)


def marked(hit: store.Hit) -> list[str]:
    return [hit.snippet[start:end] for start, end in hit.marks]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("cafe", ["café"]),
        ("town hall mayor", ["mayor", "town", "hall"]),
        ("zeppelin", ["Zeppelin"]),
        ("混雑", ["混雑"]),
        ("iphone 東京都", ["iPhone", "東京都"]),
        ("น้ำท่วม", ["น้ำท่วม"]),
    ],
)
def test_snippets_mark_what_matched(db: Any, text: str, marks: list[str]) -> None:
    (hit,) = store.search(db, text).hits
    assert marked(hit) == marks
    assert "\n" not in hit.snippet
    assert "\x02" not in hit.snippet


def test_a_long_text_is_cut_around_the_hit() -> None:
    text, marks = around("前" * 500 + "東京" + "後" * 500, ["東京"])
    assert text.startswith("…前") and text.endswith("後…")
    assert [text[s:e] for s, e in marks] == ["東京"]
    assert len(text) < 130
    assert around("short", []) == ("short", ())
    assert take_marks("a\x02b\x03 c\n\x02d\x03") == ("ab c d", ((1, 2), (5, 6)))


def test_a_new_version_replaces_the_old_in_both_indexes(maker: Maker) -> None:
    url = "https://example.org/a"
    maker.commit(maker.page(url, 1, article("Apples in 東京", headline="One", keywords=("fruit",))))
    maker.commit(maker.page(url, 2, article("Pears in 大阪", headline="Two")))
    for gone in ("apples", "東京", "fruit", "one", "東"):
        assert found(maker.db, gone) == set(), gone
    for there in ("pears", "大阪", "two"):
        assert found(maker.db, there) == {"a"}
    maker.commit(maker.page(url, 3, article("Plums in Rome")))
    assert found(maker.db, "大阪") == set()
    assert store.integrity(maker.db) == []


def test_full_width_and_half_width_forms_are_alike(maker: Maker) -> None:
    maker.commit(maker.page("https://example.org/1", 1, article("２０２４年のＮＨＫニュース ﾄﾖﾀ自動車 ㈱東京")))
    for text in ("2024年", "２０２４年", "2024", "nhkニュース", "トヨタ", "ﾄﾖﾀ", "株", "㈱東京"):
        assert found(maker.db, text) == {"1"}, text
    assert store.integrity(maker.db) == []


def test_making_forms_alike_keeps_a_run_a_run() -> None:
    """Otherwise an article could be missing from the index that `integrity` expects there."""
    characters = (chr(c) for c in range(0x1100, 0x30000) if cjk.UNSPACED.match(chr(c)))
    assert [c for c in characters if not cjk.tokens(c)] == []


def test_the_bigrams_of_a_run() -> None:
    assert grams("東京都 x", None, "plain", "iPhone発売!") == "東京 京都 都 iPhone 発売 売"
    assert match_expression("東") == '"東" *'
    assert match_expression("東京") == '"東京"'
    assert match_expression("東京都") == '"東京 京都"'
    assert match_expression("東京2020年") == '"東京 京 2020 年" *'
