"""Which archive a command means: --archive, BROADSHEET_ARCHIVE, the current folder if it is one, else ./news."""

from __future__ import annotations

import os
from pathlib import Path

DATABASE = "archive.db"
WARC_FOLDER = "warc"
DEFAULT = "news"


def archive_folder(given: str | os.PathLike[str] | None = None) -> Path:
    """-> the folder; whether an archive lies there is for `archive.store.open_archive` to say."""
    chosen = given or os.environ.get("BROADSHEET_ARCHIVE")
    if chosen:
        return Path(chosen)
    here = Path()
    is_one = (here / DATABASE).is_file() or (here / WARC_FOLDER).is_dir()  # the database can be made again
    return here if is_one else here / DEFAULT
