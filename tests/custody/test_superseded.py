"""What a promotion takes from view is in the WARC files: a rebuild brings it back, and a takedown takes it away."""

from __future__ import annotations

import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import events, promotion, store
from archive.errors import DamageFound, NotFound
from archive.extract import recipe
from archive.journal import event_of
from archive.recover import recover_archive
from archive.reextract import recipes
from archive.rules.load import of_archive
from archive.store import drafts
from archive.store.rereading import Present, Selection
from archive.warc.reader import iter_records
from archive.warc.removal import is_removal
from tests.core.samples import START, answer, article_page, take_in
from tests.crawl.test_furniture import APPEAL, ARTICLES
from tests.crawl.test_furniture import page as furnished
from tests.custody.gone import GONE, REASON, SECRET, SITE, build, findings, members, run, takedown, traces
from tests.custody.kills import dies_at
from tests.custody.reextracting import query, with_rule
from tests.custody.same_rows import differences, rows

OURS = '[[rule]]\nhost = "news.example"\n{}\n'
VERSIONS = """SELECT article.url, capture.record_id, recipe.sha256, version.article_section, version.same_as IS NULL
  FROM version JOIN article USING (article_id) JOIN capture USING (capture_id)
  JOIN recipe ON recipe.recipe_id = version.recipe_id"""


def rebuilt(folder: Path) -> Path:
    """A copy whose database was made from the WARC files alone."""
    copy = folder.with_name(f"{folder.name}-rebuilt")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    for path in copy.glob("archive.db*"):
        path.unlink()
    done = run(copy, "rebuild")
    assert done.exit_code == 0, (done.exception, done.stderr)
    return copy


def promote(folder: Path, rule: str | None) -> None:
    """Read everything with this rule, and let it be shown."""
    path = folder / "rules" / "news.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(OURS.format(rule) if rule else "")
    done = run(folder, "reextract", "--promote")
    assert done.exit_code == 0, (done.exception, done.stderr)


def listed(folder: Path) -> list[list[tuple[Any, ...]]]:
    """The versions of each article as they are numbered for people."""
    with store.open_archive(folder) as archive:
        urls = archive.db.execute("SELECT url, article_id FROM article ORDER BY url").fetchall()
        return [
            [
                (url, v.recipe_sha256, v.verdict, v.text_sha256, v.captured_at)
                for v in store.versions(archive.db, number)
            ]
            for url, number in urls
        ]


def check_same(folder: Path) -> Path:
    copy = rebuilt(folder)
    assert listed(folder) == listed(copy)
    assert sorted(query(folder, VERSIONS)) == sorted(query(copy, VERSIONS))
    one, other = rows(folder / "archive.db"), rows(copy / "archive.db")
    for table in ("article", "version", "version_author", "author", "removed", "field_source", "furniture"):
        assert one[table] == other[table], table
    assert findings(copy) == []
    return copy


def told(folder: Path) -> list[tuple[str, str]]:
    """The events of promotions: name, URL of the article."""
    found = []
    for path in sorted((folder / "warc").glob("*.gz")):
        for record in iter_records(path):
            event = event_of(record)
            if event is not None and event.name in ("superseded", "promoted"):
                found.append(
                    (event.name, event.facts["version"]["article"][0] if "version" in event.facts else "")
                )
    return found


@pytest.fixture(scope="module", autouse=True)
def one_host() -> Iterator[None]:
    """The files of one host have their order even within a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platform, "node", lambda: "test.example")
        yield


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("superseded") / "news"
    build(folder)
    promote(folder, None)  # furniture is learnt
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "news")
    return tmp_path / "news"


# A rebuild.


def test_every_row_is_there_after_a_promotion(demo_archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    shutil.copytree(demo_archive, folder)
    assert run(with_rule(folder), "reextract", "--promote").exit_code == 0
    copy = rebuilt(folder)
    assert differences(folder / "archive.db", copy / "archive.db") == []
    assert listed(folder) == listed(copy)
    assert max(map(len, listed(copy))) == 2
    counts = "SELECT url, versions FROM articles ORDER BY url"
    assert query(folder, counts) == query(copy, counts)
    assert findings(copy) == []


@pytest.mark.parametrize("batch", [1, pytest.param(50, marks=pytest.mark.slow)])
def test_forth_and_back_and_forth(folder: Path, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(drafts, "BATCH", batch)
    check_same(folder)
    for rule in ('section = "h1"', None, 'section = "h1"', 'section = "title"', None):
        promote(folder, rule)
        check_same(folder)
    assert max(len(versions) for versions in listed(folder)) > 3


def test_an_article_that_is_shown_no_more(folder: Path) -> None:
    promote(folder, 'path = "/story/2"\nverdict = "listing"')
    copy = check_same(folder)
    assert query(copy, "SELECT current_version_id FROM article WHERE url = ?", GONE) == [(None,)]
    texts = query(copy, "SELECT article_body FROM version JOIN article USING (article_id) WHERE url = ?", GONE)
    assert all(SECRET in text for (text,) in texts) and len(texts) == 2
    promote(folder, None)
    check_same(folder)


def test_what_today_says_too_is_one_version(folder: Path) -> None:
    before = Counter(query(folder, VERSIONS))
    promote(folder, 'section = "h1"')
    assert query(folder, "SELECT count(*) FROM version") == [(2 * before.total(),)]
    (folder / "rules" / "news.toml").write_text("")  # and that is what a rebuild reads with
    assert Counter(query(rebuilt(folder), VERSIONS)) == before


def test_an_older_version_that_was_told_keeps_its_place(folder: Path) -> None:
    """Read with yet another recipe, there is what that says, and what was superseded; what was shown is not told."""
    old = {(url, record_id, sha256) for url, record_id, sha256, *_ in query(folder, VERSIONS)}
    promote(folder, 'section = "h1"')
    (folder / "rules" / "news.toml").write_text(OURS.format('section = "title"'))
    copy = rebuilt(folder)
    found = query(copy, VERSIONS)
    assert {(url, record_id, sha256) for url, record_id, sha256, *_ in found} > old
    assert len(found) == 2 * len(old)
    first = {sha256 for _, _, sha256 in old}
    for versions in listed(copy):
        by_capture: dict[str, list[str]] = {}
        for _, sha256, _, _, at in versions:
            by_capture.setdefault(at, []).append(sha256)
        assert all(recipes[0] in first and len(recipes) == 2 for recipes in by_capture.values())


def test_twice_is_once(folder: Path) -> None:
    promote(folder, 'section = "h1"')
    promote(folder, 'section = "title"')
    for each in (folder, rebuilt(folder)):
        before = rows(each / "archive.db")
        with store.open_archive(each, write=True) as archive:
            names = [
                event.name
                for path in sorted((each / "warc").glob("*.gz"))
                for record in iter_records(path)
                if (event := event_of(record)) and events.apply(archive, event)
            ]
        assert names.count("superseded") == len(query(each, "SELECT * FROM version")) * 2 // 3
        assert rows(each / "archive.db") == before
        assert query(each, "SELECT sum(unsettled) FROM site") == [(0,)]


def test_what_says_the_same_costs_nothing(folder: Path) -> None:
    before = members(folder)
    promote(folder, 'path = "/nowhere"\nsection = "h1"')
    assert members(folder) == before
    promote(folder, 'path = "/story/3"\nsection = "h1"')
    assert told(folder)[1:] == [("superseded", SITE + "story/3")] * 2 + [("promoted", "")]


@pytest.mark.parametrize("batch", [1, pytest.param(50, marks=pytest.mark.slow)])
def test_versions_that_differ_by_furniture_alone_stay_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Which of them was shown is told, though no capture shows them any more."""
    monkeypatch.setattr(drafts, "BATCH", batch)
    for day, tail in enumerate(((), (APPEAL,), (APPEAL, "It rained.")), 3):
        pages = {f"quay/{n}": answer(furnished(n, *tail)) for n in range(ARTICLES)}
        take_in(folder, pages, start=START + timedelta(days=day))
    promote(folder, None)
    parts = "SELECT count(*) FROM version WHERE same_as IS NOT NULL"
    assert query(folder, parts) == [(ARTICLES,)]
    for rule in ('section = "h1"', 'section = "title"', None):
        promote(folder, rule)
        assert query(check_same(folder), parts) == query(folder, parts)


# A takedown.


def test_nothing_is_left_of_what_was_taken_down(folder: Path) -> None:
    promote(folder, 'section = "h1"')
    promote(folder, 'section = "title"')
    journal = sorted(members(folder))[-2:]
    assert set(journal) < traces(folder)
    before, others = members(folder), [url for name, url in told(folder) if url not in (GONE, SITE + "copy")]
    done = takedown(folder)
    assert traces(folder) == set() and findings(folder) == []
    assert done["records"] == 4 + 6  # three readings of each of its pages, two of them superseded
    assert set(journal) < set(done["files"])
    assert [url for name, url in told(folder)] == others
    for name, old in before.items():
        assert len(members(folder)[name]) == len(old)
    notes = [
        record.fields for name in journal for record in iter_records(folder / "warc" / name) if is_removal(record)
    ]
    assert {(note["event"], note["reason"], note.get("facts")) for note in notes} == {("superseded", REASON, None)}
    copy = check_same(folder)
    assert traces(copy) == set()
    assert query(copy, "SELECT count(*) FROM url WHERE url LIKE 'metadata:%'") == [(0,)]
    again = run(folder, "takedown", GONE, "--reason", "again", "--yes")
    assert isinstance(again.exception, NotFound)


def test_the_plan_names_the_files_of_the_journal(folder: Path) -> None:
    own = run(folder, "takedown", GONE, "--reason", REASON).stderr
    assert "written anew: 3 WARC files" in own
    promote(folder, 'section = "h1"')
    assert "written anew: 4 WARC files" in run(folder, "takedown", GONE, "--reason", REASON).stderr


def test_an_article_that_is_shown_no_more_can_be_taken_down(folder: Path) -> None:
    promote(folder, 'path = "/story/2"\nverdict = "listing"')
    promote(folder, 'path = "/(story/2|copy)"\nverdict = "listing"')
    takedown(folder)
    assert traces(folder) == set() and findings(folder) == []
    assert traces(check_same(folder)) == set()


def test_what_was_set_aside_of_the_journal_goes_too(folder: Path) -> None:
    """A torn record, and a damaged one: both tell old versions."""
    promote(folder, 'section = "h1"')
    path = folder / "warc" / sorted(members(folder))[-1]
    mine = [
        r
        for r in iter_records(path)
        if (e := event_of(r)) and e.facts.get("version", {}).get("article", [""])[0] == GONE
    ]
    data = bytearray(path.read_bytes())
    torn = path.with_name("x.warc.gz.torn")
    torn.write_bytes(data[mine[0].offset : mine[0].offset + mine[0].length - 100])
    data[mine[1].offset + mine[1].length - 40] ^= 0xFF
    path.write_bytes(data)
    refused = run(folder, "takedown", GONE, "--reason", REASON, "--yes")
    assert isinstance(refused.exception, DamageFound) and "broadsheet repair" in str(refused.exception.hint)
    assert run(folder, "repair").exit_code == 0
    assert len(list((folder / "warc" / "damaged").iterdir())) == 1
    assert findings(folder) == []
    takedown(folder)
    assert not torn.exists() and list((folder / "warc" / "damaged").iterdir()) == []
    assert traces(folder) == set() and findings(folder) == []


def test_a_journal_that_was_imported_with_captures_loses_it_too(folder: Path, tmp_path: Path) -> None:
    promote(folder, 'section = "h1"')
    other, joined = tmp_path / "other", tmp_path / "joined.warc.gz"
    joined.write_bytes(b"".join(path.read_bytes() for path in sorted((folder / "warc").glob("*.gz"))))
    store.create(other)
    done = run(other, "import", str(joined))
    assert done.exit_code == 0, (done.exception, done.stderr)
    assert ("superseded", GONE) in told(other)
    takedown(other)
    assert ("superseded", GONE) not in told(other) and ("superseded", SITE + "story/1") in told(other)
    assert traces(other) == set() and findings(other) == []


def test_an_import_does_not_bring_it_back(folder: Path, tmp_path: Path) -> None:
    promote(folder, 'section = "h1"')
    other, joined = tmp_path / "other", tmp_path / "joined.warc.gz"
    shutil.copytree(folder, other)
    take_in(other, {"story/9": answer(article_page(9))}, start=START + timedelta(days=9))
    joined.write_bytes(b"".join(path.read_bytes() for path in sorted((other / "warc").glob("*.gz"))))
    takedown(folder)
    own = len(told(folder))
    done = run(folder, "import", str(joined))
    assert done.exit_code == 0, (done.exception, done.stderr)
    assert len(told(folder)) == 2 * own  # those of all other articles
    assert traces(folder) == set() and findings(folder) == []


# Killed on the way.


def go_on(folder: Path) -> Callable[[], object]:
    """The promotion of what was read before, as the command does it."""

    def work() -> None:
        rules = of_archive(folder)
        with store.open_archive(folder, write=True) as archive, store.writer_lock(folder):
            recover_archive(archive, lambda _: None, rules)
            for _ in promotion.promote(archive, Present(archive.db, recipes(rules, recipe)), Selection()):
                pass

    return work


def kills(original: Path, tmp_path: Path, every: int) -> None:
    """Killed at a step, the database is whole, and so is what is rebuilt; done again, all is there."""
    (original / "rules").mkdir(exist_ok=True)
    read = tmp_path / "read"
    shutil.copytree(original, read)
    (read / "rules" / "news.toml").write_text(OURS.format('section = "h1"'))
    assert run(read, "reextract").exit_code == 0
    whole = tmp_path / "whole"
    shutil.copytree(read, whole)
    steps = dies_at(-1, go_on(whole))
    assert steps is not None and steps > 200
    wanted = listed(whole)
    left_open = 0
    for number, step in enumerate(range(1, steps + 1, every)):
        folder = tmp_path / str(step)
        shutil.copytree(read, folder)
        assert dies_at(step, go_on(folder)) is None
        left_open += bool(list((folder / "warc").glob("*.open")))
        if number % 4 == 1:  # what was told is there, beside what is read today
            for some, versions in zip(listed(rebuilt(folder)), wanted, strict=True):
                assert set(some) <= set(versions) and some[-1] == versions[-1]
        go_on(folder)()
        assert listed(folder) == wanted and query(folder, "SELECT * FROM draft") == []
        assert findings(folder) == [] and not list((folder / "warc").glob("*.open"))
        assert sorted(set(told(folder))) == sorted(set(told(whole)))
        if number % 4 == 3:
            check_same(folder)
        shutil.rmtree(folder)
    assert left_open


def test_a_kill_costs_nothing(original: Path, tmp_path: Path) -> None:
    kills(original, tmp_path, 79)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_kill_at_many_moments_costs_nothing(original: Path, tmp_path: Path) -> None:
    kills(original, tmp_path, 7)
