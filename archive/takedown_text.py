"""A takedown in words: what is about to go, and what has gone."""

from __future__ import annotations

from collections import Counter

from archive.render import plain
from archive.store.takedown import Doom
from archive.takedown import Plan, TakenDown

SHOWN = 20  # URLs that are listed


def plan_text(plan: Plan) -> str:
    """What would be removed, for the person who decides."""
    doom, target = plan.doom, plan.target
    what = (
        f"article {target.article_id}" if target.article_id is not None else "no article, but what was captured of"
    )
    lines = [f"{what}: {target.headline or target.url}", f"  {target.url}  ({target.site})"]
    by_url: dict[str, int] = {}
    for capture in doom.captures:
        by_url[capture.url] = by_url.get(capture.url, 0) + 1
    lines.append(f"will be removed: {_counted(len(doom.captures), 'capture')} of {_counted(len(by_url), 'URL')}")
    lines += [f"  {count:4}  {url}" for url, count in sorted(by_url.items())[:SHOWN]]
    if len(by_url) > SHOWN:
        lines.append(f"        and {len(by_url) - SHOWN} more")
    others = [url for url in doom.articles if url != target.url]
    if others:
        lines.append(f"with {_counted(len(others), 'other article')} of the same bytes or address:")
        lines += [f"        {url}" for url in others]
    if plan.copies:
        kinds = Counter(record["record_type"] for record in plan.copies)
        what = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
        lines.append(f"and from imported files what is no capture here, but holds or tells of it: {what}")
    if plan.rewritten:
        size = sum(size for _, size in plan.rewritten)
        lines.append(f"written anew: {_counted(len(plan.rewritten), 'WARC file')}, {size} bytes")
    lines += [f"deleted: {path}, which an earlier rebuild left" for path in plan.old_databases]
    lines += _stays(list(plan.elsewhere), doom)
    lines += [f"may hold it, but cannot be read, and stays: {where}" for where in plan.unread[:SHOWN]]
    if len(plan.unread) > SHOWN:
        lines.append(f"  and {len(plan.unread) - SHOWN} more such places")
    return plain_lines(lines)


def taken_down_text(done: TakenDown) -> str:
    """What has come of it."""
    lines = [
        f"taken down: {done.url}; {_counted(done.records, 'record')} replaced by notes in "
        f"{_counted(len(done.files), 'file')}, {_counted(len(done.urls), 'URL')} excluded from later crawls"
    ]
    lines += [f"deleted: {path}" for path in done.removed]
    if not done.erased:
        lines.append(
            "another program reads archive.db: until it ends, archive.db-wal holds the text; the next crawl, repair or "
            "takedown removes it"
        )
    return plain_lines(lines)


def _stays(elsewhere: list[str], doom: Doom) -> list[str]:
    lines = []
    if elsewhere:
        lines.append(f"stays as it is, since it was imported by reference: {', '.join(elsewhere)}")
    if doom.naming:
        lines.append(
            f"stays: its headline in {_counted(doom.naming, 'other article')}, as a link to it most likely: in their "
            "captures, and in their text or what was removed from it"
        )
    if doom.listings:
        lines.append(
            f"stays: {_counted(doom.listings, 'capture')} of feeds and section pages that name it, perhaps with its "
            "first lines; `takedown` takes their URLs too"
        )
    return lines


def plain_lines(lines: list[str]) -> str:
    """Without what a terminal would obey."""
    return "\n".join(plain(line) for line in lines)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
