"""Citations as BibTeX entries, for BibTeX and for biblatex with biber. Pure.

The type is biblatex' `@online`, which the styles of BibTeX take for `@misc`. Dates are given twice: `date` for
biblatex, `year` and `month` for BibTeX. Letters stay as they are, in UTF-8.
"""

from __future__ import annotations

import re

from archive.citation import Citation, captured, family_given, identifiers

# BibTeX counts braces without regard to a backslash before them, so braces of the text must not stand in a value.
ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
}
_ESCAPED = str.maketrans(ESCAPES)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BREAKS_URL = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})


def as_bibtex(c: Citation) -> str:
    """One entry, its last line without an end of line."""
    fields = [
        ("author", f"{{{' and '.join(map(_name, c.authors))}}}" if c.authors else ""),
        ("title", f"{{{_verbatim(c.headline)}}}" if c.headline else ""),
        ("organization", f"{{{_verbatim(c.published_by)}}}"),
        *_date(c.date_published or ""),
        ("url", f"{{{c.url.translate(_BREAKS_URL)}}}"),
        ("urldate", f"{{{c.captured_on}}}"),
        ("note", f"{{{'. '.join([latex(captured(c)), *map(_identifier, identifiers(c))])}}}"),
    ]
    lines = [f"  {name} = {value}" for name, value in fields if value]
    return ",\n".join([f"@online{{{c.key}", *lines]) + "\n}"


def latex(text: str) -> str:
    """`text` with every character escaped that means something to TeX or to BibTeX."""
    return text.translate(_ESCAPED)


def _verbatim(text: str) -> str:
    """A second pair of braces keeps the capitals; it must not open on a backslash, which BibTeX takes for an accent."""
    escaped = latex(text)
    return f"{{{'{}' if escaped.startswith(chr(92)) else ''}{escaped}}}"


def _name(name: str) -> str:
    parts = family_given(name)
    if parts is None:
        return _verbatim(name)
    return f"{_verbatim(parts[0])}, {_verbatim(parts[1])}"


def _date(stated: str) -> list[tuple[str, str]]:
    month = _MONTHS[int(stated[5:7]) - 1] if len(stated) >= 7 else ""
    return [("date", f"{{{stated[:10]}}}"), ("year", f"{{{stated[:4]}}}"), ("month", month)] if stated else []


def _identifier(line: str) -> str:
    r"""In \url a PWID can be broken at the end of a line; there only % needs a backslash."""
    label, _, value = line.partition(" ")
    if label != "PWID":
        return latex(line)
    return f"PWID \\url{{{value.replace('%', chr(92) + '%')}}}"


_COMMAND = re.compile(r"\\(?:url|href|path|nolinkurl|texttt)\s*\{([^{}]*)\}")
_UNESCAPED = {escape: character for character, escape in ESCAPES.items()}
_ANY_ESCAPE = re.compile("|".join(re.escape(escape) for escape in sorted(_UNESCAPED, key=len, reverse=True)))


def without_latex(text: str) -> str:
    r"""What `latex` and `\url{}` were made of; all else stays."""
    return _COMMAND.sub(r" \1 ", _ANY_ESCAPE.sub(lambda match: _UNESCAPED[match[0]], text))
