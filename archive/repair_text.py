"""A repair in words."""

from __future__ import annotations

from archive.render import plain
from archive.repair import Repaired


def repaired_text(done: Repaired, *, dry_run: bool) -> str:
    """What was done, or would be: a line for each thing that was set aside or lost, then the sum."""
    lines: list[str] = []
    for file in done.files:
        for aside in file["set_aside"]:
            where = f"; its {aside['bytes']} bytes: warc/{aside['saved']}" if aside["saved"] else ""
            url = f"  {aside['url']}" if aside["url"] else ""
            lines.append(f"{file['file']} at {aside['offset']}: {aside['what']}{where}{url}")
        if file["mended"]:
            lines.append(
                f"{file['file']}: {_counted(file['mended'], 'record')} as before: the change meant nothing"
            )
        if not file["set_aside"] and not file["mended"]:
            lines.append(
                f"{file['file']}: every record is whole; what differs carries nothing, so it is taken as it is"
            )
    lines += [f"lost: the record of {one.url} of {one.captured_at}; its text is kept" for one in done.lost]
    lines += [f"made anew: {what}" for what in done.indexes]
    if done.accepted:
        would = "would be " if dry_run else ""
        lines.append(f"archive.db {would}taken as it is: its checksums (archive.db-sums) {would}made anew")
    lines += done.remaining
    if not (done.files or done.indexes or done.remaining):
        lines.append("nothing is damaged")
    elif done.files:
        would = "would be " if dry_run else ""
        lines.append(
            f"{would}written anew: {_counted(len(done.files), 'file')}; {would}set aside: "
            f"{_counted(done.set_aside, 'place')}; {would}lost: {_counted(len(done.lost), 'record')}"
        )
    return "\n".join(plain(line) for line in lines)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
