"""The real command line, but for what its workers do: a function of `tests.custody.reextract_tasks`.

python -m tests.custody.reextract_command FUNCTION reextract ...
"""

from __future__ import annotations

import signal
import sys

from archive import cli_reextract
from crawler.cli import main

if __name__ == "__main__":  # not in the processes that it starts
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell runs behind itself
    cli_reextract.WORK = f"tests.custody.reextract_tasks:{sys.argv.pop(1)}"
    main()
