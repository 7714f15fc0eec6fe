"""Texts that are one story, and texts that only look like it: what `story_figures` measures with.

The demo newspaper tells which of its articles are wire copy. All others are written from a few forms, so that many of
them have most words in common and differ in names and numbers alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from archive.model import Verdict
from crawler.demo.newspaper import Newspaper
from crawler.demo.truth import Truth

_WORDS = {
    "ja": re.compile(r"[一-龯]+|[ぁ-ん]+|[ァ-ヴー]+|\d+|\s|."),
    "": re.compile(r"\S+|\s"),
}


@dataclass(frozen=True)
class Text:
    """An article to be entered. Those of one `story` are one text; None: it is like no other."""

    site: str
    url: str
    body: str
    published: str | None = None
    headline: str = "A headline"
    story: str | None = None
    verdict: Verdict = Verdict.ARTICLE


def newspaper(seed: int, articles: int) -> list[Text]:
    """The demo newspaper. Of its wire stories, both carriers have the same headline."""
    return [
        Text(
            t.host, t.url, t.article_body, t.date_published, t.headline,
            f"{t.headline} {t.article_body[:60]}" if t.kind == "wire" else None,
            Verdict.LIVE_BLOG if t.kind == "live-blog" else Verdict.ARTICLE,
        )
        for t in Newspaper(seed, articles).truths()
    ]  # fmt: skip


# Hard cases: what another house makes of an article.

Change = Callable[["Desk", Truth], str]


class Desk:
    """Edits articles, with words and sentences of others of the same language."""

    def __init__(self, rng: Random, articles: list[Truth]) -> None:
        self.rng = rng
        self.lines = [line for t in articles for line in t.article_body.split("\n")]
        self.vocabulary = [word for t in articles for word in self.words(t) if word.strip()]

    def words(self, t: Truth) -> list[str]:
        """Words and what stands between them."""
        return _WORDS[t.language if t.language in _WORDS else ""].findall(t.article_body)

    def cut(self, t: Truth, keep: float) -> str:
        """Without its end: the first paragraph and what fits into this part of the whole."""
        kept, size = list[str](), 0
        for line in t.article_body.split("\n"):
            size += len(line)
            if kept and size > keep * len(t.article_body):
                break
            kept.append(line)
        return "\n".join(kept)

    def lead(self, t: Truth, keep: float = 1) -> str:
        return self.rng.choice(self.lines) + "\n" + self.cut(t, keep)

    def reworded(self, t: Truth, part: float) -> str:
        """Single words exchanged, wherever they stand."""
        return "".join(
            self.rng.choice(self.vocabulary) if word.strip() and self.rng.random() < part else word
            for word in self.words(t)
        )

    def rewritten(self, t: Truth, part: float) -> str:
        """Whole paragraphs exchanged, up to this part of the text."""
        lines, size = t.article_body.split("\n"), 0
        for i in self.rng.sample(range(len(lines)), len(lines)):
            if size + len(lines[i]) <= part * len(t.article_body):
                size += len(lines[i])
                lines[i] = self.rng.choice(self.lines)
        return "\n".join(lines)

    def updated(self, t: Truth) -> str:
        """The same story hours later: another first paragraph, a new one, two of its figures corrected."""
        lines = t.article_body.split("\n")
        lines[0] = self.rng.choice(self.lines)
        lines.insert(self.rng.randint(1, len(lines)), self.rng.choice(self.lines))
        body = "\n".join(lines)
        for number in self.rng.sample(re.findall(r"\d+", body), 2):
            body = body.replace(number, str(self.rng.randint(10, 99)), 1)
        return body


CASES: dict[str, Change] = {
    "the same text": lambda desk, t: t.article_body,
    "cut to 70 %": lambda desk, t: desk.cut(t, 0.7),
    "cut to 45 %": lambda desk, t: desk.cut(t, 0.45),
    "a lead of its own": lambda desk, t: desk.lead(t),
    "a lead of its own, cut to 60 %": lambda desk, t: desk.lead(t, 0.6),
    "10 % of the words changed": lambda desk, t: desk.reworded(t, 0.1),
    "20 % of the words changed": lambda desk, t: desk.reworded(t, 0.2),
    "10 % rewritten": lambda desk, t: desk.rewritten(t, 0.1),
    "20 % rewritten": lambda desk, t: desk.rewritten(t, 0.2),
    "40 % rewritten": lambda desk, t: desk.rewritten(t, 0.4),
    "updated": lambda desk, t: desk.updated(t),
}
# Of such a text no run is left; whoever writes so much anew writes another text.
BEYOND: dict[str, Change] = {"40 % of the words changed": lambda desk, t: desk.reworded(t, 0.4)}


def hard_case(change: Change, seed: int, articles: int = 400, chosen: int = 20) -> list[Text]:
    """A newspaper without wire copy, and what another house makes of some articles of each language."""
    texts, rng = list[Text](), Random(seed)
    by_language: dict[str, list[Truth]] = {}
    for t in Newspaper(seed, articles).truths():
        if t.kind in ("article", "opinion"):
            by_language.setdefault(t.language[:2], []).append(t)
    for each in by_language.values():
        desk, taken = Desk(rng, each), {t.url for t in rng.sample(each, min(chosen, len(each)))}
        for t in each:
            story = t.url if t.url in taken else None
            texts.append(Text(t.host, t.url, t.article_body, t.date_published, t.headline, story))
            if story:
                made = change(desk, t)
                texts.append(Text("elsewhere", f"{t.url}?2", made, t.date_published, "Another headline", story))
    return texts


# What fills in a form, and what is too short.

FORMS = {
    "weather": """
The weather for {place} on {day}: a high of {n} degrees and a low of {n} degrees, with wind from the west at {n}
kilometres an hour and gusts of up to {n}. The chance of rain is {n} per cent, rising to {n} per cent in the
evening. Sunrise is at {n}:{n} and sunset at {n}:{n}. Tomorrow {n} degrees are expected, and {n} on the day
after that. The water in the harbour has {n} degrees. Pollen: low. Air pressure: {n}{n} hectopascals, steady.
""",
    "lottery": """
The winning numbers of the draw on {day} are {n}, {n}, {n}, {n}, {n} and {n}. The bonus ball is {n}. In the
first class {n} players win {n},{n}4 each; in the second class {n} players win {n},{n}7. The jackpot of the next
draw is about {n} million. Players must claim what they have won within 13 weeks. All numbers are without
guarantee. Playing can become a habit; help is at hand by telephone, day and night, for those who need it.
""",
    "markets": """
Shares in {place} ended {day} at {n},{n}{n} points, {n}.{n} per cent from where they had been. The currency
stood at {n}.{n} cents. Oil cost {n}.{n} a barrel, gold {n}{n} an ounce. {n} stocks rose and {n} fell, with {n}
million shares changing hands. Banks moved by {n}.{n} per cent, miners by {n}.{n} per cent. Ten-year bonds
yielded {n}.{n} per cent after {n}.{n} per cent the day before. Analysts had expected a move of {n} points.
""",
    "notice": """
{name} {name}, of {place}, died on {day} after a short illness. A service will be held at {name} Chapel,
{place}, followed by burial at {name} Field. Survivors are a brother, {name}, of {place}, and a sister, {name},
of {place}. The family thanks the nurses of {name} House. Instead of flowers, gifts may go to the {name} Fund.
Arrangements are by {name} and Sons. Friends may call from noon until the evening on the day before the service.
""",
}
_SLOTS = {
    "place": "Ashby Brookfield Carden Dunmere Elmstow Fairholt Garsdale Hexford Ilston Jarrow Kelby Lorne",
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "name": "Abel Brandt Corin Dalia Edda Farr Greta Hollis Imre Jonas Katya Lund Marek Nell Orla Petra",
}
BRIEF = (
    "Police closed the bridge for an hour this morning after a lorry had lost part of its load. Nobody was hurt."
)


def forms(seed: int, each: int = 60) -> list[Text]:
    """The same forms with other numbers and names, and the same short notice everywhere: no stories."""
    rng = Random(seed)

    def fill(match: re.Match[str]) -> str:
        return str(rng.randint(3, 59)) if match[1] == "n" else rng.choice(_SLOTS[match[1]].split())

    texts = [
        Text(f"site{n % 6}", f"https://site{n % 6}.example/{name}/{n}", re.sub(r"\{(\w+)\}", fill, form))
        for name, form in FORMS.items()
        for n in range(each)
    ]
    return texts + [Text(f"site{n}", f"https://site{n}.example/brief", BRIEF) for n in range(6)]


def invented(number: int, seed: int = 1) -> Iterator[Text]:
    """Articles of about 400 words from 60,000 that are as frequent as words are (Zipf); every tenth is a reprint."""
    rng = Random(seed)
    words = ["".join(rng.choices("abcdefghijklmnoprstuvwz", k=rng.randint(2, 10))) for _ in range(60_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    totals, sum_ = list[float](), 0.0
    for weight in weights:
        totals.append(sum_ := sum_ + weight)
    body, parent = "", 0
    for n in range(number):
        if n % 10:
            text = rng.choices(words, cum_weights=totals, k=int(rng.triangular(120, 900, 300)))
            for i in rng.sample(range(len(text)), len(text) // 60):
                text[i] = str(rng.randint(2, 2026))
            body, parent = " ".join(text), n
        else:
            body = "An introduction of its own. " + body[: int(len(body) * rng.uniform(0.6, 1))]
        yield Text(f"site{n % 7}", f"https://site{n % 7}.example/{n}", body, story=str(parent))
