"""What an archive is called where others must find it: the archive id of its citations."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from archive.errors import BadInput, ConfigInvalid
from archive.pwid import is_archive_id, to_archive_id

FILE = "sites.toml"
WORD = "archive_id"
HINT = 'letters, digits and -._~ only, best a host name of yours: "news.example.org"'


@dataclass(frozen=True, slots=True)
class ArchiveId:
    """`stated`: somebody chose it; else it is only what the folder is called."""

    value: str
    stated: bool


def archive_id(folder: Path, given: str | None = None) -> ArchiveId:
    """The id `given`, else `archive_id` of sites.toml, else the folder's name in the letters that an id may have.

    :raises BadInput: `given` can be no archive id.
    :raises ConfigInvalid: sites.toml cannot be read, or what it says can be none.
    """
    if given is not None:
        if not is_archive_id(given):
            raise BadInput(f"{given!r} can be no archive id", hint=HINT)
        return ArchiveId(given, stated=True)
    stated = _stated(folder / FILE)
    if stated is not None:
        return ArchiveId(stated, stated=True)
    return ArchiveId(to_archive_id(folder.resolve().name), stated=False)


def checked_archive_id(value: object, where: object) -> str | None:
    """What a file says of its archive id; an empty text is nothing. Raises ConfigInvalid."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_archive_id(value):
        raise ConfigInvalid(f"{where}: {WORD} must be a name for citations", hint=HINT)
    return value


def _stated(path: Path) -> str | None:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigInvalid(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: {error}") from error
    return checked_archive_id(data.get(WORD), path)
