"""The last line of `scripts/test`: what pytest counted, and the gate as one more check if it failed.

python closing_line.py JUNIT_XML EXIT_CODE_OF_THE_GATE
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree


def closing_line(report: Path, gate: int) -> str | None:
    """None if pytest came to no result."""
    if not report.is_file() or not report.stat().st_size:
        return None
    suites = list(ElementTree.parse(report).iter("testsuite"))
    tests, *bad, skipped = (
        sum(int(suite.get(name, "0")) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    return f"{tests - sum(bad) - skipped} passed, {sum(bad) + (gate != 0)} failed, {skipped} skipped"


if __name__ == "__main__":
    if line := closing_line(Path(sys.argv[1]), int(sys.argv[2])):
        print(line)
