"""What a recording answers to a request: the exchange as it was recorded, byte for byte."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.crawls import Plan
from archive.errors import BadInput, DamageFound
from archive.imports import sources
from archive.message import parse_response
from archive.model import Exchange, Outcome
from archive.pipeline import TRANSIENT
from archive.recording.index import FAULTS, Entry, Index, Place, index
from archive.reentry import with_payload
from archive.warc.groups import ReadGroup, is_identical
from archive.warc.reader import Record, WrongMember, read_record
from archive.warc.recompress import recompress

CUT = {"length": Outcome.TOO_LARGE, "time": Outcome.TIMEOUT}  # WARC-Truncated; anything else: a broken connection


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. `exchange.response` is empty if no answer came: `outcome` tells why."""

    exchange: Exchange
    outcome: Outcome  # as far as the network could tell: ARCHIVED means that an answer came whole
    detail: str | None = None
    is_last: bool = False  # there is none after it
    is_transient: bool = False  # a live crawl would try again


class Recording:
    """The captures of some WARC and WACZ files, by URL. Close it: what a WACZ holds is unpacked meanwhile.

    Requests of a URL are answered by its captures in order of time, the last one again and again. With `until` the
    web stands still as it was then: each request is answered by the last capture up to that time.
    """

    def __init__(self, paths: Iterable[Path], until: datetime | None = None) -> None:
        """:raises BadInput: a file is none that can be read, or holds nothing of the web."""
        self.until = until
        self._unpacked = tempfile.TemporaryDirectory(prefix="broadsheet-replay-")
        try:
            found = sources.find(paths, _refuse)
            self.names = tuple(dict.fromkeys(source.path.name for source in found))
            self._paths = [self._path(number, source) for number, source in enumerate(found)]
            self._index = self._indexed()
            if not self._index.entries:
                when = f" up to {until.isoformat()}" if until else ""
                raise BadInput(f"{', '.join(self.names)}: no capture of a web page in it{when}")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._unpacked.cleanup()

    @property
    def plans(self) -> Sequence[Plan]:
        """What Broadsheet's own crawls of these files set out to do."""
        return self._index.plans

    def notes(self) -> list[str]:
        """What of the files cannot be used, for people."""
        said = []
        if self._index.damages:
            said.append(
                f"{len(self._index.damages)} places of the replay cannot be read: {self._index.damages[0]}"
            )
        if self._index.orphans:
            said.append(f"{self._index.orphans} revisits of the replay are without their originals, and left out")
        return said

    def answer(self, url: str, turn: int = 0, *, conditional: bool = False) -> Answer | None:
        """The answer to request number `turn` (from 0) of a URL; None if there is none.

        A 304 answers only a `conditional` request; any other gets the whole answer that it confirmed.
        """
        entries = self._index.of(url)
        if not entries:
            return None
        number = len(entries) - 1 if self.until else min(turn, len(entries) - 1)
        place = _whole(entries, number) if not conditional else number
        if place is None:
            return None
        answer = self._read(entries[place])
        if answer is None:
            return None
        exchange = replace(answer.exchange, url=url)
        return replace(answer, exchange=exchange, is_last=number == len(entries) - 1)

    def _read(self, entry: Entry) -> Answer | None:
        """None if there are no bytes, and nothing says why."""
        group = ReadGroup(tuple(self._record(place) for place in entry.places))
        main, facts = group.main, group.facts
        exchange = group.exchange
        if main is not None and main.record_type == "revisit" and is_identical(main) and entry.original:
            original = self._record(entry.original).response
            if original is None:
                return None
            exchange = with_payload(exchange, original)
        noted = facts.get("outcome", "")
        outcome = Outcome(noted) if noted in FAULTS else Outcome.ARCHIVED
        if exchange.response:
            if not exchange.complete and outcome is Outcome.ARCHIVED:
                outcome = CUT.get(exchange.truncated or "", Outcome.TRUNCATED)
        elif outcome is Outcome.ARCHIVED:
            return None
        detail = facts.get("detail") if outcome is not Outcome.ARCHIVED else None
        return Answer(exchange, outcome, detail, is_transient=_is_transient(exchange, outcome))

    def _record(self, place: Place) -> Record:
        """:raises DamageFound: the file has changed since it was indexed."""
        number, offset = place
        try:
            return read_record(self._paths[number], offset)
        except BadInput as e:
            raise DamageFound(e.message) from None

    def _path(self, number: int, source: sources.Source) -> Path:
        """The file itself, or what was packed into a WACZ."""
        if source.member is None:
            return source.path
        path = Path(self._unpacked.name) / f"{number}.warc"
        try:
            sources.copy(source, path)
        except sources.NoWarc as e:
            raise BadInput(f"{source.name}: {e}") from None
        return path

    def _indexed(self) -> Index:
        """A file that was compressed as a whole is written anew: no record of it could be read by its offset."""
        found = index(self._paths, self.until)
        wrong = {damage.path for damage in found.damages if isinstance(damage, WrongMember)}
        if not wrong:
            return found
        for number, path in enumerate(self._paths):
            if path in wrong:
                self._paths[number] = Path(self._unpacked.name) / f"{number}.anew.warc.gz"
                with self._paths[number].open("w+b") as file:
                    recompress(path, file)
        return index(self._paths, self.until)


def _whole(entries: Sequence[Entry], number: int) -> int | None:
    """The number of the whole answer that stands for this one: itself, or of a 304 the one before it, or after it."""
    order = (number, *range(number - 1, -1, -1), *range(number + 1, len(entries)))
    return next((n for n in order if not entries[n].is_304), None)


def _is_transient(exchange: Exchange, outcome: Outcome) -> bool:
    if outcome is not Outcome.ARCHIVED:
        return outcome in TRANSIENT
    response = parse_response(exchange.response[:65_536], cut=True)
    return response is not None and (response.status >= 500 or response.status == 429)


def _refuse(name: str, why: str) -> None:
    raise BadInput(f"{name}: {why}")
