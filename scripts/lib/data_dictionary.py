"""Writes docs/data-dictionary.md from the comments in archive/store/schema.py; --check fails if it is out of date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from archive.model import Outcome, Verdict
from archive.store import schema

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "data-dictionary.md"
HEAD = """\
# Data dictionary

Every table and view of `archive.db`. This page is made from the schema by `scripts/data-dictionary`.

Researchers need only the view `articles` and the full-text index `articles_fts`. Times are RFC 3339 in UTC, such as
`2024-01-20T12:17:00Z`, unless a column says otherwise; a page's own offset is kept beside them.
"""


def statements(sql: str) -> list[str]:
    return re.findall(r"(?ms)^CREATE (?:TABLE|VIEW|VIRTUAL TABLE) .*?;$", sql)


def section(statement: str) -> str:
    kind, name = re.match(r"CREATE (TABLE|VIEW|VIRTUAL TABLE) (\w+)", statement).groups()  # type: ignore[union-attr]
    first = statement.splitlines()[0]
    about = first.partition("--")[2].strip()
    lines = [f"## {name}", ""]
    if about:
        lines += [f"{about[0].upper()}{about[1:]}.", ""]
    if kind == "TABLE":
        lines += ["| column | type | meaning |", "| --- | --- | --- |", *columns(statement)]
    else:
        lines += ["```sql", statement, "```"]
    return "\n".join(lines)


def columns(statement: str) -> list[str]:
    rows: list[str] = []
    for line in statement.splitlines()[1:]:
        code, _, comment = line.partition("--")
        match = re.match(r"\s+\"?(\w+)\"? (TEXT|INTEGER|REAL|BLOB)(.*)", code)
        if match and match[1].upper() not in ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN"):
            rows.append(f"| `{match[1]}` | {match[2].lower()} | {meaning(match[3], comment)} |")
        elif comment.strip() and rows:
            rows[-1] = rows[-1].removesuffix(" |") + f" {escaped(comment)} |"
    return rows


def meaning(constraints: str, comment: str) -> str:
    parts = []
    if reference := re.search(r"REFERENCES (\w+)", constraints):
        parts.append(f"→ `{reference[1]}`")
    if comment.strip():
        parts.append(escaped(comment))
    return " ".join(parts)


def escaped(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("<", "&lt;")


def words(title: str, about: str, members: list[str]) -> str:
    return "\n".join([f"## {title}", "", about, "", *(f"- `{member}`" for member in members)])


def page() -> str:
    parts = [HEAD]
    parts += [section(s) for s in statements(schema.TABLES)]
    parts.append(
        words("Outcomes", "`attempt.outcome`: what became of one attempt; each has exactly one.", list(Outcome))
    )
    parts.append(words("Verdicts", "`capture.verdict`: what a captured page turned out to be.", list(Verdict)))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def main() -> int:
    if "--check" in sys.argv:
        if PAGE.read_text(encoding="utf-8") != page():
            print("docs/data-dictionary.md is out of date: run scripts/data-dictionary", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
