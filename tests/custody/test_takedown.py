"""`broadsheet takedown`: nothing of the article is left, all else is as it was."""

from __future__ import annotations

import hashlib
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from archive import store
from archive.errors import BadInput, DamageFound, NotFound, StorageFailed, UsageError
from archive.journal import event_of
from archive.model import PageKind
from archive.rebuild import rebuild
from archive.rules import Rules
from archive.takedown import plan, take_down
from archive.warc.reader import iter_records
from archive.warc.removal import removal_of
from tests.core.samples import KINDS, SITE, START, answer, front_page, take_in
from tests.custody.gone import (
    GONE,
    REASON,
    SECRET,
    build,
    feed,
    findings,
    members,
    page,
    run,
    secret_page,
    takedown,
    texts,
    traces,
)
from tests.custody.same_rows import rows


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("takedown") / "news"
    build(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "news")
    return tmp_path / "news"


def test_nothing_of_it_is_left(folder: Path) -> None:
    first, _, third = members(folder)  # the second has but a revisit of it
    assert traces(folder) == {"archive.db", first, third}
    assert plan(folder, GONE).doom.listings == 4  # the feed and the front page, by both crawls that asked them
    done = takedown(folder)
    assert traces(folder) == set()
    assert done["urls"] == [SITE + "copy", GONE] and done["records"] == 4 and done["erased"]
    assert findings(folder) == []
    with store.open_archive(folder) as archive:
        assert store.integrity(archive.db) == []
        assert {c.url for c in store.captures(archive.db)}.isdisjoint(done["urls"])
        assert archive.db.execute("SELECT count(*) FROM articles").fetchone() == (3,)
        sightings = archive.db.execute(
            "SELECT claimed_title, link_text FROM sighting JOIN url USING (url_id) WHERE url = ?", [GONE]
        ).fetchall()
        assert len(sightings) == 2 and set(sightings) == {(None, None)}


def test_all_else_is_byte_for_byte_as_it_was(folder: Path) -> None:
    before = members(folder)
    takedown(folder)
    after = members(folder)
    events = [name for name in after if name not in before]
    assert len(events) == 1
    changed = 0
    for name, old in before.items():
        new = after[name]
        assert len(new) == len(old)
        changed += sum(a != b for a, b in zip(old, new, strict=True))
    assert changed == 4
    with store.open_archive(folder) as archive:
        for capture in store.captures(archive.db):
            places = [(capture.offset, capture.length), (capture.request_offset, capture.request_length)]
            path = archive.warc_folder / capture.warc_file
            at = {r.offset: r for r in iter_records(path)}
            assert at[places[0][0]].record_id == capture.record_id
            assert at[places[1][0] or 0].header("WARC-Concurrent-To") == capture.record_id


def test_what_stands_in_its_place(folder: Path) -> None:
    with store.open_archive(folder) as archive:
        held = {c.record_id: c for c in store.captures(archive.db)}
    takedown(folder)
    notes = [
        (record, removal)
        for path in sorted((folder / "warc").glob("*.gz"))
        for record in iter_records(path)
        if (removal := removal_of(record))
    ]
    assert len(notes) == 4
    for record, removal in notes:
        capture = held[removal.record_id]
        assert (record.url, record.date) == (capture.url, capture.captured_at)
        assert (removal.record_type, removal.cause) == (capture.record_type, "takedown")
        assert removal.block_digest == capture.block_digest
        assert removal.payload_digest == capture.payload_digest
        assert removal.facts["reason"] == REASON


def test_the_event_says_what_became_of_the_files(folder: Path) -> None:
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "warc").iterdir()}
    takedown(folder)
    now = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "warc").iterdir()}
    (event,) = (
        event
        for path in (folder / "warc").iterdir()
        for record in iter_records(path)
        if (event := event_of(record)) and event.name == "taken-down"
    )
    assert event.facts["reason"] == REASON
    assert {f["file"]: (f["sha256_before"], f["sha256"]) for f in event.facts["files"]} == {
        name: (before[name], now[name]) for name in before
    }


def test_who_asks_for_it_is_told(folder: Path) -> None:
    with store.open_archive(folder) as archive:
        number = store.find_article(archive.db, GONE)
        last = max(n for (n,) in archive.db.execute("SELECT article_id FROM article"))
    takedown(folder, str(number))
    for ref in (GONE, "news.example/story/2", SITE + "copy", str(number)):
        done = run(folder, "show", ref)
        assert isinstance(done.exception, NotFound)
        assert str(done.exception).startswith(f"{GONE} was taken down on 20")
        assert REASON in str(done.exception)
    assert isinstance(run(folder, "show", str(last + 5)).exception, NotFound)
    again = run(folder, "takedown", GONE, "--reason", "again", "--yes")
    assert isinstance(again.exception, NotFound) and "taken down already" in str(again.exception)
    assert run(folder, "search", SECRET).stdout == ""
    assert run(folder, "search", "特許").stdout == ""
    assert SECRET not in run(folder, "export", "--json").output


def test_it_asks_first(folder: Path) -> None:
    before = members(folder)
    done = run(folder, "takedown", GONE, "--reason", REASON)
    assert isinstance(done.exception, SystemExit | UsageError) or "without a terminal: --yes" in done.stderr
    assert "will be removed: 4 captures of 2 URLs" in done.stderr
    assert "stays: 4 captures of feeds and section pages" in done.stderr
    assert take_down(folder, GONE, REASON, agreed=lambda plan: False) is None
    with pytest.raises(BadInput, match="needs a reason"):
        take_down(folder, GONE, "  ", agreed=lambda plan: True)
    assert isinstance(run(folder, "takedown", "nowhere", "--reason", "x", "--yes").exception, NotFound)
    assert members(folder) == before and findings(folder) == []


def test_no_crawl_takes_it_up_again(folder: Path) -> None:
    takedown(folder)
    paths = [f"story/{n}" for n in range(4)]
    kinds = KINDS | {"feed": PageKind.FEED}
    variant = secret_page().replace(b"</head>", f'<link rel="canonical" href="{GONE}"></head>'.encode())
    later = {
        "": answer(front_page(["/" + path for path in paths])), "feed": feed(*paths),
        "story/2?from=feed": answer(variant), "mirror": answer(secret_page()), "story/9": answer(page(9)),
    }  # fmt: skip
    released = take_in(folder, later, kinds=kinds, start=START + timedelta(days=5))
    assert [page.outcome.value for page in released] == [
        "archived",
        "archived",
        "takedown",
        "takedown",
        "archived",
    ]
    assert traces(folder) == set()
    with store.open_archive(folder) as archive:
        states = dict(
            archive.db.execute("SELECT url, state || ' ' || coalesce(excluded_by, '') FROM url").fetchall()
        )
        assert {url: states[url] for url in (GONE, SITE + "copy", SITE + "mirror", SITE + "story/2?from=feed")} == {
            GONE: "excluded takedown", SITE + "copy": "excluded takedown", SITE + "mirror": "excluded takedown",
            SITE + "story/2?from=feed": "excluded takedown",
        }  # fmt: skip
        assert store.due(archive.db, "news.example", START + timedelta(days=9), 100) == []
        assert archive.db.execute("SELECT count(*) FROM articles").fetchone() == (4,)
        titles = archive.db.execute(
            "SELECT claimed_title FROM sighting JOIN url USING (url_id) WHERE url = ?", [GONE]
        )
        assert set(titles.fetchall()) == {(None,)}
    with store.open_archive(folder, write=True) as archive:
        store.lookups.make_due(archive.db, [GONE])
        assert store.due(archive.db, "news.example", START + timedelta(days=9), 100) == []
    assert findings(folder) == []


def test_a_url_that_shows_no_article(folder: Path) -> None:
    done = takedown(folder, SITE + "missing")
    assert done["records"] == 2 and done["urls"] == [SITE + "missing"]
    assert findings(folder) == []
    done = takedown(folder, SITE + "feed")
    assert done["records"] == 2
    assert findings(folder) == []
    takedown(folder)
    assert not any(SECRET.encode() in text for _, text in texts(folder))


def test_an_article_that_shares_bytes_but_has_more_keeps_that(folder: Path) -> None:
    take_in(folder, {"copy": answer(page(7, "A text of its own."))}, start=START + timedelta(days=3))
    done = takedown(folder)
    assert done["urls"] == [GONE] and done["records"] == 4
    assert traces(folder) == set() and findings(folder) == []
    with store.open_archive(folder) as archive:
        held = store.article(archive.db, SITE + "copy")
        assert len(held.versions) == 1 and held.version.article_body.endswith("A text of its own.")


def test_what_lies_beside_the_files_goes_too(folder: Path) -> None:
    (path, *_) = sorted((folder / "warc").glob("*.gz"))
    record = next(r for r in iter_records(path) if r.url == GONE)
    torn = path.with_name("x.warc.gz.torn")
    torn.write_bytes(path.read_bytes()[record.offset : record.offset + record.length - 300])
    other = path.with_name("y.warc.gz.torn")
    other.write_bytes(path.read_bytes()[:100])
    run(folder, "rebuild")
    assert (folder / "archive.db.old").exists()
    done = takedown(folder)
    assert {Path(name).name for name in done["removed"]} == {torn.name, "archive.db.old", "archive.db.old-sums"}
    assert not torn.exists() and other.exists() and not list(folder.glob("archive.db.old*"))
    assert traces(folder) == set()


def test_what_a_killed_rebuild_leaves_goes_too(folder: Path) -> None:
    for suffix in ("", "-wal", "-sums"):
        shutil.copy(folder / "archive.db", folder / f"archive.db.new{suffix}")
    done = takedown(folder)
    assert {Path(name).name for name in done["removed"]} == {
        "archive.db.new",
        "archive.db.new-wal",
        "archive.db.new-sums",
    }
    assert not list(folder.glob("archive.db.*")) and traces(folder) == set()


@pytest.mark.parametrize("why", [KeyboardInterrupt(), StorageFailed("no room")])
def test_a_rebuild_that_fails_removes_its_draft(folder: Path, why: BaseException) -> None:
    def fails(done: int, all_: int) -> None:
        assert (folder / "archive.db.new").exists()
        raise why

    with pytest.raises(type(why)):
        rebuild(folder, Rules(), processes=1, progress=fails)
    assert not list(folder.glob("archive.db.*")) and findings(folder) == []


def test_a_record_that_cannot_be_read_is_said(folder: Path) -> None:
    with store.open_archive(folder) as archive:
        capture = next(c for c in store.captures(archive.db) if c.url == GONE)
    path = folder / "warc" / capture.warc_file
    data = bytearray(path.read_bytes())
    data[capture.offset + 300] ^= 0xFF
    path.write_bytes(data)
    done = run(folder, "takedown", GONE, "--reason", REASON, "--yes")
    assert isinstance(done.exception, DamageFound) and "broadsheet repair" in str(done.exception)
    assert path.read_bytes() == data and not list(path.parent.glob("*.re*"))


def test_a_rebuild_makes_an_archive_without_it(folder: Path) -> None:
    takedown(folder)
    before = rows(folder / "archive.db")
    for path in folder.glob("archive.db*"):
        path.unlink()
    assert run(folder, "rebuild").exit_code == 0
    after = rows(folder / "archive.db")
    for table in ("takedown", "article", "version", "capture", "attempt", "sighting", "payload", "author"):
        for row in (*before[table], *after[table]):
            row.pop("crawl_id", None)  # these crawls have left no event of their own
        different = [row for row in before[table] if row not in after[table]]
        different += [row for row in after[table] if row not in before[table]]
        assert different == [], table
    gone = [
        {(r["url"], r["state"], r["article_id"]) for r in found["url"] if r["excluded_by"] == "takedown"}
        for found in (before, after)
    ]
    assert gone[0] == gone[1] == {(url, "excluded", None) for url in (GONE, SITE + "copy")}
    assert traces(folder) == set() and findings(folder) == []


def test_a_file_that_was_imported_by_reference_stays(folder: Path, tmp_path: Path) -> None:
    path = sorted((folder / "warc").glob("*.gz"))[0]
    elsewhere = tmp_path / "elsewhere.warc.gz"
    path.rename(elsewhere)
    with store.open_archive(folder, write=True) as archive:
        archive.db.execute("UPDATE warc_file SET path = ? WHERE filename = ?", [str(elsewhere), path.name])
    data = elsewhere.read_bytes()
    done = takedown(folder)
    assert done["elsewhere"] == [path.name] and elsewhere.read_bytes() == data
    assert traces(folder) == set() and findings(folder) == []


# Killed on the way.
