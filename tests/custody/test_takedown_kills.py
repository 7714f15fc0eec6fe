"""Whatever dies while an article is taken down: all of it is there after the next start, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive import store
from archive.recover import recover_archive
from archive.takedown import take_down
from tests.custody.gone import (
    GONE,
    REASON,
    build,
    findings,
    members,
    run,
    takedown,
    traces,
)
from tests.custody.kills import dies_at


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("takedown") / "news"
    build(folder)
    return folder


def take_it_down(folder: Path) -> Callable[[], object]:
    return lambda: take_down(folder, GONE, REASON, agreed=lambda plan: True)


def check_one_or_the_other(folder: Path, original: Path, *, rebuilt: bool) -> bool:
    """After the next start, of a crawl or a rebuild: all of it is there, or nothing -> whether it is gone."""
    if rebuilt:
        assert run(folder, "rebuild").exit_code == 0
        for path in folder.glob("archive.db.old*"):
            path.unlink()
    else:
        with store.writer_lock(folder), store.open_archive(folder, write=True) as archive:
            recover_archive(archive, lambda _: None)
    assert findings(folder) == []
    assert not list((folder / "warc").glob("*.re*")) and not list((folder / "warc").glob("*.open"))
    with store.open_archive(folder) as archive:
        gone = archive.db.execute("SELECT count(*) FROM takedown").fetchone()[0]
        if not gone:
            assert store.article(archive.db, GONE).versions
    if gone:
        assert traces(folder) == set()
    else:
        assert members(folder) == members(original)
        takedown(folder)
        assert traces(folder) == set() and findings(folder) == []
    return bool(gone)


def kills(original: Path, tmp_path: Path, every: int) -> list[bool]:
    whole = tmp_path / "whole"
    shutil.copytree(original, whole)
    steps = dies_at(-1, take_it_down(whole))
    assert steps is not None and steps > 300
    found = []
    for step in range(1, steps + 1, every):
        folder = tmp_path / str(step)
        shutil.copytree(original, folder)
        assert dies_at(step, take_it_down(folder)) is None
        found.append(check_one_or_the_other(folder, original, rebuilt=len(found) % 3 == 1))
        shutil.rmtree(folder)
    return found


def test_a_kill_leaves_all_or_nothing(original: Path, tmp_path: Path) -> None:
    found = kills(original, tmp_path, 97)
    assert found == sorted(found) and set(found) == {False, True}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_kill_at_many_moments_leaves_all_or_nothing(original: Path, tmp_path: Path) -> None:
    found = kills(original, tmp_path, 7)
    assert set(found) == {False, True}
