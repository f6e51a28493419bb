"""The command `cellbench`: what a person asks of results that are there."""

import click

from cellbench.commands.forecast import forecast
from cellbench.commands.mirror import mirror
from cellbench.commands.publish import publish
from cellbench.commands.trace import trace
from cellbench.commands.verify import verify


@click.group()
def main() -> None:
    """Which recurrent cell forecasts best, by how much, and is it real?"""


for command in (forecast, mirror, publish, trace, verify):
    main.add_command(command)
