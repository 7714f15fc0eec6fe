"""What became of imported files, for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from archive.imports.results import Report
from archive.render import plain

_STATES = {
    "imported": "",
    "resumed": "went on where an import was stopped: ",
    "new": "would be imported: ",
    "known": "known already: ",
    "found": "was missing, and is found again",
    "empty": "holds no capture",
    "unreadable": "cannot be taken in",
}


def report_text(report: Report) -> str:
    """One file, in a line or a few."""
    e = report.entered
    counts = [_counted(e.entered, "capture")] if report.state in ("imported", "resumed", "new") else []
    if report.state in ("imported", "resumed"):
        counts.append(_counted(e.articles, "new article"))
    if e.known:
        counts.append(f"{_counted(e.known, 'record')} known already")
    if report.state == "known" and report.warc_file:
        counts.append(f"the archive has it as {report.warc_file}")
    lines = [f"{report.name}: {_STATES[report.state]}{', '.join(counts)}"]
    if report.left_out:
        lines.append("  left out: " + ", ".join(f"{n} {what}" for what, n in sorted(report.left_out.items())))
    if e.waiting:
        lines.append(f"  {_counted(e.waiting, 'revisit')} without text: the captures they refer to are not here")
    if e.linked:
        lines.append(f"  {_counted(e.linked, 'earlier revisit')} found the captures they refer to")
    if report.note:
        lines.append(f"  {report.note}")
    if report.troubles:
        lines.append(f"  {_counted(len(report.troubles), 'place')} could not be read")
    return "\n".join(map(plain, lines))


def summary_text(reports: Sequence[Report], *, dry_run: bool) -> str:
    captures = sum(report.entered.entered for report in reports)
    articles = sum(report.entered.articles for report in reports)
    said = _counted(len(reports), "file")
    if dry_run:
        return f"{said}: {_counted(captures, 'capture')} would be entered; nothing was changed"
    return f"{said}: {_counted(captures, 'capture')} entered, {_counted(articles, 'new article')}"


def as_record(report: Report) -> dict[str, Any]:
    """One flat object, with the lists `troubles` and the counts `left_out`."""
    e = report.entered
    return {
        "file": report.name,
        "state": report.state,
        "warc_file": report.warc_file,
        "note": report.note,
        "records": report.records,
        "captures": e.entered,
        "known": e.known,
        "parts": report.parts,
        "left_out": dict(sorted(report.left_out.items())),
        "unreadable": report.unreadable,
        "waiting": e.waiting,
        "linked": e.linked,
        "articles": e.articles,
        "troubles": [asdict(trouble) for trouble in report.troubles],
    }


def _counted(number: int, thing: str) -> str:
    """1 file, 2 files."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
