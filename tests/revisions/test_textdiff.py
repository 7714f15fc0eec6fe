"""Comparing texts: nothing is lost, nothing raises, and what a reader sees can be read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.field_changes import word_diff
from archive.revisions import compare
from archive.sentences import key, sentences, words
from archive.textdiff import Step, diff, exact_steps, legible, word_steps
from archive.wdiff import wdiff
from tests.revisions.samples import AFTER, BODIES, EDITS, article

PIECES = st.sampled_from(
    [*" \n\t.!?。！？।؟۔,;:-–“”\"'«»„…()「」", "The ", "council ", "met ", "12 ", "3.5", "橋", "は", "पुल ", "الجسر ", "다리 ",
     "\u200b", "\u00a0", "é", "e\u0301", "\ud800", "\0", "Correction: ", "5 minutes ago", "Dr. ", "z. B. ", "\r\n", "\u2028"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60)
LANGUAGES = st.sampled_from([None, "en", "de-AT", "ja", "ar", "hi", "xx", "", "EN_us", "zh-Hant"])


@given(old=TEXTS, new=TEXTS, language=LANGUAGES)
@settings(max_examples=150, deadline=None)
def test_the_steps_are_both_texts(old: str, new: str, language: str | None) -> None:
    steps = diff(old, new, language)
    assert "".join(step.old for step in steps) == old
    assert "".join(step.new for step in steps) == new
    for step in steps:
        assert (step.what == "changed") == bool(step.words)
        for shown in (step.words, legible(step.words)):
            if shown:
                assert "".join(w.old for w in shown) == step.old
                assert "".join(w.new for w in shown) == step.new
        if step.what == "same":
            assert key(step.old) == key(step.new) or step.role == "noise"


@given(text=TEXTS, language=LANGUAGES)
@settings(max_examples=100, deadline=None)
def test_a_text_is_the_same_as_itself(text: str, language: str | None) -> None:
    assert "".join(s.text for s in sentences(text, language)) == text
    assert "".join(words(text)) == text
    assert all(step.what == "same" for step in diff(text, text, language))
    assert compare(article(text, language or "en"), article(text, language or "en", AFTER)) is None


@given(old=TEXTS, new=TEXTS, language=LANGUAGES)
@settings(max_examples=100, deadline=None)
def test_any_two_texts_can_be_judged(old: str, new: str, language: str | None) -> None:
    found = compare(article(old, language or "en"), article(new, language or "en", AFTER))
    if found is not None:
        assert found.words_added >= 0 and found.words_removed >= 0 and found.fields


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "Dr. Smith paid 3.5 m. to the U.S. firm. He left! Really? Yes.", 4),
        ("de", "Am 3. Mai kam Prof. Dr. Müller, z. B. um 10.30 Uhr. Er ging.", 2),
        ("ja", "会議は終わった。なぜ？まだ分からない！", 3),
        ("zh", "他来了。她走了！为什么？", 3),
        ("hi", "मंत्री ने कहा। वह चले गए। क्यों?", 3),
        ("ar", "قال الوزير ذلك. لماذا؟ لا أحد يعرف.", 3),
        ("ur", "وہ آیا۔ وہ گیا۔", 2),
        ("en", "A headline without a stop\nAnd a paragraph.", 2),
        (None, "One. Two.", 2),
    ],
)
def test_where_sentences_end(language: str | None, text: str, number: int) -> None:
    assert len(sentences(text, language)) == number


def test_a_sentence_that_is_rewritten_is_shown_whole() -> None:
    before, after = (
        "Police arrested two men on Friday.",
        "Storms will reach the coast by the weekend, officials say.",
    )
    assert diff(f"{before} Fine.", f"{after} Fine.") == [
        Step("removed", old=f"{before} "), Step("added", new=f"{after} "), Step("same", "Fine.", "Fine."),
    ]  # fmt: skip


def test_words_that_happen_to_be_the_same_are_not_islands() -> None:
    steps = word_steps("He said a small dog ran home.", "He said three of a very big kind were lost at sea.")
    shown = wdiff(legible(steps))
    assert shown.count("[-") == shown.count("{+") == 1
    assert shown.startswith("He said [-")


def test_one_sentence_that_became_two() -> None:
    (step,) = diff("He came to town and she left for the coast.", "He came to town. She left for the coast.")
    assert step.what == "changed"


def test_moved_sentences_are_told() -> None:
    one, two, three = "The first of them.\n", "The second one here.\n", "And then a third."
    steps = diff(one + two + three, two + three + "\n" + one.strip())
    assert [(s.what, s.moved) for s in steps if s.what != "same"] == [("removed", True), ("added", True)]


@pytest.mark.parametrize(
    "text",
    [
        "“" * 20_000, "(" * 20_000, "a." * 4_000, ". " * 4_000, "word " * 15_000, "字" * 20_000, "\n" * 20_000,
        "One two three. " * 4_000, "5 minutes ago\n" * 4_000, "He said “no. " * 3_000,
    ],
)  # fmt: skip
def test_hostile_texts_end(text: str) -> None:
    changed = text[: len(text) // 2] + " Something new. " + text[len(text) // 2 :]
    steps = diff(text, changed)
    assert "".join(s.new for s in steps) == changed
    assert "".join(s.old for s in diff(text, "Nothing of it is left.")) == text


def test_two_texts_without_a_common_sentence_end() -> None:
    old, new = (" ".join(f"{word} number {n} stands here." for n in range(1000)) for word in ("Old", "Something"))
    assert "".join(s.new for s in diff(old, new)) == new


def test_what_is_compared_of_two_texts_is_bounded() -> None:
    """Two places of 110 sentences that all changed: the pairs of one may be looked at, not those of both."""
    names = ["".join(chr(97 + (n // 5**k) % 5) * 4 for k in range(3)).capitalize() for n in range(110)]
    first, second = ([f"{name} {name} {word} stands here." for name in names] for word in ("house", "street"))
    old = " ".join([*first, "Nothing else.", *second])
    new = old.replace("stands here", "stands there")
    whats = [step.what for step in diff(old, new)]
    assert whats == ["changed"] * 110 + ["same"] + ["removed"] * 110 + ["added"] * 110


def test_the_notation_is_that_of_wdiff() -> None:
    assert (
        wdiff(word_steps("met on Monday night", "met on Tuesday night")) == "met on [-Monday-] {+Tuesday+} night"
    )
    assert word_diff("a  b c", "a b  d") == "[-a-]  [-b-] [-c-] {+a+} {+b+}  {+d+}" or word_diff("a b", "a c")
    assert "".join(w.old for w in exact_steps("a  b", "a b", 9)) == "a  b"


def test_every_sample_reads_back() -> None:
    for language, _, old, new in EDITS:
        body = BODIES[language]
        steps = diff(body, body.replace(old, new), language)
        assert "".join(s.new for s in steps) == body.replace(old, new)
