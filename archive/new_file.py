"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.errors import BadInput, StorageFailed
from archive.store.folder import DATABASE
from archive.warc.writer import sync_folder


@contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file to be written; it gets its name when all of it is on disk, and is removed if anything goes wrong.

    :raises BadInput: there is such a file and `force` is not given, something that is no file, a file of an
        archive itself, or no such folder.
    :raises StorageFailed: the disk refuses.
    """
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}", hint="make it, or name another file")
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is no file that could be replaced", hint="give the name of a file")
    if _is_of_an_archive(path):
        raise BadInput(f"{path} belongs to an archive", hint="name another file")
    if path.exists() and not force:
        raise BadInput(f"{path} is there already", hint="--force replaces it")
    draft = path.with_name(f".{path.name[:200]}.{os.getpid()}.new")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageFailed(
            f"cannot write {path}: {error.strerror or error}", hint="choose another place"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _is_of_an_archive(path: Path) -> bool:
    """Whether it is, or would lie among, what makes up an archive; exports may lie beside that."""
    folder = path.resolve().parent
    archive = next((parent for parent in folder.parents if (parent / DATABASE).exists()), None)
    if archive is not None:
        return folder.relative_to(archive).parts[0] in ("warc", "rules")
    own = path.name.startswith(DATABASE) or path.suffix in (".lock", ".toml")
    return own and (folder / DATABASE).exists()
