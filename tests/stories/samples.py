"""Invented texts: sentences of invented words, no two alike."""

from __future__ import annotations

from random import Random

LETTERS = "abcdefghiklmnoprstuvw"


def text(seed: int, sentences: int = 15) -> str:
    """Of about ten words each, one in twenty a number."""
    rng = Random(f"text {seed}")
    made = []
    for _ in range(sentences):
        words = [
            str(rng.randint(2, 2000))
            if rng.random() < 0.05
            else "".join(rng.choices(LETTERS, k=rng.randint(3, 9)))
            for _ in range(rng.randint(7, 13))
        ]
        made.append(" ".join(words).capitalize())
    return ". ".join(made) + "."


def cut(whole: str, sentences: int) -> str:
    return ". ".join(whole.split(". ")[:sentences]) + "."


def kanji(seed: int, number: int) -> list[str]:
    rng = Random(f"kanji {seed}")
    return [chr(rng.randint(0x4E00, 0x9000)) for _ in range(number)]
