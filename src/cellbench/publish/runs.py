"""The runs of one training: a parent, and a child for each of its replicates; found again, or begun.

They are unfinished until the parent has the tag PUBLISHED: while the training is running, or after a publish that was
killed. Until then the tag HERE says whose they are, so that no other machine closes them.

Shape letters: R replicates, E epochs.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from mlflow.entities import Metric, Run, RunInfo
from numpy.typing import NDArray

from cellbench.publish.store import HERE, TRAINING, Store

PARENT = "mlflow.parentRunId"
Final = Mapping[str, float | None]
"""What is known after the last epoch, by name; None where it is not defined."""


class Runs(NamedTuple):
    """The runs of a training, by their ids."""

    parent: str
    children: list[str]
    """By replicate."""
    started: int
    """When, in ms. All end then, too: how long their publishing takes says nothing about the training."""


def begin(store: Store, training: str, name: str, identity: Mapping[str, str], replicates: int) -> Runs:
    """The unfinished runs of a training, running again; new ones if there are none.

    Args:
        training: its key.
        name: what the parent is called.
        identity: the tags `dataset`, `cell` and `experiment`.
    """
    marks = {TRAINING: training, HERE: store.here}
    found: dict[int | None, Run] = {}
    for parent in _unfinished(store, training):
        found = {None: parent}
        found |= {int(child.data.tags["replicate"]): child for child in children_of(store, parent)}

    def run(replicate: int | None, name: str, tags: Mapping[str, str], started: int | None = None) -> RunInfo:
        if replicate in found:
            info: RunInfo = found[replicate].info
            store.client.update_run(info.run_id, "RUNNING", name)
            return info
        return store.client.create_run(store.experiment, started, {**identity, **tags}, name).info

    first = run(None, name, marks)
    below, start = {PARENT: first.run_id}, first.start_time
    children = [run(r, f"{name} {r}", {"replicate": str(r)} | below, start).run_id for r in range(replicates)]
    return Runs(first.run_id, children, start)


def discard(store: Store, training: str) -> None:
    """Delete the unfinished runs of a training."""
    for parent in _unfinished(store, training):
        for run in (*children_of(store, parent), parent):
            store.client.delete_run(run.info.run_id)


def children_of(store: Store, parent: Run) -> list[Run]:
    """The runs of the replicates under a parent."""
    return store.search(f"tags.`{PARENT}` = '{parent.info.run_id}'")


def log_metrics(
    store: Store,
    runs: Runs,
    losses: Mapping[str, NDArray[np.float64]],
    final: Final | None = None,
    scores: Mapping[int, Final] | None = None,
) -> None:
    """Log curves, and what is known after the last epoch. What is there already is not logged twice.

    Args:
        losses: curves `(E, R)`: each replicate's own goes to its run, the mean of those that are finite (so far, or to
            the end) to the parent.
        final: of the parent.
        scores: by replicate, of those that did not.
    """
    means = {}
    for name, curves in losses.items():
        finite = np.isfinite(curves).all(axis=0)
        if scores is not None:
            finite &= np.isin(np.arange(curves.shape[1]), list(scores))
        if finite.any():
            means[name] = curves[:, finite].mean(axis=1)
    _log(store, runs.parent, means, final or {})
    for replicate, child in enumerate(runs.children):
        own = {name: curves[:, replicate] for name, curves in losses.items()}
        _log(store, child, own, (scores or {}).get(replicate, {}))


def _log(store: Store, run: str, curves: Mapping[str, NDArray[np.float64]], final: Final) -> None:
    """Log curves `(E,)` and final values in few large batches; MLflow keeps one of equal points, time included.

    Final values are those of step 0: MLflow then draws a bar with its value per run, not a dot.
    """
    points = [(name, epoch, value) for name, values in curves.items() for epoch, value in enumerate(values, start=1)]
    points += [(name, 0, value) for name, value in final.items() if value is not None]
    metrics = [Metric(name, float(value), 0, epoch) for name, epoch, value in points if math.isfinite(value)]
    store.client.log_batch(run, metrics=metrics)


def _unfinished(store: Store, training: str) -> list[Run]:
    return store.search(f"tags.`{TRAINING}` = '{training}' and tags.`{HERE}` = '{store.here}'")[:1]
