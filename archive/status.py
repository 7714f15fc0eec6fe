"""`broadsheet status` as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.store import SiteStatus


def status_text(folder: Path, rows: Sequence[SiteStatus]) -> str:
    """One paragraph a site."""
    if not rows:
        return f"{folder}: no site yet; broadsheet add URL"
    return "\n\n".join(_site(row) for row in rows)


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
