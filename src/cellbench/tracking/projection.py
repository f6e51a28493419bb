"""One result as runs in MLflow, from the DVC outputs alone: a parent, and a child for each of its replicates."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from cellbench.reporting.results import Group, Result
from cellbench.reporting.verdicts import divergence_sentence, score_sentence
from cellbench.tracking.model import write_model
from cellbench.tracking.provenance import Provenance
from cellbench.tracking.registry import register
from cellbench.tracking.runs import begin, discard, log_metrics
from cellbench.tracking.store import HERE, KEY, PUBLISHED

if TYPE_CHECKING:
    from mlflow import MlflowClient


def project(
    client: "MlflowClient",
    experiment: str,
    root: Path,
    result: Result,
    group: Group,
    provenance: dict[str, Provenance],
) -> bool:
    """Complete the runs of a result, unless they are complete; the tag PUBLISHED comes last."""
    source = provenance[result.name]
    if client.search_runs([experiment], f"tags.`{PUBLISHED}` = '{source.key}'"):
        return False

    identity = {"dataset": result.dataset, "cell": result.experiment.cell, "experiment": result.name}
    if result.diverged:  # the means told while it trained had them in
        discard(client, experiment, root, source.training)
    runs = begin(client, experiment, root, source.training, identity, result.experiment.replicates)
    parent = runs.parent.id
    _log_source(client, parent, result, source)
    intervals = {f"{metric}_ci95": estimate.ci95 for metric, estimate in result.estimates.items()}
    by_period = {
        f"ensemble_mse/{p}": group.score(result.name, "test_mse", p) for p in group.periods if len(group.periods) > 1
    }
    scores = dict(zip(result.members, result.scores, strict=True))
    log_metrics(client, runs, result.curves, intervals | result.metrics | by_period, scores)
    _log_artifacts(client, parent, result)
    if source.changes:
        client.log_text(parent, source.changes, "changes.diff")
    if group.is_series:
        with TemporaryDirectory() as folder:
            write_model(result, group, source, Path(folder))
            client.log_artifacts(parent, folder, "model")
        register(client, parent, result, group, provenance)
    for replicate, run in enumerate(runs.children):
        client.set_terminated(run.id, "FAILED" if replicate in result.diverged else "FINISHED")
    client.set_terminated(parent)
    client.delete_tag(parent, HERE)
    client.set_tag(parent, PUBLISHED, source.key)
    return True


def _log_source(client: "MlflowClient", run: str, result: Result, source: Provenance) -> None:
    """The parameters, where the result comes from, and its data as an input."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, Param, RunTag

    again = f"To run it again: `dvc repro --force --single-item {source.tags['dvc.stage']}`"
    note = (f"{score_sentence(result)}.", divergence_sentence(result), again)
    tags = source.tags | {KEY: source.key, "mlflow.note.content": "\n\n".join(filter(None, note))}
    client.log_batch(
        run,
        params=[Param(name, value) for name, value in source.parameters.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    origin = json.dumps({"uri": f"data/{result.dataset}"})
    entity = Dataset(name=result.dataset, digest=source.dataset_digest, source_type="local", source=origin)
    client.log_inputs(run, [DatasetInput(entity, [InputTag("mlflow.data.context", "training")])])


def _log_artifacts(client: "MlflowClient", run: str, result: Result) -> None:
    client.log_artifacts(run, str(result.run))
    client.log_artifacts(run, str(result.figures), "figures")
    header = ",".join(["sample", "step", *(f"replicate_{r}" for r in result.members)])
    rows = [
        ",".join([f"{n + 1},{h + 1}", *(f"{value:.9g}" for value in result.predictions[:, n, h])])
        for n, h in np.ndindex(result.predictions.shape[1:])
    ]
    client.log_text(run, "\n".join([header, *rows]) + "\n", "predictions.csv")
