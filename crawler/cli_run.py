"""`broadsheet run`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive import store
from archive.cli_parts import archive_option
from archive.locate import archive_folder
from crawler.cli_options import allow_option


@click.command()
@archive_option
@click.option(
    "--metrics",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Answer Prometheus at http://127.0.0.1:PORT/metrics.",
)
@allow_option
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that read pages (one a core).")
def run(archive_path: Path | None, metrics: int | None, allow: tuple[str, ...], workers: int | None) -> None:
    """Follow the sites of sites.toml for ever: crawl whenever something is due.

    Ends in order within ten seconds of Ctrl-C or SIGTERM. sites.toml may be edited meanwhile. Each crawl is a line
    on standard error; docs/following.md says how to let systemd or cron do this.
    """
    from crawler import metrics as figures
    from crawler.keep_running import Runner

    folder = archive_folder(archive_path)
    store.open_archive(folder).close()
    words = [word for network in allow for word in ("--allow-address", network)]
    words += ["--workers", str(workers)] if workers else []
    runner = Runner(folder, words, lambda line: click.echo(line, err=True))
    close = figures.serve(folder, runner.state, metrics) if metrics else None
    try:
        runner.run()
    finally:
        if close is not None:
            close()
    sys.exit(0)
