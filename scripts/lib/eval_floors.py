"""The floors: figures that extraction must not fall under, kept in the repository beside this file.

A floor is rounded to five places in favour of the figure, and compared as it stands: one page that loses a
hundredth shows. `bad80`, `hasnt` and `none` are better when lower, so theirs are ceilings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from eval_data import NONE, SETS, Figures, Unusable

FLOORS = Path(__file__).with_name("eval_floors.toml")
LOWER_IS_BETTER = frozenset({"bad80", "hasnt", NONE})
PLACES = 5
STEP = 1e-5
HEAD = """\
What extraction reaches on the real pages, and must not fall under; bad80, hasnt and none are ceilings.
`scripts/eval --raise` writes what is better. What is worse stays, unless --lower SET.FIGURE --why "reason" says so:
such an entry stands in `lowered`, for everyone to see."""


@dataclass(frozen=True)
class Fall:
    set: str
    figure: str
    floor: float
    now: float | None

    def __str__(self) -> str:
        what = "ceiling" if self.figure in LOWER_IS_BETTER else "floor"
        verb = "rose" if self.figure in LOWER_IS_BETTER else "fell"
        if self.now is None:
            return f"{self.set}.{self.figure} is gone: its {what} is {text(self.figure, self.floor)}"
        now, floor = (text(self.figure, value) for value in (self.now, self.floor))
        return f"{self.set}.{self.figure} {verb} from {floor} to {now}"


def text(figure: str, value: float) -> str:
    return f"{value:.0f}" if figure in (NONE, "n") else f"{value:.{PLACES}f}"


def better(figure: str, value: float, floor: float) -> bool:
    """Better by more than the rounding of a floor."""
    gain = floor - value if figure in LOWER_IS_BETTER else value - floor
    return gain > STEP


def worse(figure: str, value: float, floor: float) -> bool:
    return (value > floor if figure in LOWER_IS_BETTER else value < floor) and abs(value - floor) > 1e-9


def rounded(figure: str, value: float) -> float | int:
    if figure == NONE:
        return int(value)
    scaled = value * 10**PLACES
    whole = math.ceil(scaled - 1e-6) if figure in LOWER_IS_BETTER else math.floor(scaled + 1e-6)
    return float(whole / 10**PLACES)


@dataclass
class Floors:
    file: Path
    document: tomlkit.TOMLDocument

    @classmethod
    def read(cls, file: Path = FLOORS) -> Floors:
        try:
            return cls(file, tomlkit.parse(file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            document = tomlkit.document()
            for line in HEAD.splitlines():
                document.add(tomlkit.comment(line))
            document.add(tomlkit.nl())
            return cls(file, document)
        except (OSError, ValueError) as e:
            raise Unusable(f"{file}: {e}") from e

    def of(self, name: str) -> Figures:
        table: Any = self.document.get(name) or {}
        return {figure: float(value) for figure, value in table.items() if figure != "n"}

    @property
    def gold(self) -> str | None:
        """SHA-256 of the gold.jsonl they were measured on."""
        value = self.document.get("gold")
        return str(value) if value else None

    def falls(self, table: Mapping[str, Figures]) -> list[Fall]:
        """What is worse than its floor, or is not measured any more, in the sets of `table`."""
        found = []
        for name, figures in table.items():
            for figure, floor in self.of(name).items():
                now = figures.get(figure)
                if now is None or worse(figure, now, floor):
                    found.append(Fall(name, figure, floor, now))
        return found

    def lift(
        self,
        table: Mapping[str, Figures],
        *,
        gold: str,
        recipe: str | None,
        lower: Iterable[str] = (),
        why: str | None = None,
        today: date,
    ) -> list[str]:
        """Write what is better, and what is named in `lower` -> one line each.

        Floors of another gold.jsonl are all replaced, which needs a reason as well.

        :raises Unusable: something is worse and not named, or is named and not worse; nothing is written then.
        """
        named = set(lower)
        said = []
        if self.gold not in (None, gold):
            said.append(self._start_anew(why, today))
        if named and not (why and why.strip()):
            raise Unusable('lowering a floor needs a reason: --why "..."')
        falls = {f"{fall.set}.{fall.figure}": fall for fall in self.falls(table)}
        if wrong := sorted(named - set(falls)):
            raise Unusable(f"{wrong[0]} has not fallen: there is nothing to lower (floors are SET.FIGURE)")
        if left := [fall for key, fall in falls.items() if key not in named]:
            lines = "\n".join(f"  {fall}" for fall in left)
            raise Unusable(
                f'no floor is lowered silently; --lower SET.FIGURE --why "..." does it openly:\n{lines}'
            )
        said += [*self._lower(falls, str(why), today), *self._raise(table)]
        if said:
            self.document["gold"] = gold
            if recipe:
                self.document["recipe"] = recipe
            self._order()
            self.file.write_text(tomlkit.dumps(self.document), encoding="utf-8")
        return said

    def _start_anew(self, why: str | None, today: date) -> str:
        if not (why and why.strip()):
            raise Unusable('these floors are of another gold.jsonl: to replace them all, --why "..."')
        for name in SETS:
            self.document.pop(name, None)
        self._note({"figure": "all", "date": today, "why": why.strip()})
        return "the floors of another gold.jsonl are replaced"

    def _note(self, entry: dict[str, object]) -> None:
        lowered: Any = self.document.setdefault("lowered", tomlkit.aot())
        table = tomlkit.table()
        table.update(entry)
        lowered.append(table)

    def _raise(self, table: Mapping[str, Figures]) -> Iterator[str]:
        for name, figures in table.items():
            floors: Any = self.document.setdefault(name, tomlkit.table())
            floors["n"] = int(figures["n"])
            for figure, value in figures.items():
                old = floors.get(figure)
                if figure == "n" or (old is not None and not better(figure, value, float(old))):
                    continue
                floors[figure] = rounded(figure, value)
                yield f"{name}.{figure}: {'new' if old is None else text(figure, old)} -> {text(figure, value)}"

    def _lower(self, falls: Mapping[str, Fall], why: str, today: date) -> Iterator[str]:
        for key, fall in falls.items():
            entry: dict[str, object] = {"figure": key, "from": rounded(fall.figure, fall.floor)}
            floors: Any = self.document[fall.set]
            if fall.now is None:
                del floors[fall.figure]
            else:
                floors[fall.figure] = entry["to"] = rounded(fall.figure, fall.now)
            self._note({**entry, "date": today, "why": why.strip()})
            yield f"{fall}; written down with its reason"

    def _order(self) -> None:
        """Plain keys first, then the sets, what was lowered last: TOML wants keys before tables."""
        for key in [*SETS, "lowered"]:
            if key in self.document:
                value = self.document.pop(key)
                self.document[key] = value
