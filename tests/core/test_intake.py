"""What is released is on disk and in the database; what died half way is brought in order, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from archive import intake as intake_module
from archive import store
from archive.check import verify_folder
from archive.errors import BroadsheetError, StorageFailed
from archive.intake import Intake
from archive.model import Found, Outcome, PageKind
from archive.pipeline import Page, process
from archive.recover import recover_archive
from archive.store import Archive
from archive.warc.reader import iter_records
from archive.warc.verify import Counts
from archive.warc.writer import WarcWriter
from tests.core.samples import SCOPE, SITE, START, answer, article_page, exchange, front_page, job, small_archive

ROOT = Path(__file__).resolve().parents[2]


def problems(folder: Path) -> list[str]:
    return [f"{f.file.name} {f.offset} {f.what}" for f in verify_folder(folder, Counts())]


def test_what_is_released_can_be_read_back(tmp_path: Path) -> None:
    folder = small_archive(tmp_path / "news")
    assert problems(folder) == []
    with store.open_archive(folder) as archive:
        rows = list(store.captures(archive.db))
        assert {row.status for row in rows} == {200, 404}
        assert len(rows) == 7
        (file,) = store.warc_files(archive.db)
        assert file.sealed_at is not None
        assert (archive.warc_folder / file.filename).stat().st_size == file.committed_bytes
        assert archive.db.execute("SELECT count(*) FROM articles").fetchone()[0] == 4
        assert archive.db.execute("SELECT count(*) FROM attempt WHERE outcome = 'gone'").fetchone()[0] == 1


class Desk:
    """An intake on an archive of its own, and what it says."""

    def __init__(self, folder: Path, *, max_bytes: int = 10**9) -> None:
        store.create(folder)
        self.folder = folder
        self.released: list[list[Page]] = []
        self.errors: list[BroadsheetError] = []
        with store.open_archive(folder, write=True) as archive:
            self.site_id = store.add_site(archive.db, "news", "News", SITE)
            self.crawl_id = store.open_crawl(archive.db, software="broadsheet/test", started_at=START)
            warc_folder = archive.warc_folder
        writer = WarcWriter(warc_folder, info={}, host="test.example", max_bytes=max_bytes)
        self.intake = Intake(
            folder,
            writer,
            self.crawl_id,
            released=self.released.append,
            failed=self.errors.append,
            idle=lambda: False,
        )

    def page(self, number: int, outcome: Outcome = Outcome.ARCHIVED, shows: int | None = None) -> Page:
        """Story `number`, with the text of story `shows`."""

        def ensure(archive: Archive) -> store.DueUrl:
            return store.ensure_url(
                archive.db, self.site_id, Found(f"{SITE}story/{number}", PageKind.PAGE), now=START
            )

        due = self.intake.call(ensure).result(20)
        body = article_page(number if shows is None else shows)
        took = (exchange(answer(body), due.url),) if outcome == Outcome.ARCHIVED else ()
        facts = {"url_id": due.url_id, "site_id": self.site_id, "crawl_id": self.crawl_id, "outcome": outcome}
        return process(job(None, due.url, exchanges=took, **facts))


def test_groups_are_bounded_and_calls_come_between(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "news")
    pages = [desk.page(number) for number in range(20)]
    for page in pages:
        desk.intake.put(page)
    count = desk.intake.call(lambda archive: archive.db.execute("SELECT count(*) FROM capture").fetchone()[0])
    assert count.result(20) == 20
    desk.intake.close()
    assert [len(group) for group in desk.released] == [16, 4]
    assert [page for group in desk.released for page in group] == pages


def test_files_are_changed_between_groups_and_records_made_for_the_new_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "news", max_bytes=1000)
    for number in range(3):
        desk.intake.put(desk.page(number))
        desk.intake.call(lambda _: None).result(20)
    desk.intake.close()
    assert desk.errors == []
    with store.open_archive(desk.folder) as archive:
        files = store.warc_files(archive.db)
        assert len(files) == 3
        for file in files:
            records = list(iter_records(archive.warc_folder / file.filename))
            assert {r.header("WARC-Warcinfo-ID") for r in records[1:]} == {file.warcinfo_id}
    assert problems(desk.folder) == []


def test_a_revisit_refers_to_a_record_that_is_there_also_where_records_were_made_anew(tmp_path: Path) -> None:
    """Pages are read before their file is opened; then their records are made again, with other ids."""
    desk = Desk(tmp_path / "news")
    pages = [desk.page(number, shows=number % 2) for number in range(4)]
    for page in pages:
        desk.intake.put(page)
    desk.intake.close()
    assert [len(group) for group in desk.released] == [4]
    (path,) = (desk.folder / "warc").iterdir()
    found = [record for record in iter_records(path) if record.record_type in ("response", "revisit")]
    assert [record.record_type for record in found] == ["response", "response", "revisit", "revisit"]
    assert [record.header("WARC-Refers-To") for record in found[2:]] == [record.record_id for record in found[:2]]
    with store.open_archive(desk.folder) as archive:
        assert archive.db.execute("SELECT count(refers_to) FROM capture").fetchone()[0] == 2


def test_an_attempt_without_bytes_is_noted_in_the_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "news")
    desk.intake.put(desk.page(1, Outcome.TIMEOUT))
    desk.intake.close()
    assert len(desk.released) == 1
    (path,) = (desk.folder / "warc").iterdir()
    _, note = iter_records(path)
    assert (note.record_type, note.fields["outcome"]) == ("metadata", "timeout")
    assert problems(desk.folder) == []


def test_a_disk_that_fails_is_said_once_and_nothing_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path / "news")
    pages = [desk.page(number) for number in range(3)]

    def full(*_: object) -> None:
        raise StorageFailed("the disk is full")

    monkeypatch.setattr(WarcWriter, "sync", full)
    for page in pages:
        desk.intake.put(page)
        desk.intake.call(lambda _: None).exception(20)
    with pytest.raises(StorageFailed):
        desk.intake.call(lambda _: None).result(20)
    desk.intake.close()
    assert [str(error) for error in desk.errors] == ["the disk is full"]
    assert desk.released == []
    with store.open_archive(desk.folder) as archive:
        assert archive.db.execute("SELECT count(*) FROM capture").fetchone()[0] == 0


def test_a_mistake_of_ours_leaves_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path / "news")
    page = desk.page(1)

    def wrong(*_: object, **__: object) -> None:
        raise KeyError("what is this")

    monkeypatch.setattr(intake_module, "commit", wrong)
    desk.intake.put(page)
    assert "KeyError" in str(desk.intake.call(lambda _: None).exception(20))
    desk.intake.close()
    assert len(desk.errors) == 1 and type(desk.errors[0]) is BroadsheetError


def test_a_call_that_raises_or_that_nobody_wants_any_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "news")
    failed: Future[float] = desk.intake.call(lambda _: 1 / 0)
    assert isinstance(failed.exception(20), ZeroDivisionError)
    for _ in range(50):
        desk.intake.call(lambda _: None).cancel()
    assert desk.intake.call(lambda _: 7).result(20) == 7
    desk.intake.close()


# Death and recovery.

CHILD = """
import os, signal, sys
from pathlib import Path
from archive import intake, recover, store
from archive.warc.writer import WarcWriter
from tests.core import samples
from tests.core.test_intake import answers

intake.GROUP_WAIT_S = 60.0  # a group is full, or the last, however slow the machine is
where, times = sys.argv[2], int(sys.argv[3])
target, name = {
    "commit": (intake, "commit"), "sync": (WarcWriter, "sync"), "append": (WarcWriter, "append"),
    "add_warc_file": (intake, "add_warc_file"), "seal": (WarcWriter, "seal"),
    "seal_warc_file": (intake, "seal_warc_file"),
    "recover.commit": (recover.store, "commit"), "recover.seal": (recover.store, "seal_warc_file"),
    "recover.file": (recover, "recover"),
}[where.removesuffix("+")]
real = getattr(target, name)
def last(*a, **k):
    global times
    times -= 1
    if times < 0 and not where.endswith("+"):
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*a, **k)
    if times < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(target, name, last)
folder = Path(sys.argv[1])
if __name__ == "__main__":
    if where.startswith("recover"):
        with store.writer_lock(folder), store.open_archive(folder, write=True) as archive:
            recover.recover_archive(archive, lambda _: samples.SCOPE)
    else:
        samples.take_in(folder, answers(), kinds=samples.KINDS)
"""
ARTICLES = 24  # more than one group


def answers() -> dict[str, bytes]:
    paths = [f"story/{number}" for number in range(ARTICLES)]
    found = {"": answer(front_page(["/" + path for path in paths]))}
    found |= {path: answer(article_page(number)) for number, path in enumerate(paths)}
    return found | {"robots.txt": answer(b"User-agent: *\nDisallow: /private\n")}


def killed(folder: Path, where: str, times: int = 0) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, folder, where, str(times)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}, timeout=60, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def recovered(folder: Path) -> int:
    with store.writer_lock(folder), store.open_archive(folder, write=True) as archive:
        return recover_archive(archive, lambda _: SCOPE)


def check(folder: Path) -> tuple[int, int]:
    """Every record on disk has its row and every row its record, once -> (captures, articles)."""
    assert problems(folder) == []
    with store.open_archive(folder) as archive:
        assert not list(archive.warc_folder.glob("*.open"))
        on_disk = [
            record.record_id
            for path in archive.warc_folder.glob("*.warc.gz")
            for record in iter_records(path)
            if record.record_type == "response"
        ]
        rows = list(store.captures(archive.db))
        assert sorted(on_disk) == sorted(row.record_id for row in rows)
        assert len({row.url for row in rows}) == len(rows)
        for url, state, due_again in archive.db.execute(
            """SELECT url, state, url_id NOT IN (SELECT url_id FROM capture) FROM url WHERE kind <> 'robots'"""
        ):
            assert (state == "due") == bool(due_again), url
        attempts = archive.db.execute("SELECT count(*), count(DISTINCT url_id) FROM attempt").fetchone()
        assert attempts == (len(rows), len(rows))
        return len(rows), archive.db.execute("SELECT count(*) FROM articles").fetchone()[0]


@pytest.mark.parametrize(
    ("where", "times", "on_disk", "unknown"),
    [
        ("add_warc_file", 0, 0, 0),  # a file that the database never heard of, with nothing in it
        ("append", 3, 3, 3),
        ("append+", 16, 17, 1),
        ("sync", 0, 16, 16),
        ("commit", 0, 16, 16),  # the first group is on disk, the database knows nothing
        ("commit+", 0, 16, 0),
        ("commit", 1, 26, 10),
        ("seal", 0, 26, 0),
        ("seal+", 0, 26, 0),
        ("seal_warc_file", 0, 26, 0),
        ("seal_warc_file+", 0, 26, 0),
    ],
)
def test_a_writer_that_is_killed_loses_nothing_and_repeats_nothing(
    where: str, times: int, on_disk: int, unknown: int, tmp_path: Path
) -> None:
    folder = tmp_path / "news"
    store.create(folder)
    killed(folder, where, times)
    assert recovered(folder) == unknown
    captures, articles = check(folder)
    assert captures == on_disk
    assert articles == max(0, on_disk - 1) - (on_disk == 26)  # all but the front page and robots.txt
    assert recovered(folder) == 0


@pytest.mark.parametrize(
    "where", ["recover.file", "recover.file+", "recover.commit", "recover.commit+", "recover.seal"]
)
def test_a_recovery_that_is_killed_is_done_again(where: str, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    store.create(folder)
    killed(folder, "commit", 1)
    killed(folder, where, 0 if where.startswith("recover.file") or where == "recover.seal" else 4)
    recovered(folder)
    captures, _ = check(folder)
    assert captures == 26


def test_a_torn_tail_is_put_aside(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    store.create(folder)
    killed(folder, "commit", 1)
    (left,) = (folder / "warc").glob("*.open")
    with left.open("r+b") as file:
        file.truncate(left.stat().st_size - 30)
    recovered(folder)
    captures, _ = check(folder)
    assert captures in (25, 26)  # the metadata record is the last of its group
    assert len(list((folder / "warc").glob("*.torn"))) == 1
