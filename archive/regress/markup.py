"""A run for other programs: JUnit XML for what runs checks, Markdown for a pull request."""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree

from archive.regress.report import HEAD, Report, cells_of, further, sides, summary, title, verdict

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&])")
_MOST = 2000  # characters of a value that are shown


def junit(report: Report) -> bytes:
    """One test case for each field of each site; it fails where a threshold is exceeded."""
    rows, failures = list(report.rows()), report.failures()
    seconds = f"{report.outcome.seconds:.3f}"
    counts = {"tests": str(len(rows)), "failures": str(len(failures)), "errors": "0", "time": seconds}
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "broadsheet regress", **counts})
    for site, name, field in rows:
        case = ElementTree.SubElement(suite, "testcase", {"classname": _xml(site), "name": name, "time": "0"})
        found = failures.get((site, name), [])
        if found:
            said = "; ".join(map(str, found))
            failure = ElementTree.SubElement(case, "failure", {"type": found[0].what, "message": said})
            failure.text = _xml(_examples(report, site, name))
        out = ElementTree.SubElement(case, "system-out")
        out.text = f"gained {field.gained}, lost {field.lost}, changed {field.changed}, same {field.same}"
    whole = ElementTree.SubElement(suite, "system-out")
    whole.text = _xml("\n".join(summary(report)))
    ElementTree.indent(suites)
    return bytes(ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _examples(report: Report, site: str, name: str) -> str:
    found = [one for one in report.worst if (one.change.page.site, one.change.field) == (site, name)]
    lines = []
    for one in found:
        page = one.change.page
        lines += [f"{page.url}  {page.captured_at}", *(line[:_MOST] for line in sides(one))]
        lines.append(f"-> {further(page, name, report.folder)}")
    return "\n".join(lines)


def _xml(text: str) -> str:
    """Without what XML cannot hold."""
    return _NO_XML.sub("\ufffd", text)


def markdown(report: Report) -> str:
    """The summary, a table of the fields that differ, and each change to look at folded in <details>."""
    failures, rows = report.failures(), report.differing()
    state = "worse than the thresholds allow" if report.exceeded else "within the thresholds"
    parts = [f"### Extraction: {state}", "  \n".join(map(_escaped, summary(report)))]
    if rows:
        lines = ["| " + " | ".join(HEAD) + " |", "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"]
        for row in rows:
            cells = (*cells_of(*row), verdict(failures, *row[:2]))
            lines.append("| " + " | ".join(map(_escaped, cells)) + " |")
        parts.append("\n".join(lines))
    for one in report.worst:
        page = one.change.page
        said = [f"{page.url}  {page.captured_at}", *(" ".join(line.split())[:_MOST] for line in sides(one))]
        said.append(f"-> {further(page, one.change.field, report.folder)}")
        body = html.escape("\n".join(said), quote=False)
        summed = html.escape(f"{title(one)}: {page.url}", quote=False)
        parts.append(f"<details><summary>{summed}</summary>\n\n<pre>\n{body}\n</pre>\n\n</details>")
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    """As text within Markdown, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
