"""What recurs on a site: what is furniture, what is text all the same, and that nothing else has a say in it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.extract import copies as copies_module
from archive.extract.evidence import hash_of
from archive.extract.furniture import DROPPED, Furniture, Seen, apply, learn
from tests.extract.pages import left, line, own, own_text, seen

APPEAL = (
    "Our reporters are out in every weather; a small gift each month keeps their boots dry and the presses warm."
)
HOURS = "The counter in Quay Street is open from eight to noon."
LABEL = "For our readers"
PHRASE = "The harbour office could not be reached for an answer before this page was made up."


def bodies(pages: int, *, tail: Sequence[str] = (), head: Sequence[str] = ()) -> list[list[str]]:
    return [[*head, *own_text(i), *tail] for i in range(pages)]


def learnt(texts: Sequence[Sequence[str]]) -> list[Seen]:
    return [seen(i, body) for i, body in enumerate(texts)]


@pytest.mark.parametrize("articles", [2, 3, 5, 12, 60])
def test_what_stands_below_every_article_leaves_with_its_count(articles: int) -> None:
    texts = bodies(articles, tail=[APPEAL, HOURS])
    reason = f"recurs on {articles} pages of this site"
    assert left(learnt(texts), texts[0]) == {APPEAL: reason, HOURS: reason}


def test_the_text_above_every_article_leaves_too() -> None:
    texts = bodies(6, head=[APPEAL])
    assert left(learnt(texts), texts[3]) == {APPEAL: "recurs on 6 pages of this site"}


def test_one_article_teaches_nothing() -> None:
    assert learn([seen(1, [*own_text(1), APPEAL])]).lines == {}
    assert learn([]).of_articles == 0


def test_case_punctuation_and_white_space_do_not_count() -> None:
    texts = [[*own_text(i), tail] for i, tail in enumerate([APPEAL, APPEAL.upper(), f"  {APPEAL.rstrip('.')} …"])]
    assert len(left(learnt(texts), texts[1])) == 1


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_neither_order_nor_recaptures_matter(rng: random.Random) -> None:
    pages = learnt([[*own_text(i), *([PHRASE] if i % 3 == 0 else []), own(i, 99), APPEAL] for i in range(9)])
    pages += [seen(i, [*own_text(i), own(i, 99), HOURS], authors=["Mara Quill"]) for i in range(20, 24)]
    expected = learn(pages)
    again = pages + rng.choices(pages, k=rng.randrange(30))
    rng.shuffle(again)
    assert learn(again) == expected
    assert expected.of_articles == 13


@pytest.mark.parametrize("sign", ["https://harbour.example/0?sid={}", "https://harbour.example/{}/amp"])
def test_one_article_under_hundreds_of_addresses_counts_once(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    same = copies_module._same
    monkeypatch.setattr(copies_module, "_same", lambda a, b: compared.append(1) or same(a, b))
    text = own_text(0, 12)
    pages = [seen(sign.format(random.Random(i).getrandbits(64)), [*text, own(0, 100 + i)]) for i in range(500)]
    pages += learnt(bodies(4))[1:]
    found = learn(pages)
    assert found.of_articles == 4
    assert found.furniture == {}
    assert len(compared) < 600  # not the square of the addresses


def test_captures_of_one_article_count_once() -> None:
    captures = [seen(7, [*own_text(7), f"Last changed for the {i}th time.", APPEAL]) for i in range(20)]
    assert learn(captures).furniture == {}


def test_an_article_taken_over_with_changes_counts_once() -> None:
    story = own_text(1, 10)
    again = [*story[:8], "A new end for the story that the other desk wrote by itself.", own(1, 50)]
    found = learn([seen(1, story), seen(2, again), *learnt(bodies(5))[3:]])
    assert found.of_articles == 3
    assert found.furniture == {}


def test_pages_of_nothing_but_furniture_do_not_make_one_article_of_the_site() -> None:
    pages = [*learnt(bodies(20, tail=[APPEAL, HOURS])), *(seen(100 + i, [APPEAL, HOURS]) for i in range(3))]
    assert learn(pages).of_articles == 21
    assert set(learn(pages).furniture) == {hash_of(APPEAL), hash_of(HOURS)}


@pytest.mark.parametrize("articles", [3, 4])
def test_a_phrase_within_some_articles_stays(articles: int) -> None:
    texts = [[*own_text(i, 4), *([PHRASE] if i < articles else []), *own_text(i)[4:]] for i in range(20)]
    assert left(learnt(texts), texts[0]) == {}


def test_last_sentences_that_a_few_articles_share_stay() -> None:
    texts = [[*own_text(i), *([PHRASE] if i < 5 else [])] for i in range(100)]
    assert left(learnt(texts), texts[0]) == {}


def test_background_under_some_reports_stays_wherever_it_stands() -> None:
    texts = [own_text(i) for i in range(60)]
    for i in range(6):
        texts[i].insert(8 if i == 0 else i, PHRASE)
    assert left(learnt(texts), texts[0]) == {}


def test_recurring_sub_headings_stay() -> None:
    heads = ["What happened", "What comes next"]
    texts = [[own(i, 0), heads[0], own(i, 1), own(i, 2), heads[1], own(i, 3), APPEAL] for i in range(12)]
    pages = [seen(i, body, headings=heads) for i, body in enumerate(texts)]
    assert set(left(pages, texts[0])) == {APPEAL}


def test_datelines_stay() -> None:
    texts = [["Saltmarsh" if i % 2 else "Quayhaven", *own_text(i), APPEAL] for i in range(12)]
    assert set(left(learnt(texts), texts[1])) == {APPEAL}


def test_datelines_below_an_appeal_and_sign_offs_above_one_stay() -> None:
    texts = [[APPEAL, "Saltmarsh" if i % 2 else "Quayhaven", *own_text(i)] for i in range(12)]
    assert set(left(learnt(texts), texts[1])) == {APPEAL}
    texts = [[*own_text(i), *(["Northern Wire"] if i % 2 else []), APPEAL] for i in range(12)]
    assert set(left(learnt(texts), texts[1])) == {APPEAL}


def test_the_beginning_of_an_article_at_another_address_is_no_evidence() -> None:
    long = own_text(0, 40)
    pages = [seen(0, long), seen("https://harbour.example/teaser", long[:4]), seen(1, own_text(1))]
    assert left(pages, long) == {}


def test_a_label_leaves_with_what_it_heads_and_stays_elsewhere() -> None:
    texts = [[*own_text(i), LABEL, APPEAL] for i in range(4)] + bodies(6)
    assert set(left(learnt(texts), texts[0])) == {LABEL, APPEAL}
    amid = [[own(i, 0), LABEL, *own_text(i)[1:], APPEAL] for i in range(4)] + bodies(6)
    assert set(left(learnt(amid), amid[0])) == {APPEAL}


def test_an_appeal_in_the_middle_of_most_articles_leaves() -> None:
    texts = [[*own_text(i, 3), APPEAL, *own_text(i)[3:]] for i in range(8)]
    assert set(left(learnt(texts), texts[0])) == {APPEAL}


def test_what_cleaning_told_elsewhere_leaves_where_it_did_not() -> None:
    told = [seen(i, own_text(i), beside=[line(APPEAL)]) for i in range(30)]
    missed = [[*own_text(i, 4), APPEAL, *own_text(i)[4:]] for i in range(30, 36)]
    assert set(left([*told, *(seen(30 + n, body) for n, body in enumerate(missed))], missed[0])) == {APPEAL}


def test_a_teaser_that_cleaning_missed_does_not_shield_what_stands_above_it() -> None:
    texts = [[*own_text(i), APPEAL, f"Read next: the story of house {i} in Chapel Lane"] for i in range(6)]
    pages = [seen(i, body, linked=[body[-1]]) for i, body in enumerate(texts)]
    assert set(left(pages, texts[0])) == {APPEAL}


def test_the_lead_of_an_article_that_others_show_as_a_teaser_stays() -> None:
    lead = own(0, 0)
    pages = [seen(0, own_text(0)), *(seen(i, own_text(i), beside=[line(lead)]) for i in range(1, 20))]
    assert left(pages, own_text(0)) == {}
    assert left(pages[:2], own_text(0)) == {}
    leaked = [*own_text(1), lead]
    assert left([*pages[:1], seen(1, leaked), *pages[2:]], own_text(0)) == {}


def test_the_biography_below_an_author_s_articles_leaves() -> None:
    life = (
        "Mara Quill has mended nets, taught knots and written about the harbour for longer than she cares to say."
    )
    texts = [[*own_text(i), *([life] if i < 4 else [])] for i in range(200)]
    pages = [
        seen(i, body, authors=["Mara Quill", "Ada Brine"] if i < 4 else [f"Writer {i % 9}"])
        for i, body in enumerate(texts)
    ]
    assert set(left(pages, texts[0])) == {life}
    unsigned = [seen(i, body) for i, body in enumerate(texts)]
    assert left(unsigned, texts[0]) == {}


def test_a_last_sentence_of_several_authors_is_no_biography() -> None:
    texts = [[*own_text(i), *([PHRASE] if i < 4 else [])] for i in range(200)]
    pages = [seen(i, body, authors=[f"Writer {i % 3}"]) for i, body in enumerate(texts)]
    assert left(pages, texts[0]) == {}


def test_never_more_than_half_of_an_article() -> None:
    texts = bodies(6, tail=[APPEAL, HOURS])
    short = ["A ferry ran aground.", APPEAL, HOURS]
    assert left(learnt(texts), short) == {}
    assert set(left(learnt(texts), [*own_text(1, 3), APPEAL])) == {APPEAL}


def test_what_a_person_dropped_goes_but_no_body_is_left_empty() -> None:
    furniture = Furniture({}, {hash_of(APPEAL), hash_of(HOURS)})
    assert apply([APPEAL, "Short.", HOURS.upper()], furniture) == {0: DROPPED, 2: DROPPED}
    assert apply([APPEAL, HOURS], furniture) == {}
    assert apply([], furniture) == {}


def test_scripts_without_spaces() -> None:
    texts = [[*(f"第{i}号の記事は{n}番目の段落で{i}番の港について述べている。" for n in range(8)),
              "本紙は毎朝港の風とともに読者のもとへ届けられます。"] for i in range(6)]  # fmt: skip
    assert list(left(learnt(texts), texts[0])) == [texts[0][-1]]
