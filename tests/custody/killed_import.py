"""`broadsheet import` that is killed (SIGKILL) at a step: `python -m tests.custody.killed_import STEP N WORDS...`.

The process ends before the Nth call of the step; what others had put on disk by then is all that is left of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

STEPS = {
    "copy": "archive.imports.sources:_all",  # reading what is to be copied
    "event": "archive.journal:event_group",  # the copy is whole; no event tells of it
    "journal": "archive.store:commit",  # the first call: the event is on disk, the database has not heard of it
    "place": "archive.imports.run:put_in_place",  # the database knows it; the copy has not got its name
    "name": "archive.imports.event:sync_folder",  # the copy has its name
    "batch": "archive.store:commit",  # the others: captures are about to be entered
    "link": "archive.store.imports:link_revisit",
    "seal": "archive.store:seal_warc_file",
    "settle": "archive.imports.run:settle",
}


def main() -> None:
    step, number = sys.argv[1], int(sys.argv[2])
    module_name, _, name = STEPS[step].partition(":")
    module = __import__(module_name, fromlist=[name])
    real: Callable[..., Any] = getattr(module, name)
    calls = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(module, name, counted)
    from crawler.cli import main as broadsheet

    sys.argv = ["broadsheet", "import", *sys.argv[3:]]
    broadsheet()


if __name__ == "__main__":
    main()
