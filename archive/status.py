"""`broadsheet status` as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive.render import plain

if TYPE_CHECKING:
    from archive.alarms import Alarm
    from archive.store import SiteStatus


def status_text(folder: Path, rows: Sequence[SiteStatus]) -> str:
    """One paragraph a site."""
    if not rows:
        return f"{folder}: no site yet; broadsheet add URL"
    return "\n\n".join(_site(row) for row in rows)


def alarms_text(alarms: Sequence[Alarm]) -> str:
    """Each alarm in three lines: which and where, what is the matter, what to do."""
    return "\n".join(
        f"ALARM {alarm.name}  {_place(alarm)}  since {_time(alarm.since)}\n  {plain(alarm.what)}\n  -> {alarm.to_do}"
        for alarm in alarms
    )


def _place(alarm: Alarm) -> str:
    return plain("  ".join(part for part in (alarm.site or "the archive", alarm.subject) if part))


def _time(text: str) -> str:
    return text[:19].replace("T", " ") + " UTC"


def _site(row: SiteStatus) -> str:
    titled = f"{row.name} ({row.title})" if row.title and row.title != row.name else row.name
    lines = [
        f"{titled}  {row.homepage}",
        f"  {row.held} articles from {row.captured} captures; {row.due} of {row.known} known URLs are due",
    ]
    lines += _by_reason("failed", row.failed) + _by_reason("excluded", row.excluded)
    last = row.last_crawl.replace("T", " ").replace("Z", " UTC") if row.last_crawl else "never"
    return "\n".join([*lines, f"  last crawl: {last}"])


def _by_reason(word: str, reasons: Mapping[str, int]) -> list[str]:
    if not reasons:
        return []
    parts = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    return [f"  {sum(reasons.values())} {word}: {parts}"]
