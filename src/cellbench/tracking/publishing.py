"""Runs in MLflow made from the DVC outputs alone: a parent for each result, a child for each of its replicates."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cellbench.config import Params
from cellbench.results import Group, Result, load_results
from cellbench.tracking.model import write_model
from cellbench.tracking.provenance import Origin, Provenance, trace
from cellbench.tracking.registry import register, unregister
from cellbench.tracking.store import KEY, PUBLISHED, published_keys, store
from cellbench.verdicts import score_sentence

if TYPE_CHECKING:
    from mlflow import MlflowClient

METRICS_A_BATCH = 1000  # MLflow's limit


def publish(params: Params, origin: Origin, root: Path) -> list[str]:
    """Make the runs that MLflow lacks of the results in the current folder; the names of their experiments.

    Args:
        root: the user's repository, where its database lies.

    Raises:
        InputError: a result is not there, or is not what its stage left behind.
        TrackingError: the tracking server can not be reached or refuses.
    """
    known = published_keys(root)
    provenance = trace(params, origin)
    if all(source.key in known for source in provenance.values()):
        return []
    groups = load_results(params)
    with store(root) as (client, experiment):
        return [
            result.name
            for group in groups
            for result in sorted(group.results, key=lambda result: float(result.metrics["ensemble_mse"]))
            if _publish_result(client, experiment, result, group, provenance)
        ]


def _publish_result(
    client: "MlflowClient", experiment: str, result: Result, group: Group, provenance: dict[str, Provenance]
) -> bool:
    """Make the run of a result and its children, unless it is there; the tag PUBLISHED comes last."""
    source = provenance[result.name]
    there = client.search_runs([experiment], f"tags.`{KEY}` = '{source.key}'")
    for run in there:
        if PUBLISHED not in run.data.tags:  # left behind by a publish that was killed
            unregister(client, run.info.run_id)
            _delete(client, experiment, run.info.run_id)
    if any(PUBLISHED in run.data.tags for run in there):
        return False

    identity = {"dataset": result.dataset, "cell": result.experiment.cell, "experiment": result.name}
    again = f"To run it again: `dvc repro --force --single-item {source.tags['dvc.stage']}`"
    note = f"{score_sentence(result)}.\n\n{again}"
    tags = identity | source.tags | {KEY: source.key, "mlflow.note.content": note}
    parent = client.create_run(experiment, run_name=result.name, tags=tags).info.run_id
    _log_dataset(client, parent, result.dataset, source)
    _log_params(client, parent, source.parameters)
    intervals = {f"{metric}_ci95": estimate.ci95 for metric, estimate in result.estimates.items()}
    by_period = {
        f"ensemble_mse/{p}": group.score(result.name, "test_mse", p) for p in group.periods if len(group.periods) > 1
    }
    curves = {name: losses.mean(axis=1) for name, losses in result.losses.items()}
    _log_metrics(client, parent, intervals | result.metrics | by_period, curves)
    _log_artifacts(client, parent, result)
    if source.changes:
        client.log_text(parent, source.changes, "changes.diff")
    if group.is_series:
        with TemporaryDirectory() as folder:
            write_model(result, group, source, Path(folder))
            client.log_artifacts(parent, folder, "model")
        register(client, parent, result, group, provenance)
    for replicate, scores in enumerate(result.scores):
        tags = identity | {"replicate": str(replicate), "mlflow.parentRunId": parent}
        child = client.create_run(experiment, run_name=f"{result.name} {replicate}", tags=tags).info.run_id
        _log_metrics(client, child, scores, {name: losses[:, replicate] for name, losses in result.losses.items()})
        client.set_terminated(child)
    client.set_terminated(parent)
    client.set_tag(parent, PUBLISHED, source.key)
    return True


def _delete(client: "MlflowClient", experiment: str, parent: str) -> None:
    for child in client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent}'"):
        client.delete_run(child.info.run_id)
    client.delete_run(parent)


def _log_dataset(client: "MlflowClient", run: str, dataset: str, source: Provenance) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    origin = json.dumps({"uri": f"data/{dataset}"})
    entity = Dataset(name=dataset, digest=source.dataset_digest, source_type="local", source=origin)
    client.log_inputs(run, [DatasetInput(entity, [InputTag("mlflow.data.context", "training")])])


def _log_params(client: "MlflowClient", run: str, parameters: Mapping[str, str]) -> None:
    from mlflow.entities import Param

    client.log_batch(run, params=[Param(name, value) for name, value in parameters.items()])


def _log_metrics(
    client: "MlflowClient",
    run: str,
    final: Mapping[str, float | None],
    curves: Mapping[str, NDArray[np.float64]],
) -> None:
    """What is known after the last epoch, and the losses of every epoch, in few large batches."""
    from mlflow.entities import Metric

    now, epochs = int(time.time() * 1000), len(curves["train_loss"])
    metrics = [
        Metric(name, float(loss), now, epoch)
        for name, losses in curves.items()
        for epoch, loss in enumerate(losses, start=1)
    ]
    metrics += [Metric(name, float(value), now, epochs) for name, value in final.items() if value is not None]
    for start in range(0, len(metrics), METRICS_A_BATCH):
        client.log_batch(run, metrics=metrics[start : start + METRICS_A_BATCH])


def _log_artifacts(client: "MlflowClient", run: str, result: Result) -> None:
    client.log_artifacts(run, str(result.run))
    client.log_artifacts(run, str(result.figures), "figures")
    header = ",".join(["sample", "step", *(f"replicate_{r}" for r in range(len(result.scores)))])
    rows = [
        ",".join([f"{n + 1},{h + 1}", *(f"{value:.9g}" for value in result.predictions[:, n, h])])
        for n, h in np.ndindex(result.predictions.shape[1:])
    ]
    client.log_text(run, "\n".join([header, *rows]) + "\n", "predictions.csv")
