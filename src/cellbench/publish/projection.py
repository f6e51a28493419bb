"""One result as runs in MLflow, from the DVC outputs alone: a parent, and a child for each of its replicates."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Param, RunTag

from cellbench.publish.model import write_model
from cellbench.publish.provenance import RUN_FILES, Provenance
from cellbench.publish.registry import register
from cellbench.publish.runs import Runs, begin, discard, log_metrics
from cellbench.publish.store import HERE, PUBLISHED, Store
from cellbench.results.estimates import half_interval
from cellbench.results.results import FIGURES, Group, Result
from cellbench.results.wording import divergence_sentence, score_sentence, verdict_sentence
from cellbench.runs.live import training_key
from cellbench.runs.recipe import recipe_folder


def project(store: Store, result: Result, group: Group, source: Provenance, changes: str) -> str:
    """Complete the runs of a result, and return its name; the tag PUBLISHED comes last."""
    client, training = store.client, training_key(result.name, result.experiment)
    identity = {"dataset": group.dataset, "cell": result.experiment.cell, "experiment": result.name}
    if result.diverged:  # the means logged while it trained contain them
        discard(store, training)
    of = f" ({source.tags['dvc.exp.name']})" if "dvc.exp.name" in source.tags else ""
    runs = begin(store, training, result.name + of, identity, result.experiment.replicates)
    parent = runs.parent
    _log_source(client, parent, result, group, source)
    _log_scores(store, runs, result, group)
    _log_artifacts(client, parent, result, group)
    if changes:
        client.log_text(parent, changes, "changes.diff")
    if group.is_series:
        with TemporaryDirectory() as folder:
            write_model(result, Path(folder))
            client.log_artifacts(parent, f"{folder}/model", "model")
        register(store, parent, result, group, source.key)
    for replicate, run in enumerate(runs.children):
        client.set_terminated(run, "FAILED" if replicate in result.diverged else "FINISHED", runs.started)
    client.set_terminated(parent, "FINISHED", runs.started)
    client.delete_tag(parent, HERE)
    client.set_tag(parent, PUBLISHED, source.key)
    return result.name


def _log_scores(store: Store, runs: Runs, result: Result, group: Group) -> None:
    """The curves and all metrics; MLflow shows those with a section in their name first."""
    error = f"test_{group.loss}"
    final = {f"answer/{name}": value for name, value in result.headline.items()}
    final |= {f"baselines/{name}": metrics[error] for name, metrics in group.baselines.items()}
    if len(group.periods) > 1:
        final |= {f"ensemble_{group.loss}/{p}": group.score(result.name, error, p) for p in group.periods}
    halves = {f"{metric}_ci95": half_interval(values.to_numpy()) for metric, values in result.scores.items()}
    final |= halves | result.metrics
    log_metrics(store, runs, result.curves, final, result.scores.to_dict(orient="index"))


def _log_source(client: MlflowClient, run: str, result: Result, group: Group, source: Provenance) -> None:
    """The parameters, the verdict, where the result comes from, and its data as an input."""
    again = f"To run it again: `dvc repro --force --single-item {source.tags['dvc.stage']}`"
    verdict = verdict_sentence(result.against, group.compared["labels"][result.against["second"]])
    note = (f"{score_sentence(result, group.loss)}; {verdict}.", divergence_sentence(result, group.loss), again)
    tags = {"verdict": verdict} | source.tags | {"mlflow.note.content": "\n\n".join(filter(None, note))}
    client.log_batch(
        run,
        params=[Param(name, value) for name, value in source.parameters.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    origin = json.dumps({"uri": f"data/{group.dataset}"})
    entity = Dataset(name=group.dataset, digest=source.tags["digest.data"], source_type="local", source=origin)
    client.log_inputs(run, [DatasetInput(entity, [InputTag("mlflow.data.context", "training")])])


def _log_artifacts(client: MlflowClient, run: str, result: Result, group: Group) -> None:
    for file in RUN_FILES:
        client.log_artifact(run, str(result.run / file))
    client.log_artifacts(run, str(FIGURES / group.dataset / result.name), "figures")
    if result.search:
        client.log_artifacts(run, str(recipe_folder(group.dataset, result.name)), "search")
    table = result.predictions.add_prefix("replicate_")
    names = group.forecast_of(result.name, future=True)["series"].unique() if group.is_many else None
    places = [(n + 1 if names is None else names[n], h + 1) for n, h in table.index]
    table.index = pd.MultiIndex.from_tuples(places, names=["sample" if names is None else "series", "step"])
    client.log_text(run, table.to_csv(float_format="%.9g", lineterminator="\n"), "predictions.csv")
    if group.is_many:
        scores = group.series.xs(result.name)
        client.log_text(run, scores.to_csv(float_format="%.9g", lineterminator="\n"), "series.csv")
