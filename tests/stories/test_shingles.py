"""Two texts are one, or only look like it."""

from __future__ import annotations

import pytest

from archive.shingles import may_be_alike, shingled, similarity
from tests.stories import samples


def compare(one: str, other: str) -> float | None:
    a, b = shingled(one), shingled(other)
    assert a is not None and b is not None
    found = similarity(a, b)
    assert similarity(b, a) == found
    if found is not None:
        assert may_be_alike(a.sketch(), b.sketch()) and may_be_alike(b.sketch(), a.sketch())
    return found


def test_the_same_words_are_the_same_text() -> None:
    text = samples.text(1)
    shouted = text.upper().replace(". ", " -- ")
    assert compare(text, shouted) == 1


def test_case_spelling_of_letters_and_punctuation_do_not_count() -> None:
    assert compare("Ein Füllwort “steht” da. " * 20, "EIN FU\u0308LLWORT steht, da! " * 20) == 1


def test_what_is_cut_is_the_same_text_and_a_quotation_is_none() -> None:
    text = samples.text(2, sentences=30)
    sentences = text.split(". ")
    assert compare(text, ". ".join(sentences[:12])) == 1
    assert compare(text, ". ".join(sentences[:8])) is None  # under .3 of it


def test_similarity_is_the_share_of_the_shorter_text() -> None:
    text, own = samples.text(3, sentences=10), samples.text(4, sentences=4)
    longer = f"{own} {samples.cut(text, 8)}"
    assert len(longer.split()) > len(text.split())
    assert compare(text, longer) == pytest.approx(len(samples.cut(text, 8).split()) / len(text.split()), abs=0.001)


def test_other_texts_are_other_texts() -> None:
    texts = [shingled(samples.text(n)) for n in range(10, 40)]
    assert [1 for a in texts for b in texts if a is not b and a and b and similarity(a, b) is not None] == []


def test_a_form_with_other_numbers_is_another_text() -> None:
    frame = (
        "In the {} draw of the week the numbers were {} and {} and the bonus number was {} as a notary confirmed. "
    )
    rest = (
        "Whoever has won may claim it within thirteen weeks at any of the shops that sell tickets in this country. "
        * 4
    )
    one = frame.format(31, 7, 12, 40) + frame.format(32, 9, 17, 3) + rest
    other = frame.format(33, 18, 22, 5) + frame.format(34, 24, 36, 8) + rest
    assert compare(one, other) is None
    assert compare(one, one.replace("notary", "lawyer")) is not None


def test_a_form_with_other_names_is_another_text() -> None:
    form = (
        "after a long life, {} of {} died at home. A service is to be held at {}, where {} will speak and {} will "
        "sing. Friends of {} may write to {} or to {} before the end of the month, and flowers may be left at the "
        "gate of {} until the evening. the family wishes to thank all who helped, above all {} and {} and the nurses "
        "of {}."
    )
    ours = "Abel Brandt Corin Dalia Edda Farr Greta Hollis Imre Jonas Katya Lund"
    theirs = "Marek Nell Orla Petra Quint Rolf Sven Tilda Ursa Viggo Wanda Ylva"
    assert compare(form.format(*ours.split()), form.format(*theirs.split())) is None


def test_news_that_moves_on_is_the_same_text() -> None:
    text = "Rescuers found 12 people. " + samples.text(5, sentences=25) + " The road of 1987 is closed for 3 days."
    assert compare(text, text.replace("12", "15").replace("for 3", "for 5")) is not None


@pytest.mark.parametrize(("text", "number"), [("word " * 49, 49), ("東京都" * 39, 117), ("नई दिल्ली में " * 16, 48)])
def test_short_texts_are_not_compared(text: str, number: int) -> None:
    """Signs of vowels make no new word: three words, not seven."""
    assert shingled(text) is None
    assert len(shingled(text * 3) or ()) == 3 * number


def test_characters_stand_for_words_where_nothing_spaces_them() -> None:
    text = "".join(samples.kanji(6, 400))
    assert compare(text, text[:200]) == 1
    assert compare(text, "".join(samples.kanji(7, 60)) + text[:300]) == pytest.approx(300 / 360, abs=0.02)
    assert compare(text, "".join(samples.kanji(8, 400))) is None


def test_sketches_do_not_depend_on_the_rest_of_the_text() -> None:
    part = samples.text(9, sentences=20)
    whole = shingled(f"{part} {samples.text(10, sentences=20)}")
    own = shingled(part)
    assert own is not None and whole is not None
    reach = min(own.sketch()[-1], whole.sketch()[-1])
    of_part = {n for n in own.sketch().tolist() if n <= reach}
    assert of_part and of_part <= set(whole.sketch().tolist())
