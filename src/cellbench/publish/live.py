"""Running trainings, shown in MLflow: their curves so far, in the runs that publishing will complete."""

import time
from collections.abc import Callable
from pathlib import Path

from cellbench.console import say
from cellbench.publish.runs import begin, children_of, log_metrics
from cellbench.publish.store import HERE, PUBLISHED, TRAINING, Store, TrackingError, store
from cellbench.runs.live import live_trainings

SECONDS = 2.0
"""Between two looks; a training logs its losses once per second."""


def follow(root: Path, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Copy the curves of running trainings to MLflow as long as something goes on; a server may be down meanwhile."""
    shown: list[tuple[str, int, bool]] | None = None
    is_down = False
    while goes_on():
        found = [(t.key, sum(map(len, t.losses.values())), t.is_running) for t in live_trainings(root)]
        try:
            if found != shown:
                mirror(root)
            shown, is_down = found, False
        except TrackingError as error:
            if not is_down:  # one warning, not one every two seconds
                say(f"WARNING: {error}")
            is_down = True
        time.sleep(SECONDS)


def mirror(root: Path) -> None:
    """Log the curves of running trainings so far, and close the runs of those that are over.

    Raises:
        TrackingError: the tracking server cannot be reached or refuses.
    """
    with store(root) as opened:
        published = {run.data.tags[TRAINING] for run in opened.search(f"tags.`{PUBLISHED}` != ''")}
        for training in live_trainings(root):
            if training.is_running and training.key not in published:
                identity = {"dataset": training.dataset, "cell": training.cell, "experiment": training.experiment}
                runs = begin(opened, training.key, training.experiment, identity, training.replicates)
                opened.client.set_tag(runs.parent, "mlflow.note.content", "This training is running.")
                log_metrics(opened, runs, training.losses)
        close_interrupted(opened)


def close_interrupted(opened: Store) -> None:
    """Close each run of ours that is running while its training is not: as killed, or finished and to be published."""
    live = {training.key: training for training in live_trainings(opened.root)}
    for parent in opened.search(f"status = 'RUNNING' and tags.`{HERE}` = '{opened.here}'"):
        training = live.get(parent.data.tags[TRAINING])
        if training and training.is_running:
            continue
        for run in (*children_of(opened, parent), parent):
            ended = "KILLED" if training else "FINISHED"
            opened.client.set_terminated(run.info.run_id, ended, run.info.start_time)
