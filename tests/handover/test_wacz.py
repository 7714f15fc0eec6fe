"""`broadsheet wacz`: what is in the container, of a whole archive and of a part of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from archive import store
from archive.model import Outcome, PageKind
from archive.warc.reader import iter_members, iter_records, parse_record
from archive.warc.verify import Counts, verify_files
from tests.handover.containers import Container, read_container, run
from tests.handover.foreign import foreign
from tests.handover.holdings import Holdings, day, html, import_by_reference, response

COURIER, LEDGER = "http://courier.localhost:8000/", "http://ledger.localhost:8000/"
FERRY, BRIDGE, ROOF = COURIER + "ferry", COURIER + "bridge", LEDGER + "roof"


def fill(folder: Path) -> Path:
    """Two sites over a week: every kind of record, in two WARC files, of which one is still being written."""
    held = Holdings(folder)
    held.capture(
        COURIER + "robots.txt", response(b"User-agent: *\n", type="text/plain"), at=day(1), kind=PageKind.ROBOTS
    )
    held.capture(COURIER, response(html("The Courier"), coding="gzip"), at=day(1), kind=PageKind.FRONT)
    ferry = held.capture(
        FERRY, response(html("Ferry late"), coding="gzip", chunked=True), at=day(2), headline="Ferry late"
    )
    roof = held.capture(ROOF, response(html("Roof mended")), at=day(2), headline="Roof mended")
    held.capture(
        COURIER + "old",
        response(status=301, type=None, headers={"Location": "/ferry"}),
        at=day(2),
        outcome=Outcome.REDIRECT,
    )
    held.capture(FERRY, response(status=304, type=None), at=day(4), refers_to=ferry, outcome=Outcome.UNCHANGED)
    held.seal()
    held.capture(
        LEDGER + "copy", response(html("Roof mended")), at=day(4), same_payload_as=roof, headline="Roof mended"
    )
    held.capture(BRIDGE, response(html("Bridge shut"), chunked=True), at=day(5), headline="Bridge shut")
    held.capture(FERRY, response(html("Ferry on time")), at=day(6), headline="Ferry on time")
    held.capture(
        COURIER + "cut",
        response(html("Half a page"))[:400],
        at=day(6),
        truncated="disconnect",
        outcome=Outcome.TRUNCATED,
    )
    held.archive.close()
    return folder


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("wacz") / "news")


@pytest.fixture(scope="module")
def whole(archive: Path) -> Container:
    path = archive.parent / "whole.wacz"
    run("wacz", "--archive", archive, "-o", path)
    return read_container(path)


def make(archive: Path, path: Path, *words: str) -> Container:
    made = json.loads(run("wacz", "--archive", archive, "-o", path, "--json", *words).stdout)
    found = read_container(path)
    assert made["bytes"] == path.stat().st_size
    assert made["articles"] == len(found.pages)
    assert f"sha256:{made['digest']}" == json.loads(found.parts["datapackage-digest.json"])["hash"]
    return found


def test_of_everything_the_warc_files_are_taken_as_they_are(archive: Path, whole: Container) -> None:
    files = {path.name.removesuffix(".open"): path.read_bytes() for path in (archive / "warc").iterdir()}
    assert len(files) == 2
    assert whole.warcs == files


def test_the_container_is_what_the_specification_wants(whole: Container) -> None:
    assert whole.package["profile"] == "data-package"
    assert whole.package["wacz_version"] == "1.1.1"
    assert whole.package["title"] == "The Courier and The Ledger"
    assert "10 captures of The Courier and The Ledger, 2026-03-01 to 2026-03-06" in whole.package["description"]
    assert whole.package["modified"] == "2026-03-06T08:00:00.500Z"
    assert not any(whole.compressed[name] for name in whole.parts if name.endswith(".gz"))
    index, secondary = whole.parts["indexes/index.cdx.gz"], whole.parts["indexes/index.idx"].decode().splitlines()
    assert json.loads(secondary[0].removeprefix("!meta 0 ")) == {
        "format": "cdxj-gzip-1.0",
        "filename": "index.cdx.gz",
    }
    place = json.loads(secondary[1].partition(" {")[2].join(("{", "")))
    assert (place["offset"], place["length"]) == (0, len(index))


def test_each_line_of_the_index_leads_to_its_record(whole: Container) -> None:
    for _, at, told in whole.index:
        record = whole.record(told)
        assert record.rec_headers["WARC-Target-URI"] == told["url"]
        assert "".join(c for c in record.rec_headers["WARC-Date"] if c.isdigit())[:17] == at
        assert record.rec_type == ("revisit" if told.get("mime") == "warc/revisit" else "response")


def test_what_would_be_shown_as_the_page_and_is_not_stays_out(whole: Container) -> None:
    assert COURIER + "cut" not in whole.urls
    assert {COURIER + "robots.txt", COURIER, COURIER + "old", FERRY, LEDGER + "copy"} <= whole.urls


def test_a_304_shows_the_page_that_was_not_modified(whole: Container) -> None:
    first, unchanged, second = whole.lines_of(FERRY)
    assert [at for at, _ in (first, unchanged, second)] == [
        "20260302080000500",
        "20260304080000500",
        "20260306080000500",
    ]
    assert unchanged[1]["mime"] == "warc/revisit"
    assert unchanged[1]["status"] == "200"
    assert unchanged[1]["digest"] == first[1]["digest"]
    ((_, copy),) = whole.lines_of(LEDGER + "copy")
    ((_, roof),) = whole.lines_of(ROOF)
    assert (copy["mime"], copy["status"], copy["digest"]) == ("warc/revisit", "200", roof["digest"])


def test_a_page_for_each_article_with_title_and_text(archive: Path, whole: Container) -> None:
    assert [(page["url"], page["title"], page["ts"]) for page in whole.pages] == [
        (ROOF, "Roof mended", "2026-03-02T08:00:00.500Z"),
        (LEDGER + "copy", "Roof mended", "2026-03-04T08:00:00.500Z"),  # a revisit, but the only capture of its URL
        (BRIDGE, "Bridge shut", "2026-03-05T08:00:00.500Z"),
        (FERRY, "Ferry on time", "2026-03-06T08:00:00.500Z"),
    ]
    assert all("nobody on the quay minded" in page["text"] for page in whole.pages)
    assert len({page["id"] for page in whole.pages}) == 4
    times = {(told["url"], at) for _, at, told in whole.index}
    for page in whole.pages:
        assert (page["url"], "".join(c for c in page["ts"] if c.isdigit())) in times


def test_the_same_archive_gives_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    for words in ((), ("--site", "courier"), ("--search", "mended")):
        paths = [tmp_path / f"{'-'.join(words).strip('-') or 'whole'}-{n}.wacz" for n in (1, 2)]
        for path in paths:
            run("wacz", "--archive", archive, "-o", path, *words)
        assert paths[0].read_bytes() == paths[1].read_bytes()


def members(data: bytes, tmp_path: Path) -> list[tuple[str, bytes]]:
    """(record id, the bytes of its gzip member) of a WARC file."""
    path = tmp_path / "one.warc.gz"
    path.write_bytes(data)
    return [
        (parse_record(path, member).record_id, data[member.offset : member.offset + member.length])
        for member in iter_members(path)
    ]


def test_a_selection_copies_records_byte_for_byte_with_all_that_belongs_to_them(
    archive: Path, tmp_path: Path
) -> None:
    part = make(archive, tmp_path / "part.wacz", "--site", "courier", "--since", "2026-03-04")
    held = dict(pair for path in (archive / "warc").iterdir() for pair in members(path.read_bytes(), tmp_path))
    ((name, data),) = part.warcs.items()
    own, *copied = members(data, tmp_path)
    assert own[0] not in held
    assert copied and all(held[record_id] == member for record_id, member in copied)
    path = tmp_path / name
    path.write_bytes(data)
    records = list(iter_records(path))
    assert [r.record_type for r in records].count("warcinfo") == 3  # its own, and of both files it is taken from
    assert records[0].header("WARC-Filename") == name
    assert "site courier, captured since 2026-03-04" in records[0].fields["description"]
    mains = [r for r in records if r.record_type in ("response", "revisit")]
    assert len(mains) == 5
    for kind in ("request", "metadata"):
        named = {r.header("WARC-Concurrent-To") for r in records if r.record_type == kind}
        assert named == {r.record_id for r in mains}
    counts = Counts()
    assert list(verify_files([path], counts=counts)) == []
    assert counts.records == len(records)


def test_the_original_of_a_revisit_comes_along(archive: Path, tmp_path: Path) -> None:
    day_4 = make(archive, tmp_path / "day.wacz", "--since", "2026-03-04", "--until", "2026-03-04")
    assert [at for at, _ in day_4.lines_of(FERRY)] == ["20260302080000500", "20260304080000500"]
    assert [at for at, _ in day_4.lines_of(ROOF)] == ["20260302080000500"]
    assert {page["title"] for page in day_4.pages} == {"Ferry late", "Roof mended"}
    for _, _, told in day_4.index:
        assert day_4.record(told).rec_headers["WARC-Target-URI"] == told["url"]


def test_what_an_option_selects(archive: Path, tmp_path: Path) -> None:
    numbers = iter(range(100))

    def urls(*words: str) -> set[str]:
        return make(archive, tmp_path / f"{next(numbers)}.wacz", *words).urls

    assert urls("--site", "ledger") == {ROOF, LEDGER + "copy"}
    assert urls("--site", "ledger", "--site", "courier") >= {ROOF, FERRY}
    assert urls("--until", "2026-03-01") == {COURIER, COURIER + "robots.txt"}
    assert urls("--since", "2026-03-05", "--until", "2026-03-05") == {BRIDGE}
    assert urls("--search", "bridge") == {BRIDGE}
    assert urls("--search", "time") == {
        FERRY,
        COURIER + "old",
    }  # what leads to an article by redirect is part of it
    assert urls("--article", BRIDGE, "--article", ROOF) == {BRIDGE, ROOF}
    assert urls("--search", "mended", "--article", BRIDGE) == {BRIDGE, ROOF, LEDGER + "copy"}
    assert urls("--search", "time", "--since", "2026-03-06") == {FERRY}


def test_a_title_of_ones_own(archive: Path, tmp_path: Path) -> None:
    made = make(archive, tmp_path / "t.wacz", "--search", "bridge", "--title", "Bridges")
    assert made.package["title"] == "Bridges"
    assert 'articles found by "bridge"' in made.package["description"]


def test_large_selections_become_several_warc_files(archive: Path, tmp_path: Path, monkeypatch: Any) -> None:
    from archive import handover
    from archive.store.handover import Wanted
    from archive.warc import selection

    monkeypatch.setattr(selection.SelectionWriter.__init__, "__kwdefaults__", {"max_bytes": 3000})
    with store.open_archive(archive) as opened:
        made = handover.make_wacz(opened, tmp_path / "s.wacz", Wanted(sites=("courier",)))
    found = read_container(tmp_path / "s.wacz")
    assert made.warc_files == len(found.warcs) > 2
    for name, data in found.warcs.items():
        (tmp_path / name).write_bytes(data)
        first, second = [r.record_type for r in iter_records(tmp_path / name)][:2]
        assert (first, second) == ("warcinfo", "warcinfo")
    assert list(verify_files([tmp_path / name for name in found.warcs])) == []
    for _, _, told in found.index:
        assert found.record(told).rec_headers["WARC-Target-URI"] == told["url"]


def test_files_that_lie_elsewhere_compressed_or_not(tmp_path: Path) -> None:
    """An imported file is read where it is; its requests may be others than GET."""
    folder, plain = tmp_path / "news", tmp_path / "gift.warc"
    with Holdings(folder) as held:
        held.capture(COURIER + "head", response(headers={"X": "1"}), at=day(1), method="HEAD")
        ferry = held.capture(FERRY, response(html("Ferry late"), chunked=True), at=day(2), headline="Ferry late")
        held.capture(FERRY, response(status=304, type=None), at=day(3), refers_to=ferry)
        held.capture(FERRY, response(html("Ferry sold")), at=day(4), headline="Ferry sold")
    import_by_reference(folder, plain)
    whole = make(folder, tmp_path / "whole.wacz")
    assert whole.warcs == {"gift.warc": plain.read_bytes()}
    part = make(folder, tmp_path / "part.wacz", "--until", "2026-03-03")
    ((name, data),) = part.warcs.items()
    assert name.endswith(".warc.gz")
    path = tmp_path / name
    path.write_bytes(data)
    assert list(verify_files([path])) == []
    original = {r.record_id: (r.headers, r.block) for r in iter_records(plain)}
    copied = {r.record_id: (r.headers, r.block) for r in list(iter_records(path))[1:]}
    assert copied and copied.items() <= original.items()
    for made, days in ((whole, (2, 3, 4)), (part, (2, 3))):
        assert made.urls == {FERRY}
        assert [at[:8] for at, _ in made.lines_of(FERRY)] == [f"202603{day:02}" for day in days]
        for _, _, told in made.index:
            assert made.record(told).rec_headers["WARC-Target-URI"] == told["url"]


@pytest.mark.parametrize("how", [(), ("--reference",)], ids=["copied", "by reference"])
def test_what_was_imported(how: tuple[str, ...], tmp_path: Path, broadsheet: Any) -> None:
    """Its records are spelt as they were; an answer to HEAD is handed over, but not in the index."""
    folder, gift = tmp_path / "news", foreign(tmp_path / "gift.warc")
    gift.write_bytes(gift.read_bytes() + b"not a record")  # damage that the import has told of
    store.create(folder)
    broadsheet("import", "--archive", folder, gift, *how, code=7)
    whole = make(folder, tmp_path / "whole.wacz")
    assert gift.read_bytes() in whole.warcs.values()
    part = make(folder, tmp_path / "part.wacz", "--until", "2026-03-02")
    (data,) = part.warcs.values()
    held = {record_id for record_id, _ in members(data, tmp_path)}
    assert held >= {f"<urn:uuid:{number}>" for number in (1, 3, 4)}
    for made in (whole, part):
        pages = {url for url in made.urls if url.startswith("http")}
        assert pages - {"http://news.example/bare"} == {"http://news.example/a b"}
        for _, _, told in made.index:
            assert made.record(told).rec_headers["WARC-Target-URI"].strip("<>") == told["url"].replace(" ", "%20")


def test_what_pages_need_to_be_shown_comes_along(tmp_path: Path) -> None:
    """Found on another page first, captured another day: the page itself tells what it needs."""
    picture, style, font, other = (
        COURIER + name for name in ("ferry.png", "house.css", "house.woff2", "other.png")
    )
    front = html(
        "Front",
        head='<link rel="stylesheet" href="/house.css">',
        body='<img src="/ferry.png"><img src="/other.png">',
    )
    page = html("Ferry late", head='<link rel="stylesheet" href="/house.css">', body='<img src="/moved.png">')
    with Holdings(tmp_path / "news") as held:
        held.capture(COURIER, response(front), at=day(1), kind=PageKind.FRONT)
        need: dict[str, Any] = {"kind": PageKind.REQUISITE, "found_on": COURIER, "at": day(1)}
        held.capture(picture, response(b"\x89PNG ferry", type="image/png"), **need)
        held.capture(other, response(b"\x89PNG other", type="image/png"), **need)
        moved = response(status=302, type=None, headers={"Location": "/ferry.png"})
        held.capture(COURIER + "moved.png", moved, **need)
        css = response(b"@font-face { src: url(house.woff2) }", type="text/css", coding="gzip")
        sheet = held.capture(style, css, **need)
        held.capture(
            font, response(b"wOF2", type="font/woff2"), kind=PageKind.REQUISITE, found_on=style, at=day(2)
        )
        for number in (3, 9):
            held.capture(
                style, response(status=304, type=None), at=day(number), refers_to=sheet, kind=PageKind.REQUISITE,
                outcome=Outcome.UNCHANGED,
            )  # fmt: skip
        held.capture(FERRY, response(page, coding="gzip", chunked=True), at=day(5), headline="Ferry late")
    made = make(tmp_path / "news", tmp_path / "a.wacz", "--article", FERRY)
    assert made.urls == {FERRY, style, font, picture, COURIER + "moved.png"}
    assert [at[:8] for at, _ in made.lines_of(style)] == ["20260301", "20260303", "20260309"]


def test_a_revisit_of_what_is_not_held_is_told(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    shutil.copytree(archive, folder)
    with store.open_archive(folder, write=True) as opened:
        opened.db.conn.execute("UPDATE capture SET refers_to = NULL WHERE status = 304")
    done = run("wacz", "--archive", folder, "-o", tmp_path / "x.wacz")
    assert "1 revisit of what the archive does not hold" in done.stderr
