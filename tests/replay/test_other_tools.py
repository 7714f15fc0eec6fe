"""`wacz validate` and `cdxj-indexer`, each in its own environment, agree with what we write."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from archive.message import parse_response
from archive.warc.reader import read_record
from tests.handover.containers import run as broadsheet
from tests.replay.conftest import Tools, run
from tests.replay.exhibits import Exhibition

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

Line = tuple[str, str, dict[str, str]]


def selections(exhibition: Exhibition) -> list[Path]:
    return [
        exhibition.wacz("v0.wacz"),
        exhibition.wacz("v1.wacz", "--since", "2026-03-04", "--until", "2026-03-05"),
        exhibition.wacz("v2.wacz", "--search", "ferry"),
        exhibition.wacz("v3.wacz", "--article", "1", "--title", "Ein Titel, 題名"),
    ]


def test_wacz_validate(
    tools: Tools, exhibition: Exhibition, newspaper: Exhibition, uncompressed: Exhibition
) -> None:
    made = [*selections(exhibition), newspaper.wacz("v.wacz"), uncompressed.wacz("v.wacz")]
    made.append(newspaper.wacz("v-site.wacz", "--site", "courier"))
    for path in made:
        done = run(tools.bin / "wacz", "validate", "-f", path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Validation succeeded" in done.stdout


def test_wacz_validate_sees_what_it_should(tools: Tools, exhibition: Exhibition, tmp_path: Path) -> None:
    """The check above can fail."""
    wrong = tmp_path / "wrong.wacz"
    with zipfile.ZipFile(exhibition.wacz("v0.wacz")) as old, zipfile.ZipFile(wrong, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, data.replace(b"Second", b"second") if info.filename.startswith("pages/") else data)
    done = run(tools.bin / "wacz", "validate", "-f", wrong)
    assert done.returncode != 0


def test_the_warc_files_of_a_selection_are_sound(exhibition: Exhibition, tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    for path in selections(exhibition):
        folder = tmp_path / path.stem
        with zipfile.ZipFile(path) as file:
            file.extractall(folder)
        for warc in (folder / "archive").iterdir():
            for command in (("warcio", "check"), ("fastwarc", "check")):
                done = run(programs / command[0], command[1], warc)
                assert done.returncode == 0, done.stdout + done.stderr
            assert run("gzip", "-t", warc).returncode == 0
            broadsheet("verify", warc)


def lines_of(text: str) -> list[Line]:
    split = (line.split(" ", 2) for line in text.splitlines())
    return [(key, at, json.loads(told)) for key, at, told in split]


@pytest.mark.parametrize("which", ["exhibition", "newspaper"])
def test_the_index_is_that_of_cdxj_indexer(which: str, tools: Tools, request: Any) -> None:
    """Line by line and field by field, in the same order, but for three differences that are meant."""
    folder: Path = request.getfixturevalue(which).folder
    (warc,) = (folder / "warc").iterdir()
    done = run(tools.bin / "cdxj-indexer", "--sort", warc)
    assert done.returncode == 0, done.stderr
    theirs = lines_of(done.stdout)
    ours = {(at, told["url"]): (key, told) for key, at, told in lines_of(broadsheet("cdxj", warc).stdout)}
    compared = chunked = not_modified = cut = 0
    for key, at, told in theirs:
        record = read_record(warc, int(told["offset"]), int(told["length"]))
        response = parse_response(record.block)
        assert response is not None
        if record.record_type == "response" and record.header("WARC-Truncated"):
            assert (at, told["url"]) not in ours  # what was cut would be shown as the page
            cut += 1
            continue
        our_key, our_told = ours.pop((at, told["url"]))
        assert our_key == key
        if told["status"] == "304":
            # They lead to the 304 itself, which a reader cannot see; ours leads to what was not modified.
            original = read_record(warc, int(our_told["offset"]), int(our_told["length"]))
            assert original.record_id == record.header("WARC-Refers-To")
            not_modified += 1
            continue
        if record.header("WARC-Payload-Digest") is None:
            # They take the sizes of the chunks for part of the payload, and so find no revisit's original.
            assert response.chunked
            told = {**told, "digest": our_told["digest"]}
            chunked += 1
        assert list(our_told.items()) == list(told.items())
        compared += 1
    assert ours == {}
    assert compared > 10 and chunked >= 5
    assert (not_modified > 0 and cut > 0) is (which == "exhibition")
