"""`cellbench mirror`: the curves of running trainings in MLflow."""

import sys
import time
from contextlib import chdir
from pathlib import Path

import click

from cellbench.console import one_message
from cellbench.project import find_project, repository_root
from cellbench.publish.live import Mirror
from cellbench.publish.store import TrackingError

SECONDS = 2.0
"""Between two looks; a training logs its losses once per second."""


@click.command()
@click.pass_obj
def mirror(project: Path | None) -> None:
    """Follow all trainings of this repository in MLflow, in the project's own database or at MLFLOW_TRACKING_URI.

    Runs until it is stopped; `make ui` starts and stops it.
    """
    with one_message(), chdir(find_project(project)):
        following, is_down = Mirror(repository_root()), False
        while True:
            try:
                following.look()
                is_down = False
            except TrackingError as error:
                if not is_down:  # one warning, not one every two seconds
                    print(f"WARNING: {error}", file=sys.stderr, flush=True)
                is_down = True
            time.sleep(SECONDS)
