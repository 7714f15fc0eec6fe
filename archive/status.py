"""`broadsheet status` as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def status_text(folder: Path, rows: Sequence[Any]) -> str:
    """One paragraph a site; `rows` as `archive.store.status` gives them."""
    if not rows:
        return f"{folder}: no site yet; broadsheet add URL"
    return "\n\n".join(_site(row) for row in rows)


def _site(row: Any) -> str:
    lines = [f"{row.name}  {row.homepage}"]
    lines.append(
        f"  articles {row.held}, captures {row.captured}, due {row.due}, excluded {sum(row.excluded.values())}"
    )
    lines += [f"  excluded by {reason}: {count}" for reason, count in sorted(row.excluded.items())]
    lines += [f"  failed, {reason}: {count}" for reason, count in sorted(row.failed.items())]
    if row.last_crawl:
        lines.append(f"  last crawl {row.last_crawl}")
    return "\n".join(lines)
