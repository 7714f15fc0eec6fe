"""Reading rules from disk: the only place of this package that opens files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from archive.errors import BadInput, ConfigInvalid
from archive.rules.model import Rules
from archive.rules.read import MAX_CHARACTERS, Mistake, read

FOLDER = "rules"  # of an archive, beside sites.toml


def load(paths: Iterable[Path]) -> Rules:
    """The rules of files, and of the *.toml in folders, in the order of their names.

    :raises BadInput: a file is not there or cannot be read.
    :raises ConfigInvalid: the first mistake, with its place, and how many there are.
    """
    paths = list(paths)
    rules, mistakes = check(paths)
    wrong = [m for m in mistakes if not m.advice]
    if wrong:
        first = wrong[0]
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        shown = " ".join(map(str, paths))
        raise ConfigInvalid(
            f"{first.file}, line {first.line}: {first.message}{more}", hint=f"broadsheet rules check {shown}"
        )
    return rules


def check(paths: Iterable[Path]) -> tuple[Rules, list[Mistake]]:
    """The same, with every mistake."""
    return read([(str(path), _text(path)) for path in files(paths)])


def of_archive(folder: Path) -> Rules:
    """The rules of an archive, which needs none. Raises like `load`."""
    place = folder / FOLDER
    return load([place]) if place.is_dir() else Rules()


def files(paths: Iterable[Path]) -> Sequence[Path]:
    """Files, and those named *.toml of folders; each once."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(sorted(path.glob("*.toml")))
        else:
            found[path] = None
    return list(found)


def _text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > 4 * MAX_CHARACTERS:
            raise BadInput(f"{path}: larger than any file of rules")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as e:
        raise BadInput(f"{path}: is not in UTF-8: byte {e.start} cannot be read") from e
    except (OSError, ValueError) as e:
        raise BadInput(f"{path}: {getattr(e, 'strerror', None) or e}") from e
