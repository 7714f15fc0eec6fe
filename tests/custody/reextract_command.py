"""The real command line, but for what its workers do: a function of `tests.custody.reextract_tasks`.

python -m tests.custody.reextract_command FUNCTION reextract ...
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from archive import reextract
from crawler.cli import main

settings = reextract.Settings


def other_work(*words: Any) -> reextract.Settings:
    return replace(settings(*words), work=f"tests.custody.reextract_tasks:{function}")


if __name__ == "__main__":  # not in the processes that it starts
    function = sys.argv.pop(1)
    reextract.Settings = other_work  # type: ignore[assignment, misc]
    main()
