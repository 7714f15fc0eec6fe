"""Documents tell the truth: the README's commands run, its queries answer, what it links to is there."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from archive import cli as archive_cli
from archive.fixtures.expected import FIELDS, parse
from crawler import cli as crawler_cli
from tests.conftest import environment, run_broadsheet
from tests.core.feed_samples import SAMPLES
from tests.crawl.site import article

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(text: str) -> list[list[str]]:
    """What follows `$ scripts/run` in the document, as words."""
    found = re.findall(r"(?m)^\$ scripts/run(.*)$", text)
    return [shlex.split(line) for line in found]


def test_the_readme_runs(demo_archive: Path, tmp_path: Path) -> None:
    run = run_document("README.md", demo_archive, tmp_path)
    assert len(run) >= 7


def test_the_page_on_stories_runs(demo_archive: Path, tmp_path: Path) -> None:
    run = run_document("docs/stories.md", demo_archive, tmp_path)
    assert {words[0] for words in run} == {"stories", "search"}


def test_the_page_on_why_runs(demo_archive: Path, tmp_path: Path) -> None:
    run = run_document("docs/why.md", demo_archive, tmp_path)
    assert {words[0] for words in run} == {"why", "extract", "show"}
    assert len(run) >= 9


def test_the_page_on_politeness_runs(demo_archive: Path, tmp_path: Path) -> None:
    rules = "# ours\nUser-agent: *\nDisallow: /private/\n\nUser-agent: GPTBot\n"
    (tmp_path / "robots.txt").write_text(rules + "Disallow: /\n\nAllow: /open/\n")
    run = run_document("docs/politeness.md", demo_archive, tmp_path)
    assert [words[0] for words in run] == ["robots", "robots"]
    text = (ROOT / "docs" / "politeness.md").read_text(encoding="utf-8")
    for words in run:
        assert run_broadsheet(*words, cwd=tmp_path).stdout in text
    (query,) = re.findall(r"(?s)```sql\n(.*?)```", text)
    connection = sqlite3.connect(f"file:{demo_archive}/archive.db?mode=ro", uri=True)
    connection.execute(query).fetchall()
    connection.close()


def test_the_page_on_fixtures_runs(demo_archive: Path, tmp_path: Path) -> None:
    run = run_document("docs/fixtures.md", demo_archive, tmp_path)
    assert [words[:2] for words in run] == [["fixture", "cut"]] * 3 + [["fixture", "update"]] * 4
    assert len(list((tmp_path / "fixtures").glob("*.warc.gz"))) in (5, 6)  # 7 may be one of the sample
    text = (ROOT / "docs" / "fixtures.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"(?m)^\$ pytest (.*)$", text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", *shlex.split(line)],
        capture_output=True, text=True, cwd=tmp_path, env=environment(), timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "all as expected" in done.stdout
    example = next(block for block in re.findall(r"(?s)```toml\n(.*?)```", text) if block.startswith("url"))
    assert set(parse(example, "example").fields) == set(FIELDS)


def test_the_page_on_handing_over_runs(demo_archive: Path, tmp_path: Path) -> None:
    run = run_document("docs/handover.md", demo_archive, tmp_path)
    assert {words[0] for words in run} == {"wacz", "cdxj"}
    made = {path.name for path in tmp_path.iterdir() if path.suffix in (".wacz", ".cdxj")}
    assert made == {
        "demo-archive.wacz", "two-sites.wacz", "this-year.wacz", "ferries.wacz", "article.wacz", "demo.cdxj",
    }  # fmt: skip


def test_the_page_on_adding_sites_runs(demo_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(SAMPLES["atom-1.0"])
    run = run_document("docs/adding-sites.md", demo_archive, tmp_path)
    assert [words[0] for words in run] == ["feed", "feed"]


def test_the_card_of_the_body_model_runs(demo_archive: Path, tmp_path: Path) -> None:
    assert run_document("docs/body-model.md", demo_archive, tmp_path)
    (query,) = re.findall(r"(?s)```sql\n(.*?)```", (ROOT / "docs" / "body-model.md").read_text(encoding="utf-8"))
    connection = sqlite3.connect(f"file:{demo_archive}/archive.db?mode=ro", uri=True)
    connection.execute(query).fetchall()
    connection.close()


def test_the_page_on_reading_again_runs(demo_archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(demo_archive, folder)
    text = (ROOT / "docs" / "reextraction.md").read_text(encoding="utf-8")
    (rule,) = re.findall(r"(?s)```toml\n(.*?)```", text)
    (query,) = re.findall(r"(?s)```sql\n(.*?)```", text)
    first, *others = [words for words in commands(text) if words]
    (tmp_path / "demo-archive").symlink_to(folder)
    assert ": 0 read; " in run_broadsheet(*first, cwd=tmp_path).stdout
    (folder / "rules").mkdir()
    (folder / "rules" / "courier.toml").write_text(rule)
    compared, promoted, discarded = (run_broadsheet(*words, cwd=tmp_path).stdout for words in others)
    assert "  article_section  0       0     8\n" in compared
    assert promoted in text and discarded in text
    connection = sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)
    assert connection.execute(query).fetchall() == []
    connection.close()


@pytest.mark.timeout(300)  # four runs, each with its workers: on a busy machine they take their time
def test_the_page_on_regression_runs(demo_archive: Path, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "regress.md").read_text(encoding="utf-8")
    rule, table = re.findall(r"(?s)```toml\n(.*?)```", text)
    (tmp_path / "demo-archive").symlink_to(demo_archive)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "newsline.toml").write_text(rule)
    (tmp_path / "pyproject.toml").write_text("")
    same, broken, saving, against = commands(text)
    assert run_broadsheet(*same, cwd=tmp_path).stdout.endswith("\n30 say the same, 0 differ\n")
    lines = run_broadsheet(*broken, cwd=tmp_path, code=16).stdout.splitlines()
    assert [line for line in lines[1:7] if line not in text.splitlines()] == []
    assert lines[7] == "to look at first:" and lines[9] == "lost: authors of newsline"
    run_broadsheet(*saving, cwd=tmp_path)
    (tmp_path / "pyproject.toml").write_text(table)
    done = run_broadsheet(*against, cwd=tmp_path, code=16)
    assert "of newsline lost on " in done.stderr and "keywords" not in done.stdout
    assert (tmp_path / "regress.xml").is_file() and (tmp_path / "summary.md").is_file()


def run_document(name: str, demo_archive: Path, tmp_path: Path) -> list[list[str]]:
    """Run every command of a document in a folder that has what it names -> the commands."""
    (tmp_path / "demo-archive").symlink_to(demo_archive)
    (tmp_path / "page.html").write_bytes(article(1))
    (tmp_path / "index.jsonl").write_text(
        '{"id": 1, "url": "https://www.example.org/story", "page": "page.html"}\n'
    )
    run = [words for words in commands((ROOT / name).read_text(encoding="utf-8")) if words]
    for words in run:
        expanded = (sorted(map(str, tmp_path.glob(word))) if "*" in word else [word] for word in words)
        run_broadsheet(*(word for found in expanded for word in found), cwd=tmp_path)
    return run


def test_the_queries_of_the_readme_answer(demo_archive: Path) -> None:
    queries = re.findall(r"(?s)```sql\n(.*?)```", README)
    assert len(queries) == 3
    connection = sqlite3.connect(f"file:{demo_archive}/archive.db?mode=ro", uri=True)
    for query in queries:
        assert connection.execute(query).fetchall()
    connection.close()


def test_scripts_run_without_words_is_the_tour(tmp_path: Path) -> None:
    """The first command of the README, from a folder that is not the checkout."""
    done = subprocess.run(
        [str(ROOT / "scripts" / "run")], capture_output=True, text=True, cwd=tmp_path, env=environment(), timeout=110,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "118 new articles" in done.stdout
    tries = re.findall(r"(?m)^  scripts/run (.*)$", done.stdout)
    assert len(tries) == 3
    for line in tries:
        assert run_broadsheet(*shlex.split(line), cwd=tmp_path).stdout.strip()


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))]
)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#]+)", text) if not t.startswith("http")]
    missing = [t for t in targets if not ((ROOT / document).parent / t).exists()]
    assert missing == []


def test_the_data_dictionary_is_that_of_the_schema() -> None:
    done = subprocess.run([str(ROOT / "scripts" / "data-dictionary"), "--check"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_every_command_explains_itself() -> None:
    group = crawler_cli.cli
    assert group is archive_cli.cli
    assert {"init", "add", "crawl", "status", "search", "show", "why", "extract", "verify", "demo"} <= set(
        group.commands
    )
    for name, command in group.commands.items():
        assert command.help, name
        options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
        assert [f"{name} --{option.name}" for option in options if not option.help] == []
