"""`cellbench mirror`: the curves of trainings in MLflow while they go on."""

import sys
import time

import click

SECONDS = 2.0
"""Between two looks; a training tells its losses once a second."""


@click.command()
def mirror() -> None:
    """Follow all trainings of this repository in MLflow, in the project's own database or at MLFLOW_TRACKING_URI.

    It goes on until it is stopped; `make ui` starts and stops it.
    """
    from cellbench.base.dvc_record import repository_root
    from cellbench.tracking.live import Mirror
    from cellbench.tracking.store import TrackingError

    following, is_down = Mirror(repository_root()), False
    while True:
        try:
            following.look()
            is_down = False
        except TrackingError as error:
            if not is_down:  # told once, not every two seconds
                print(f"WARNING: {error}", file=sys.stderr, flush=True)
            is_down = True
        time.sleep(SECONDS)
