"""Which archive a command means: --archive, BROADSHEET_ARCHIVE, the current folder if it is one, else ./news."""

from __future__ import annotations

import os
from pathlib import Path

DATABASE = "archive.db"
DEFAULT = "news"


def archive_folder(given: str | os.PathLike[str] | None = None) -> Path:
    """-> the folder; whether an archive lies there is for `archive.store.open_archive` to say."""
    chosen = given or os.environ.get("BROADSHEET_ARCHIVE")
    if chosen:
        return Path(chosen)
    here = Path()
    return here if (here / DATABASE).is_file() else here / DEFAULT
