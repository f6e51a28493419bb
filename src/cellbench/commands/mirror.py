"""`cellbench mirror`: the curves of running trainings in MLflow."""

from contextlib import chdir
from pathlib import Path

import click

from cellbench.project import find_project, repository_root
from cellbench.publish.live import follow


@click.command()
@click.pass_obj
def mirror(project: Path | None) -> None:
    """Follow all trainings of this repository in MLflow, in the project's own database or at MLFLOW_TRACKING_URI.

    Runs until it is stopped; `cellbench ui` does the same.
    """
    with chdir(find_project(project)):
        follow(repository_root())
