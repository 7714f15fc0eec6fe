"""What becomes of one file that is imported."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from archive.imports.entering import Entered
from archive.warc.survey import Survey, Trouble


@dataclass(slots=True)
class Report:
    """What became of one file.

    `state`: imported | resumed | known | empty | unreadable | new (of a dry run) | found (it was missing).
    """

    name: str
    state: str = "unreadable"
    warc_file: str | None = None  # its name in the archive
    note: str | None = None  # for people
    sha256: str | None = None  # of a file that was imported before, as it is now
    records: int = 0
    parts: int = 0  # request and metadata records of captures
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0  # records among the troubles
    entered: Entered = field(default_factory=Entered)
    troubles: list[Trouble] = field(default_factory=list)

    def looked_through(self, found: Survey) -> None:
        self.records, self.parts = found.records, found.parts
        self.left_out, self.unreadable = found.left_out, found.unreadable
        self.troubles += found.troubles

    def was_entered(self, entered: Entered) -> None:
        self.entered = entered
        self.unreadable += entered.refused
        self.were_taken_down(entered.taken_down)
        self.troubles += entered.troubles

    def were_taken_down(self, captures: int) -> None:
        if captures:
            self.left_out["taken down on request"] += captures
