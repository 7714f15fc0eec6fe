"""Stories in plain text: a headline, a standfirst, lines of body text, captions; no markup, no publisher."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from crawler.demo.prose import Filler, Lexicon


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the body. `kind`: p, h2, li or quote."""

    kind: str
    sentences: tuple[str, ...]
    space: str = " "

    @property
    def text(self) -> str:
        return self.space.join(self.sentences)


@dataclass(frozen=True, slots=True)
class Text:
    """What a newsroom hands in, before it is laid out."""

    lines: tuple[Line, ...]
    captions: tuple[str, ...]
    pull_quote: str
    comments: tuple[tuple[str, str], ...]  # (name, words)
    entries: tuple[tuple[Line, ...], ...] = ()  # a live blog's entries, oldest first; each begins with its heading


class Story:
    """One story: its head is made at once, its text by `text()`; the same generator gives the same story.

    `form`: article | opinion | live-blog | gallery. The head costs about a tenth of the whole, so listings of
    many stories stay cheap.
    """

    def __init__(self, words: Lexicon, rng: Random, published: datetime, section: str, form: str) -> None:
        self.words, self.rng, self.form = words, rng, form
        self.filler = Filler(words, rng, published)
        opinion = form == "opinion"
        pool = words.topics[section] if not opinion else [each for all_ in words.topics.values() for each in all_]
        self.topic: dict[str, Any] = rng.choice(pool)
        events = self.topic["section"] in ("sport", "culture", "science")
        self.frames = words.soft if events else {**words.generic, "live_head": words.frames["live_head"]}
        self._cast()
        source = words.opinion if opinion else self.topic
        fill = self.filler.fill
        if opinion:
            self.filler.slots["issue"] = rng.choice(words.lists["issue"])
        self.headline = fill(rng.choice(source["head"]))
        frame = {"live-blog": words.live, "gallery": words.gallery}.get(form)
        if frame:
            self.headline = rng.choice(frame["head"]).replace("{headline}", self.headline)
        self.description = fill(rng.choice(source["stand"]))
        self.place = self.filler.slots["place"]
        self.tags: tuple[str, ...] = (self.place, *self.topic["tags"]) if not opinion else (self.place,)

    def headlines(self) -> list[str]:
        """All headlines that the story could have, the one it has among them."""
        source = self.words.opinion if self.form == "opinion" else self.topic
        return [self.filler.fill(each) for each in source["head"]]

    def spare(self, rng: Random) -> Callable[[], str]:
        """After `text()`: gives sentences that the text does not have, empty when there are no more."""
        words = self.words
        pool = (words.generic if self.frames is words.soft else words.soft)["det"]
        sentences = iter(rng.sample(pool, len(pool)))
        self.filler.rng = rng
        return lambda: next(map(self.filler.fill, sentences), "")

    def _cast(self) -> None:
        """Places, people, numbers and things of the story."""
        words, rng, filler, topic = self.words, self.rng, self.filler, self.topic
        places = rng.sample(words.lists["place"], 3)
        filler.slots |= {"place": places[0], "place2": places[1], "place3": places[2]}
        filler.slots["district"] = rng.choice(words.lists["district"])
        for names, choices in topic.get("slots", {}).items():  # "firm|product" takes words that belong together
            filler.slots |= dict(zip(names.split("|"), rng.choice(choices).split("|"), strict=True))
        for name, span in topic["numbers"].items():
            filler.slots[name] = filler.fresh_number(span)
        families: set[str] = set()
        for who, kind in (("p1", "official"), ("p2", "expert"), ("p3", "resident"), ("p4", "critic")):
            role = rng.choice(topic.get("roles", {}).get(who) or words.lists[kind])
            person = words.person(rng, role)
            while person.short in families:  # two people of one surname could not be told apart
                person = words.person(rng, role)
            families.add(person.short)
            filler.people[who] = person
            filler.slots[who] = person.name

    def text(self) -> Text:
        """The whole text; call it once."""
        rng = self.rng
        lines: tuple[Line, ...]
        entries: tuple[tuple[Line, ...], ...] = ()
        if self.form == "opinion":
            lines = tuple(self._opinion())
        elif self.form == "gallery":
            lines = tuple(self._paragraphs(rng.randint(70, 150)))
        elif self.form == "live-blog":
            lines = (self._line("p", rng.choice(self.topic["lead"])),)
            entries = tuple(self._entries(rng.randint(7, 12)))
        else:
            lines = tuple(self._paragraphs(int(rng.triangular(270, 900, 420))))
        captions = tuple(self._captions(rng.randint(6, 9) if self.form == "gallery" else 2))
        return Text(lines, captions, self._pull_quote(), tuple(self._comments()), entries)

    def _line(self, kind: str, *templates: str) -> Line:
        return Line(kind, tuple(self.filler.fill(each) for each in templates), self.words.space)

    def _size(self, line: Line) -> float:
        text = line.text
        return len(text) / 2.2 if self.words.language == "ja" else text.count(" ") + 1

    def _quote(self, entry: str) -> str:
        return self.filler.quote(entry, self.rng.choice(self.words.frames["attribution"]))

    def _paragraphs(self, target: int) -> Iterator[Line]:
        """Body lines of a news story of about `target` words (for Japanese: units of 2.2 characters)."""
        rng, topic, generic = self.rng, self.topic, self.frames
        facts = rng.sample(topic["det"], len(topic["det"]))
        speech = rng.sample(topic["quo"], len(topic["quo"]))
        more_facts = rng.sample(generic["det"], len(generic["det"]))
        more_speech = rng.sample(generic["quo"], len(generic["quo"]))
        heads = rng.sample(topic["sub"] + generic["sub"], 4) if target > 360 and rng.random() < 0.7 else []
        listing = rng.randint(3, 7) if target > 300 and rng.random() < 0.25 else -1
        block = rng.randint(4, 9) if target > 330 and rng.random() < 0.25 else -1
        first = self._line("p", rng.choice(topic["lead"]), *([facts.pop()] if rng.random() < 0.4 else []))
        size = self._size(first)
        yield first
        number = 1
        while size < target and (more_facts or facts):
            if heads and number % 5 == 4:
                yield self._line("h2", heads.pop())
            if number == listing:
                for line in self._list():
                    size += self._size(line)
                    yield line
            elif number == block and more_speech:
                self.filler.speaker = "p" + more_speech[-1][0]
                said = self.filler.fill(more_speech.pop()[2:])
                yield Line("quote", (self.words.frames["blockquote"][0].replace("{q}", said),))
            if number % 3 == 2 and (speech or more_speech):
                pool = speech if speech and (rng.random() < 0.75 or not more_speech) else more_speech
                said = self._quote(pool.pop())
                follow = (more_facts or facts).pop() if rng.random() < 0.4 else ""
                line = Line("p", (said, *((self.filler.fill(follow),) if follow else ())), self.words.space)
            else:
                count = rng.choice((1, 2, 2, 3))
                chosen: list[str] = []
                for _ in range(count):
                    pool = facts if facts and (rng.random() < 0.65 or not more_facts) else more_facts
                    if pool:
                        chosen.append(pool.pop())
                line = self._line("p", *chosen)
            size += self._size(line)
            number += 1
            yield line
        yield self._line("p", rng.choice(topic["out"] + generic["out"]))

    def _list(self) -> Iterator[Line]:
        generic = self.frames
        yield self._line("p", self.rng.choice(generic["item_intro"]))
        for item in self.rng.sample(generic["item"], self.rng.randint(3, 4)):
            yield Line("li", (self.filler.raw(item),))

    def _opinion(self) -> Iterator[Line]:
        rng, frames = self.rng, self.words.opinion
        yield self._line("p", rng.choice(frames["lead"]))
        for point in rng.sample(frames["point"], rng.randint(7, min(10, len(frames["point"])))):
            yield self._line("p", point)
        yield self._line("p", rng.choice(frames["end"]))

    def _entries(self, count: int) -> Iterator[tuple[Line, ...]]:
        rng, topic, words = self.rng, self.topic, self.words
        facts = rng.sample(topic["det"], len(topic["det"])) + rng.sample(self.frames["det"], 8)
        speech = rng.sample(topic["quo"], len(topic["quo"])) + rng.sample(self.frames["quo"], 4)
        heads = rng.sample(self.frames["live_head"], len(self.frames["live_head"]))
        for number in range(count):
            head = heads.pop() if heads else rng.choice(self.frames["live_head"])
            lines = [self._line("h2", head)]
            lines.append(self._line("p", *([facts.pop()] if facts else [rng.choice(words.frames["live_lead"])])))
            if number % 2 and speech:
                lines.append(Line("p", (self._quote(speech.pop()),)))
            elif rng.random() < 0.5:
                lines.append(self._line("p", rng.choice(words.frames["live_lead"])))
            yield tuple(lines)

    def _captions(self, count: int) -> Iterator[str]:
        own = self.rng.sample(self.topic["cap"], len(self.topic["cap"]))
        general = self.rng.sample(self.words.frames["caption"], len(self.words.frames["caption"]))
        for template in (own + general + general)[:count]:
            yield self.filler.fill(template)

    def _pull_quote(self) -> str:
        entry = self.rng.choice(self.topic["quo"])
        self.filler.speaker = "p" + entry[0]
        return self.words.frames["pullquote"][0].replace("{q}", self.filler.fill(entry[2:]))

    def _comments(self) -> Iterator[tuple[str, str]]:
        for template in self.rng.sample(self.words.frames["comment"], self.rng.randint(2, 4)):
            yield self.words.person(self.rng).name, self.filler.fill(template)
