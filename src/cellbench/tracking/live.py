"""Trainings that go on, shown in MLflow: their curves so far, in the runs that publishing will complete."""

from pathlib import Path
from typing import TYPE_CHECKING

from cellbench.runs.scratch import Training, trainings
from cellbench.tracking.runs import Runs, begin, children_of, here, log_metrics
from cellbench.tracking.store import HERE, PUBLISHED, TRAINING, store

if TYPE_CHECKING:
    from mlflow import MlflowClient


class Mirror:
    """Brings what trainings tell into MLflow, look by look."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: list[tuple[str, int, bool]] | None = None
        self._runs: dict[str, Runs] = {}

    def look(self) -> None:
        """Log what is new since the last look, and close the runs of trainings that are over.

        Raises:
            TrackingError: the tracking server can not be reached or refuses; the next look makes up for it.
        """
        going = trainings(self._root)
        seen = [(training.key, training.told, training.is_running) for training in going]
        if seen == self._seen:
            return
        running = {key for key, _, is_running in seen if is_running}
        self._runs = {key: runs for key, runs in self._runs.items() if key in running}
        with store(self._root) as (client, experiment):
            for training in going:
                if training.key in running and not _is_published(client, experiment, training):
                    self._show(client, experiment, training)
            close_left_behind(client, experiment, self._root)
        self._seen = seen

    def _show(self, client: "MlflowClient", experiment: str, training: Training) -> None:
        if training.key not in self._runs:
            identity = {"dataset": training.dataset, "cell": training.cell, "experiment": training.experiment}
            runs = begin(client, experiment, self._root, training.key, identity, training.replicates)
            client.set_tag(runs.parent.id, "mlflow.note.content", "This training goes on.")
            self._runs[training.key] = runs
        log_metrics(client, self._runs[training.key], training.losses)


def close_left_behind(client: "MlflowClient", experiment: str, root: Path) -> None:
    """Close each run of ours that is running while its training is not: as killed, or finished and to be published."""
    going = {training.key: training for training in trainings(root)}
    for parent in client.search_runs([experiment], f"attributes.status = 'RUNNING' and tags.`{HERE}` = '{here(root)}'"):
        training = going.get(parent.data.tags[TRAINING])
        if training and training.is_running:
            continue
        for run in (*children_of(client, experiment, parent), parent):
            client.set_terminated(run.info.run_id, "KILLED" if training else "FINISHED")


def _is_published(client: "MlflowClient", experiment: str, training: Training) -> bool:
    published = f"tags.`{TRAINING}` = '{training.key}' and tags.`{PUBLISHED}` != ''"
    return bool(client.search_runs([experiment], published, max_results=1))
