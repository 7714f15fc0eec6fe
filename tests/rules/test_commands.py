"""`broadsheet rules check` and `extract --rules` as a person meets them, with their exit codes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.rules.samples import FIRST, PAGE, RULE, SECOND, THIRD, URL

WRONG = '[[rule]]\nhost = "tidewater.example"\nkepp = ".c-text"\n\n[[rule]]\nhost = "x.example"\nkeep = "div >"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "tidewater.toml").write_text(RULE)
    (tmp_path / "wrong.toml").write_text(WRONG)
    return tmp_path


def test_mistakes_are_told_by_line_and_counted(folder: Path, broadsheet: Any) -> None:
    done = broadsheet("rules", "check", "wrong.toml", cwd=folder, code=10)
    assert done.stdout.splitlines() == [
        "wrong.toml:3:1: unknown word 'kepp'; did you mean 'keep'?",
        "wrong.toml:7:8: keep: 'div >' is no CSS selector: it ends too early",
    ]
    assert done.stderr == "broadsheet: 2 mistakes in 1 file (the lines above say where and what to do)\n"
    done = broadsheet("rules", "check", "--json", "wrong.toml", "rules", cwd=folder, code=10)
    first = json.loads(done.stdout.splitlines()[0])
    assert first == {
        "file": "wrong.toml", "line": 3, "column": 1, "message": "unknown word 'kepp'; did you mean 'keep'?",
        "advice": False,
    }  # fmt: skip
    assert "2 mistakes in 2 files" in done.stderr


def test_a_file_without_mistakes(folder: Path, broadsheet: Any) -> None:
    done = broadsheet("rules", "check", "rules", cwd=folder)
    assert (done.stdout, done.stderr) == ("", "no mistakes: 1 rule in 1 file\n")
    (folder / "rules" / "more.toml").write_text('[[rule]]\nhost = "x.example"\nkeep = "div:nth-child(2)"\n')
    done = broadsheet("rules", "check", "rules", cwd=folder)
    assert done.stdout.startswith("rules/more.toml:3:8: advice: 'div:nth-child(2)' counts children")
    assert done.stderr == "no mistakes: 2 rules in 2 files\n"


def test_contradictions_between_files_are_found(folder: Path, broadsheet: Any) -> None:
    (folder / "rules" / "z.toml").write_text('[[rule]]\nhost = "www.tidewater.example"\nkeep = "p"\n')
    done = broadsheet("rules", "check", "rules", cwd=folder, code=10)
    assert done.stdout.startswith(
        "rules/z.toml:1:1: contradicts the rule of rules/tidewater.toml, line 2: both give keep"
    )
    broadsheet("rules", "check", "rules/z.toml", cwd=folder)


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("nothing.toml",), 9, "nothing.toml: No such file"),
        (("empty",), 9, "empty holds no *.toml"),
        (("latin.toml",), 9, "latin.toml: is not in UTF-8: byte 3 cannot be read"),
        (("--archive", "nowhere"), 9, "nowhere/rules: No such file"),
        (("rules", "--page", "page.html"), 2, "--page and --url belong together"),
        (("rules", "--page", "none.html", "--url", URL), 9, "none.html: No such file"),
        (("rules", "--page", "page.html", "--url", URL, "--captured-at", "may"), 2, "'may' is no time"),
        (
            ("rules", "--page", "page.html", "--url", "https://other.example/"),
            8,
            "no rule is for https://other.example/",
        ),
    ],
)
def test_what_cannot_be_checked(
    words: tuple[str, ...], code: int, what: str, folder: Path, broadsheet: Any
) -> None:
    (folder / "empty").mkdir()
    (folder / "latin.toml").write_bytes(b"#\xc3\xa4\xe4")
    done = broadsheet("rules", "check", *words, cwd=folder, code=code)
    assert what in done.stderr


def test_an_archive_needs_no_rules(folder: Path, broadsheet: Any) -> None:
    (folder / "news").mkdir()
    done = broadsheet("rules", "check", "--archive", "news", cwd=folder)
    assert "news has no rules, and needs none" in done.stderr


def test_rules_are_tried_on_a_page(folder: Path, broadsheet: Any) -> None:
    words = ("rules", "check", "rules", "--page", "page.html", "--url", URL, "--captured-at", "2024-06-01")
    out = broadsheet(*words, cwd=folder).stdout
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "rules for this page: rules/tidewater.toml, line 2"
    assert "keep div.c-text 1 x div.c-text " + FIRST[:55] + "…" in lines
    assert "drop .c-more 1 x div.c-more Read more: the ferry is late again" in lines
    assert "byline .c-who 1 x div.c-who By Ann Example and Bert Sample" in lines
    assert "rule headline Old bridge to be mended after all (without: Tidewater: news from the coast)" in lines
    assert "rule authors Ann Example, Bert Sample (without: Clara Wrongly)" in lines
    assert "rule date_published 2024-05-03T14:05:00+01:00 (without: 2024-05-30T06:00:00+00:00)" in lines
    assert f"rule body 3 lines, {len(f'{FIRST} {SECOND} {THIRD}'.split())} words" in lines
    assert "last line " + THIRD[:55] + "…" in lines
    assert "rule dropped 1 line" in lines
    assert "verdict article" in lines
    trial = json.loads(broadsheet(*words, "--json", cwd=folder).stdout)
    assert trial["body_by_rule"] is True and trial["lines"] == [FIRST, SECOND, THIRD]
    assert {m["word"]: m["count"] for m in trial["matches"]}["keep"] == 1


def test_a_rule_that_finds_nothing_says_so_and_leaves_with_a_code(folder: Path, broadsheet: Any) -> None:
    rule = RULE.replace("div.c-text", "div.c-gone").replace("keep", "until = 2024-06-01\nkeep")
    (folder / "rules" / "tidewater.toml").write_text(rule)
    words = ("rules", "check", "rules", "--page", "page.html", "--url", URL, "--captured-at")
    done = broadsheet(*words, "2024-06-01", cwd=folder, code=8)
    assert "  keep            div.c-gone       nothing\n" in done.stdout
    assert "site rule: keep 'div.c-gone' matches nothing" in done.stdout
    assert "nothing that keep names is in page.html" in done.stderr
    done = broadsheet(*words, "2024-06-02", cwd=folder, code=8)
    assert "not for it: rules/tidewater.toml, line 2: it holds until 2024-06-01" in done.stdout
    assert "no rule is for" in done.stderr
    done = broadsheet(*words[:5], "--url", "https://x.example/", cwd=folder, code=8)
    assert done.stdout.startswith("rules for this page: none\nnot for it: 1 for other hosts\n")


def test_extract_follows_rules(folder: Path, broadsheet: Any) -> None:
    done = broadsheet(
        "extract",
        "page.html",
        "--url",
        URL,
        "--rules",
        "rules",
        "--captured-at",
        "2024-06-01",
        "--json",
        cwd=folder,
    )
    record = json.loads(done.stdout)
    assert record["article_body"].split("\n") == [FIRST, SECOND, THIRD]
    assert record["body_source"] == "site-rule"
    assert record["authors"] == ["Ann Example", "Bert Sample"]
    assert done.stderr == ""
    without = json.loads(broadsheet("extract", "page.html", "--url", URL, "--json", cwd=folder).stdout)
    assert without["authors"] == ["Clara Wrongly"]


def test_extract_with_rules_that_are_not_for_the_page(folder: Path, broadsheet: Any) -> None:
    done = broadsheet("extract", "page.html", "--url", "https://x.example/a", "--rules", "rules", cwd=folder)
    assert "no rule is for https://x.example/a captured on " in done.stderr
    done = broadsheet("extract", "page.html", "--rules", "rules", cwd=folder, code=2)
    assert "--rules needs --url" in done.stderr
    words = ("extract", URL, "--captured-at", "2024-06-01")
    assert "--captured-at is for saved pages" in broadsheet(*words, cwd=folder, code=2).stderr


def test_extract_refuses_bad_rules_with_one_line(folder: Path, broadsheet: Any) -> None:
    done = broadsheet("extract", "page.html", "--url", URL, "--rules", "wrong.toml", cwd=folder, code=10)
    assert done.stdout == ""
    assert done.stderr == (
        "broadsheet: wrong.toml, line 3: unknown word 'kepp'; did you mean 'keep'? and 1 more "
        "(broadsheet rules check wrong.toml)\n"
    )


def test_many_pages_each_with_the_rules_for_its_host_and_day(folder: Path, broadsheet: Any) -> None:
    (folder / "page.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    lines = [
        {"id": 1, "url": URL, "page": "page.html.gz", "captured_at": "2024-06-01T10:00:00Z"},
        {"id": 2, "url": URL, "page": "page.html", "captured_at": "2025-06-01T10:00:00Z"},
        {"id": 3, "url": "https://x.example/a", "page": "page.html", "captured_at": "2024-06-01T10:00:00Z"},
        {"id": 4, "page": "page.html"},
    ]
    (folder / "index.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (folder / "rules" / "tidewater.toml").write_text(RULE.replace("keep", "until = 2024-12-31\nkeep"))
    (folder / "later.toml").write_text(
        '[[rule]]\nhost = "tidewater.example"\nfrom = 2025-01-01\nkeep = ".c-offer"\n'
    )
    done = broadsheet("extract", "--jsonl", "index.jsonl", "--rules", "rules", "--rules", "later.toml", cwd=folder)
    records = {record["id"]: record for record in map(json.loads, done.stdout.splitlines())}
    assert records[1]["article_body"].split("\n") == [FIRST, SECOND, THIRD]
    assert records[1]["headline"] == "Old bridge to be mended after all"
    assert records[2]["article_body"].startswith("A new harbour quarter")
    assert records[2]["headline"] == "Tidewater: news from the coast"
    assert [records[n]["body_source"] == "site-rule" for n in (1, 2, 3, 4)] == [True, True, False, False]
