"""Running trainings, shown in MLflow: their curves so far, in the runs that publishing will complete."""

import time
from collections.abc import Callable
from pathlib import Path

from cellbench.console import say
from cellbench.publish.runs import Runs, begin, children_of, log_metrics
from cellbench.publish.store import HERE, PUBLISHED, TRAINING, Store, TrackingError, store
from cellbench.runs.live import LiveTraining, live_trainings

SECONDS = 2.0
"""Between two looks; a training logs its losses once per second."""


def follow(root: Path, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Copy the curves of running trainings to MLflow as long as something goes on; a server may be down meanwhile."""
    mirror, is_down = Mirror(root), False
    while goes_on():
        try:
            mirror.look()
            is_down = False
        except TrackingError as error:
            if not is_down:  # one warning, not one every two seconds
                say(f"WARNING: {error}")
            is_down = True
        time.sleep(SECONDS)


class Mirror:
    """Copies the curves of running trainings to MLflow, look by look."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: list[tuple[str, int, bool]] | None = None
        self._runs: dict[str, Runs] = {}

    def look(self) -> None:
        """Log what is new since the last look, and close the runs of trainings that are over.

        Raises:
            TrackingError: the tracking server cannot be reached or refuses; the next look tries again.
        """
        live = live_trainings(self._root)
        seen = [(t.key, sum(map(len, t.losses.values())), t.is_running) for t in live]
        if seen == self._seen:
            return
        running = {key for key, _, is_running in seen if is_running}
        self._runs = {key: runs for key, runs in self._runs.items() if key in running}
        with store(self._root) as opened:
            published = {run.data.tags[TRAINING] for run in opened.search(f"tags.`{PUBLISHED}` != ''")}
            for training in live:
                if training.key in running - published:
                    self._show(opened, training)
            close_interrupted(opened)
        self._seen = seen

    def _show(self, opened: Store, training: LiveTraining) -> None:
        if training.key not in self._runs:
            identity = {"dataset": training.dataset, "cell": training.cell, "experiment": training.experiment}
            runs = begin(opened, training.key, training.experiment, identity, training.replicates)
            opened.client.set_tag(runs.parent, "mlflow.note.content", "This training is running.")
            self._runs[training.key] = runs
        log_metrics(opened, self._runs[training.key], training.losses)


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
