"""What is exported, read back by programs that are not ours, and against the view itself."""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from archive import export, store
from archive.cli import cli
from archive.errors import BadInput, BroadsheetError, NotFound
from archive.export import FLAGS, INTEGERS, LISTS, NUMBERS, TIMES, neutral
from archive.store.export import VERSION_COLUMNS, Rows
from archive.store.search import MAX_LIMIT
from tests.citing.commands import from_csv
from tests.conftest import ROOT, environment, run_broadsheet
from tests.core.samples import answer, article_page, small_archive, take_in
from tests.store.store_samples import Maker, article, memory_db

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"]
ODD = [
    '"quoted", with comma',
    "line\nline\r\nline",
    "日本語 ✓",
    "  leading",
    "NULL",
    "",
    "'=1",
    "a\u2028b\x85c\x0bd\x07",
]


def rows_of(folder: Path, sql: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(sql)]
    finally:
        connection.close()


def run(folder: Path, *words: Any, error: type[BroadsheetError] | None = None) -> Result:
    done = CliRunner().invoke(cli, ["export", "--archive", str(folder), *map(str, words)])
    if error is None:
        assert done.exit_code == 0, (done.output, done.exception)
    else:
        assert isinstance(done.exception, error), (done.output, done.exception)
    return done


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the view as JSON Lines has it."""
    out = dict(row)
    for name, split in LISTS.items():
        out[name] = None if row[name] is None else split(row[name])
    for name in FLAGS & set(row):
        out[name] = None if row[name] is None else bool(row[name])
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles with every oddity in their fields, one of them in two versions."""
    folder = small_archive(tmp_path_factory.mktemp("export") / "news", articles=3)
    take_in(folder, {"story/0": answer(article_page(1).replace(b"two hours", b"nine hours"))})
    connection = sqlite3.connect(folder / "archive.db")
    connection.execute("DROP TRIGGER IF EXISTS article_indexed")
    for number, text in enumerate([*FORMULAS, *ODD]):
        connection.execute(
            """INSERT INTO version (article_id, capture_id, recipe_id, verdict, headline, authors, byline_raw, keywords,
                 is_accessible_for_free, date_published, date_published_offset, article_body, word_count, text_sha256,
                 extracted_at, confidence)
               SELECT 1, capture_id, recipe_id, 'article', ?, ?, ?, ?, ?, '2026-03', '-04:00', 'x', 1, ?, extracted_at,
                 0.5
               FROM version WHERE version_id = 1""",
            (text, "Ana Ruiz; Bo Lind", text, json.dumps([text, "b; c"]), (None, 0, 1)[number % 3], f"{number}"),
        )
        (version_id,) = connection.execute("SELECT last_insert_rowid()").fetchone()
        connection.execute(
            "INSERT INTO article (site_id, url, first_seen, current_version_id) VALUES (1, ?, '2026', ?)",
            (f"https://news.example/odd/{number}", version_id),
        )
        connection.execute(
            "UPDATE version SET article_id = last_insert_rowid() WHERE version_id = ?", (version_id,)
        )
    connection.commit()
    connection.close()
    return folder


ARTICLES = 3 + len(FORMULAS) + len(ODD)


def test_csv_is_the_view(folder: Path) -> None:
    """Every cell but those that are neutralised, which differ by an apostrophe and by control characters."""
    data = run(folder).stdout_bytes
    wanted = rows_of(folder, "SELECT * FROM articles ORDER BY article_id")
    found = from_csv(data)
    assert len(found) == len(wanted) == ARTICLES
    assert list(found[0]) == list(wanted[0])
    for got, want in zip(found, wanted, strict=True):
        assert got == {
            k: "" if v is None else neutral(v) if isinstance(v, str) else str(v) for k, v in want.items()
        }
    head = ",".join(wanted[0]).encode() + b"\r\n"
    assert data.startswith(head)


def test_no_cell_of_csv_is_a_formula(folder: Path) -> None:
    found = from_csv(run(folder).stdout_bytes)
    cells = [cell for row in found for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n＝＋－＠") and cell]
    headlines = [row["headline"] for row in found]
    for text in FORMULAS:
        assert "'" + text in headlines
    for text in ODD[:5]:
        assert text in headlines
    assert {row["date_published_offset"] for row in found} == {"+01:00".replace("+", "'+"), "'-04:00"}
    assert "a\ufffdb\ufffdc\ufffdd\ufffd" in headlines


def test_json_lines_and_parquet_hold_what_the_archive_holds(folder: Path, tmp_path: Path) -> None:
    wanted = [typed(row) for row in rows_of(folder, "SELECT * FROM articles ORDER BY article_id")]
    data = run(folder, "--format", "jsonl").stdout_bytes
    lines = data.decode("utf-8").splitlines()  # also where str sees an end of line
    assert [json.loads(line) for line in lines] == wanted
    assert list(json.loads(lines[0])) == list(wanted[0])
    path = tmp_path / "all.parquet"
    assert f"{ARTICLES} articles in {path}" in run(folder, "-o", path).stderr
    table = pq.read_table(path)
    got = [row | {"captured_at": stamp(row["captured_at"])} for row in table.to_pylist()]
    assert got == wanted
    assert {row["headline"] for row in got} >= {*FORMULAS, *ODD}


def stamp(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")


def test_types_of_parquet(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    run(folder, "versions", "-o", path)
    schema = pq.read_schema(path)
    types = {name: str(schema.field(name).type) for name in schema.names}
    assert list(types) == [*rows_of(folder, "SELECT * FROM articles LIMIT 1")[0], *VERSION_COLUMNS]
    for name, kind in types.items():
        expected = (
            "int64" if name in INTEGERS else "double" if name in NUMBERS else "bool" if name in FLAGS
            else "timestamp[us, tz=UTC]" if name in TIMES
            else "list<item: string>" if name in LISTS else "string"
        )  # fmt: skip
        assert kind.replace("element", "item") == expected, name
    declared = {
        row["name"]: row["type"]
        for table in ("version", "capture")
        for row in rows_of(folder, f"PRAGMA table_info({table})")
    }
    for name, kind in types.items():  # none is text in the file that is a number in the archive
        if declared.get(name) == "INTEGER":
            assert kind in ("int64", "bool"), name


def test_duckdb_reads_all_three(folder: Path, tmp_path: Path) -> None:
    counts = set()
    for name in ("a.csv", "a.jsonl", "a.parquet"):
        run(folder, "-o", tmp_path / name)
        counts.add(
            duckdb.sql(
                f"""SELECT count(*), count(DISTINCT article_id), min(headline), max(word_count), sum(warc_offset),
                      count(is_accessible_for_free)
                    FROM '{tmp_path / name}' WHERE article_id <= 3"""
            ).fetchall()[0]
        )
    assert len(counts) == 1
    (row,) = duckdb.sql(
        f"""SELECT authors[2], keywords[2], try_cast(date_published AS timestamptz), captured_at::date::text
            FROM '{tmp_path / "a.parquet"}' WHERE article_id = 4"""
    ).fetchall()
    assert row == ("Bo Lind", "b; c", None, "2026-03-02")
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path / 'a.csv'}'").fetchall() == [(ARTICLES,)]


def test_sqlite_utils_takes_json_lines_in(folder: Path, tmp_path: Path) -> None:
    run(folder, "-o", tmp_path / "a.jsonl")
    words = ["insert", str(tmp_path / "x.db"), "articles", str(tmp_path / "a.jsonl"), "--nl", "--pk", "article_id"]
    subprocess.run([sys.executable, "-m", "sqlite_utils", *words], check=True, timeout=60, env=environment())
    connection = sqlite3.connect(tmp_path / "x.db")
    assert connection.execute("SELECT count(*) FROM articles").fetchone() == (ARTICLES,)
    connection.close()


def test_versions_are_the_view_for_each_version(folder: Path) -> None:
    rows = [json.loads(line) for line in run(folder, "versions", "--format", "jsonl").stdout_bytes.splitlines()]
    assert len(rows) == ARTICLES + 1
    current = [{k: v for k, v in row.items() if k not in VERSION_COLUMNS} for row in rows if row["is_current"]]
    assert current == [typed(row) for row in rows_of(folder, "SELECT * FROM articles ORDER BY article_id")]
    first, second = (row for row in rows if row["article_id"] == 1)
    with store.open_archive(folder) as archive:
        for row, known in zip((first, second), store.versions(archive.db, 1), strict=True):
            whole = store.version(archive.db, known.version_id)
            assert row["version_id"] == known.version_id
            assert row["article_body"] == whole.article_body
            assert row["warc_record_id"] == whole.capture.record_id
            assert row["payload_digest"] == whole.capture.payload_digest
            assert (row["recipe_sha256"], row["text_sha256"]) == (known.recipe_sha256, known.text_sha256)
    assert "nine hours" in first["article_body"] and "two hours" in second["article_body"]
    assert {first["is_current"], second["is_current"]} == {False, True}


def test_a_search_is_exported_whole() -> None:
    """More than one page of hits; the same articles that search finds, and the filters are those of search."""
    db = memory_db()
    maker = Maker(db)
    for number in range(MAX_LIMIT + 20):
        maker.commit(
            maker.page(
                f"https://example.org/{number}", number,
                article(f"The council met on day {number}.", date_published=f"2026-03-{number % 28 + 1:02}"),
            )
        )  # fmt: skip
    from archive.store.export import articles, versions

    assert len(list(articles(db, "council").rows)) == MAX_LIMIT + 20
    for query, filters in (
        ("council 17", {}), ("council", {"since": "2026-03-27"}), ('"day 5"', {}), ("coun*", {"until": "2026-03-01"}),
        ("parliament", {}), ("council", {"language": "de"}), ("council", {"site": "example", "since": "2026-03-28"}),
    ):  # fmt: skip
        hits = store.search(db, query, limit=MAX_LIMIT, **filters).hits
        rows = articles(db, query, **filters)
        ids = [row[rows.columns.index("article_id")] for row in rows.rows]
        assert ids == sorted(hit.article_id for hit in hits)
        assert len(list(versions(db, query, **filters).rows)) == len(ids)
    with pytest.raises(BadInput, match="no word"):
        articles(db, "…")
    with pytest.raises(BadInput, match="too long"):
        articles(db, " ".join(f"w{n}" for n in range(40)))
    with pytest.raises(NotFound, match="no site"):
        articles(db, None, site="nowhere")
    with pytest.raises(BadInput, match="is no date"):
        articles(db, None, since="yesterday")


def test_the_command_filters(demo_archive: Path) -> None:
    for words, condition in (
        (("--site", "shimbun"), "site = 'shimbun'"),
        (("--language", "en"), "language LIKE 'en%'"),
        (("--since", "2026-03-15", "--until", "2026-03-15"), "date_published LIKE '2026-03-15%'"),
    ):
        got = {row["article_id"] for row in from_csv(run(demo_archive, *words).stdout_bytes)}
        assert got == {
            str(r["article_id"])
            for r in rows_of(demo_archive, f"SELECT article_id FROM articles WHERE {condition}")
        }
        assert got
    found = run_broadsheet(
        "search", "--archive", demo_archive, "--json", "--limit", "1000", "council"
    ).stdout.splitlines()
    exported = run(demo_archive, "--search", "council", "--format", "jsonl").stdout_bytes.splitlines()
    assert {json.loads(line)["article_id"] for line in exported} == {
        json.loads(line)["article_id"] for line in found
    }


# -- where it goes


def test_a_file_that_is_there_stays_unless_it_is_forced(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    done = run(folder, "-o", path, error=BadInput)
    assert f"{path} is there already" in str(done.exception) and path.read_text() == "mine"
    assert done.stdout == ""
    run(folder, "-o", path, "--force")
    assert len(from_csv(path.read_bytes())) == ARTICLES
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_is_no_file_is_never_replaced(folder: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (tmp_path, pipe, Path("/dev/null")):
        run(folder, "-o", target, "--force", "--format", "csv", error=BadInput)
    assert pipe.is_fifo()
    (folder / "rules").mkdir()
    (folder / "rules" / "mine.toml").write_text("# mine")
    warc = next((folder / "warc").iterdir())
    for held in (folder / "archive.db", folder / "archive.lock", folder / "rules" / "mine.toml", warc):
        before = held.read_bytes()
        run(folder, "-o", held, "--force", "--format", "csv", error=BadInput)
        assert held.read_bytes() == before
    run(folder, "-o", folder / "warc" / "new.csv", error=BadInput)
    run(folder, "-o", folder / "beside.csv")
    run(folder, "-o", folder / "beside.csv", "--force")
    run(folder, "-o", tmp_path / "no" / "such" / "folder.csv", error=BadInput)


def test_nothing_is_left_of_an_export_that_fails(tmp_path: Path) -> None:
    """The old file stays as it was, and no draft lies beside it."""
    from archive.new_file import new_file

    path = tmp_path / "a.csv"
    path.write_text("old")

    def rows() -> Iterator[tuple[Any, ...]]:
        yield (1,)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), new_file(path, force=True) as file:
        export.write(Rows(("article_id",), rows()), file, "csv")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_the_format_is_what_the_name_says(folder: Path, tmp_path: Path) -> None:
    for name, first in (
        ("a.JSONL", b"{"),
        ("a.ndjson", b"{"),
        ("a.parquet", b"P"),
        ("a.csv", b"r"),
        ("a.txt", b"r"),
    ):
        run(folder, "-o", tmp_path / name)
        assert (tmp_path / name).read_bytes()[:1] == first
    run(folder, "-o", tmp_path / "b.txt", "--format", "parquet")
    assert (tmp_path / "b.txt").read_bytes()[:4] == b"PAR1"
    assert run(folder, "-o", "-").stdout_bytes == run(folder).stdout_bytes
    done = CliRunner().invoke(cli, ["export", "--archive", str(folder), "--format", "parquet"])
    assert done.exit_code == 2 and "give it a file with -o FILE" in done.stderr


def test_nothing_found_is_a_header(folder: Path, tmp_path: Path) -> None:
    done = run(folder, "--search", "nonesuch")
    assert done.stdout_bytes.count(b"\r\n") == 1 and "0 articles" in done.stderr
    run(folder, "--search", "nonesuch", "-o", tmp_path / "e.parquet")
    assert pq.read_table(tmp_path / "e.parquet").num_rows == 0


def test_without_pyarrow_it_says_what_to_install(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ImportError('not here')")
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "export", "--archive", str(folder), "-o", str(tmp_path / "a.parquet")],
        capture_output=True, text=True, timeout=60, check=False,
        env=environment() | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        'broadsheet: Parquet needs pyarrow, which is not installed (pip install "broadsheet[parquet]")\n'
    )
    assert not (tmp_path / "a.parquet").exists()


def test_a_reader_that_stops_early(folder: Path) -> None:
    command = f"{sys.executable} -m crawler export --archive {folder} versions | head -c 20"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=root,
        env=environment(),
        check=False,
    )
    assert done.stdout == "rowid,article_id,hea"
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


def test_a_name_that_says_no_format_is_refused(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["export", "--archive", str(folder), "-o", str(tmp_path / "a.xlsx")])
    assert done.exit_code == 2 and "names no format" in done.output
    run(folder, "-o", tmp_path / "a.xlsx", "--format", "csv")


@pytest.mark.parametrize("words", [("export",), ("cdxj",), ("search", "the"), ("export", "--format", "jsonl")])
def test_a_reader_who_has_seen_enough_is_no_error(words: tuple[str, ...], demo_archive: Path) -> None:
    line = shlex.join([sys.executable, "-m", "crawler", *words, "--archive", str(demo_archive)])
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{line} | head -c 1"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr, "Broken" in done.stderr) == (0, False, False), done.stderr
