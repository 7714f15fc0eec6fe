"""Which archive a command means."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.locate import archive_folder


def test_option_then_environment_then_here_then_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BROADSHEET_ARCHIVE", raising=False)
    assert archive_folder() == Path("news")
    Path("archive.db").touch()
    assert archive_folder() == Path()
    monkeypatch.setenv("BROADSHEET_ARCHIVE", "/elsewhere")
    assert archive_folder() == Path("/elsewhere")
    assert archive_folder("given") == Path("given")
    monkeypatch.setenv("BROADSHEET_ARCHIVE", "")
    assert archive_folder() == Path()
