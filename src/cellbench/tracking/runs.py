"""The runs of one training: a parent, and a child for each of its replicates; found again, or begun.

They are unfinished until the parent has the tag PUBLISHED: while the training goes on, or after a publish that was
killed. So long the tag HERE says whose they are: nobody takes those of another machine for left behind.

Shape letters: R replicates, E epochs.
"""

import math
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellbench.tracking.store import HERE, TRAINING

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

METRICS_A_BATCH = 1000  # MLflow's limit
PARENT = "mlflow.parentRunId"
Final = Mapping[str, float | None]
"""What is known after the last epoch, by name; None where it is not defined."""


class Logged(NamedTuple):
    """A run, and what it has."""

    id: str
    points: set[tuple[str, int]]
    """Metrics and steps. Logged again at another time they would be there twice."""


class Runs(NamedTuple):
    """The runs of a training."""

    parent: Logged
    children: list[Logged]
    """By replicate."""


def begin(
    client: "MlflowClient", experiment: str, root: Path, training: str, identity: Mapping[str, str], replicates: int
) -> Runs:
    """The unfinished runs of a training, running again; new ones if there are none.

    Args:
        training: its key.
        identity: the tags `dataset`, `cell` and `experiment`.
    """
    name, marks = identity["experiment"], {TRAINING: training, HERE: here(root)}
    found: dict[int | None, Run] = {}
    for parent in _unfinished(client, experiment, root, training):
        found = {None: parent}
        found |= {int(child.data.tags["replicate"]): child for child in children_of(client, experiment, parent)}

    def run(replicate: int | None, name: str, tags: Mapping[str, str]) -> Logged:
        if replicate in found:
            client.update_run(found[replicate].info.run_id, "RUNNING")
            return _logged(client, found[replicate])
        return Logged(client.create_run(experiment, run_name=name, tags={**identity, **tags}).info.run_id, set())

    parent_run = run(None, name, marks)
    return Runs(
        parent_run,
        [run(r, f"{name} {r}", {"replicate": str(r), PARENT: parent_run.id}) for r in range(replicates)],
    )


def discard(client: "MlflowClient", experiment: str, root: Path, training: str) -> None:
    """Delete the unfinished runs of a training."""
    for parent in _unfinished(client, experiment, root, training):
        for run in (*children_of(client, experiment, parent), parent):
            client.delete_run(run.info.run_id)


def children_of(client: "MlflowClient", experiment: str, parent: "Run") -> "list[Run]":
    """The runs of the replicates under a parent."""
    of_parent = f"tags.`{PARENT}` = '{parent.info.run_id}'"
    return list(client.search_runs([experiment], of_parent, max_results=50_000))


def log_metrics(
    client: "MlflowClient",
    runs: Runs,
    losses: Mapping[str, NDArray[np.float64]],
    final: Final | None = None,
    scores: Mapping[int, Final] | None = None,
) -> None:
    """Log what the runs lack of curves and of what is known after the last epoch.

    Args:
        losses: curves `(E, R)`: each replicate's own goes to its run, the mean of those that did not diverge (so far,
            or to the end) to the parent.
        final: of the parent.
        scores: by replicate, of those that did not.
    """
    means = {}
    for name, curves in losses.items():
        going = np.isfinite(curves).all(axis=0)
        if scores is not None:
            going &= np.isin(np.arange(curves.shape[1]), list(scores))
        if going.any():
            means[name] = curves[:, going].mean(axis=1)
    _log(client, runs.parent, means, final or {})
    for replicate, child in enumerate(runs.children):
        own = {name: curves[:, replicate] for name, curves in losses.items()}
        _log(client, child, own, (scores or {}).get(replicate, {}))


def _log(client: "MlflowClient", run: Logged, curves: Mapping[str, NDArray[np.float64]], final: Final) -> None:
    """Log curves `(E,)` and final values, as far as the run lacks them, in few large batches."""
    from mlflow.entities import Metric

    now, epochs = int(time.time() * 1000), max(map(len, curves.values()), default=0)
    points = [(name, epoch, value) for name, values in curves.items() for epoch, value in enumerate(values, start=1)]
    points += [(name, epochs, value) for name, value in final.items() if value is not None]
    missing = [
        (name, epoch, float(value))
        for name, epoch, value in points
        if (name, epoch) not in run.points and math.isfinite(value)
    ]
    metrics = [Metric(name, value, now, epoch) for name, epoch, value in missing]
    for start in range(0, len(metrics), METRICS_A_BATCH):
        client.log_batch(run.id, metrics=metrics[start : start + METRICS_A_BATCH])
    run.points.update((name, epoch) for name, epoch, _ in missing)


def _unfinished(client: "MlflowClient", experiment: str, root: Path, training: str) -> "list[Run]":
    marks = {TRAINING: training, HERE: here(root)}
    unfinished = " and ".join(f"tags.`{tag}` = '{value}'" for tag, value in marks.items())
    return list(client.search_runs([experiment], unfinished, max_results=1))


def here(root: Path) -> str:
    """This copy of the repository, on this machine."""
    return f"{platform.node()}:{root}"


def _logged(client: "MlflowClient", run: "Run") -> Logged:
    histories = (client.get_metric_history(run.info.run_id, name) for name in run.data.metrics)
    return Logged(run.info.run_id, {(point.key, point.step) for history in histories for point in history})
