"""Options of the commands that ask web sites for something."""

from __future__ import annotations

import click

allow_option = click.option(
    "--allow-address",
    "allow",
    multiple=True,
    metavar="NETWORK",
    help='A private address or network that may be fetched from: 10.1.2.3, 10.0.0.0/8, "loopback". Repeatable.',
)
contact_option = click.option(
    "--contact", metavar="ADDRESS", help="An e-mail address or web page for publishers to reach you."
)
delay_option = click.option(
    "--delay", type=click.FloatRange(0, 3600), help="Seconds between two requests to a host."
)
