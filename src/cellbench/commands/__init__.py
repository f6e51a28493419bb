"""The command `cellbench`: questions about results, answered from what the pipeline wrote."""

from importlib import import_module
from pathlib import Path

import click

from cellbench.console import one_message


class Commands(click.Group):
    """Loads the file of the command that is called, and of no other: together they take seconds to load."""

    def list_commands(self, _: click.Context) -> list[str]:
        return ["forecast", "mirror", "publish", "trace", "ui"]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        known = name in self.list_commands(context)
        return getattr(import_module(f"cellbench.commands.{name}"), name) if known else None

    def invoke(self, context: click.Context) -> object:
        """Bad input is one message, whichever command it is given to."""
        with one_message():
            return super().invoke(context)


@click.group("cellbench", cls=Commands)
@click.option("--project", type=click.Path(path_type=Path), help="The project's folder, if not this one or one above.")
@click.pass_context
def main(context: click.Context, project: Path | None) -> None:
    """Which recurrent cell forecasts best, by how much, and is it real?"""
    context.obj = project
