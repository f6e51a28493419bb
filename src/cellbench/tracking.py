"""MLflow as a projection of the DVC outputs: one run a result, one child run a replicate, rebuilt whenever missing.

The only module that imports mlflow, and only once something has to be written.
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from cellbench.errors import InputError
from cellbench.provenance import Provenance
from cellbench.results import Group, Result
from cellbench.verdicts import score_sentence

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "cellbench"
KEY = "cellbench.key"  # given to a run when it is begun
PUBLISHED = "cellbench.published"  # given to it when all of it is there
METRICS_A_BATCH = 1000  # MLflow's limit


def database(root: Path) -> Path:
    """The project's own database, used where MLFLOW_TRACKING_URI names no other."""
    return root / "mlflow.db"


def repository_root() -> Path:
    """The user's repository, also for a stage that DVC runs in a temporary copy of it."""
    return Path(os.environ.get("DVC_ROOT", ".")).resolve()


def unpublished(provenance: Mapping[str, Provenance]) -> list[str]:
    """The experiments whose results the project's database lacks, found without importing mlflow.

    For another tracking server all of them: `publish` asks the server itself.
    """
    if os.environ.get("MLFLOW_TRACKING_URI"):
        return list(provenance)
    root = repository_root()
    if not _is_usable(root):
        return list(provenance)
    query = """select value from tags join runs using (run_uuid) join experiments using (experiment_id)
        where key = ? and runs.lifecycle_stage = 'active' and experiments.lifecycle_stage = 'active'"""
    published = {key for (key,) in _select(root, query, PUBLISHED)}
    return [name for name, source in provenance.items() if source.key not in published]


def publish(groups: Sequence[Group], provenance: Mapping[str, Provenance]) -> list[str]:
    """Write each result that is not there yet, and return the names of those.

    Raises:
        InputError: the tracking server can not be reached or refuses.
    """
    with _store() as (client, experiment):
        return [
            result.name
            for group in groups
            for result in group.results
            if result.name in provenance and _publish_result(client, experiment, result, group, provenance[result.name])
        ]


@contextmanager
def _store() -> Iterator[tuple["MlflowClient", str]]:
    """MLflow's client and the id of our MLflow experiment, made by one process at a time."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    import logging

    from mlflow.exceptions import MlflowException

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    root = repository_root()
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{database(root)}"
    try:
        # Two processes that make the same database at once break it for good.
        with FileLock(f"{database(root)}.lock"):
            if not os.environ.get("MLFLOW_TRACKING_URI") and not _is_usable(root):
                _make_database(root)
            yield _open(uri, root)
    except MlflowException as error:
        raise InputError(_unavailable(uri, error)) from None


def _make_database(root: Path) -> None:
    """Make a new database aside, so that one is there whole or not at all; what was there is kept as mlflow.db.old."""
    part = database(root).with_suffix(".db.part")
    for left in root.glob(f"{part.name}*"):  # by one that was killed, with its journal
        left.unlink()
    _open(f"sqlite:///{part}", root)
    if database(root).exists():
        database(root).replace(database(root).with_suffix(".db.old"))
        print(f"{database(root)} is broken or came from another folder: kept as mlflow.db.old, a new one is made")
    part.replace(database(root))


def _open(uri: str, root: Path) -> tuple["MlflowClient", str]:
    """A client of a tracking server, and the id of our MLflow experiment: made, or taken out of the bin, if need be."""
    from mlflow import MlflowClient

    try:
        client = MlflowClient(uri)
        known = client.get_experiment_by_name(EXPERIMENT)
        if known is None:
            artifacts = None if uri.startswith("http") else _artifacts(root)
            tags = {"mlflow.experimentKind": "custom_model_development"}  # how the UI is to show it
            return client, client.create_experiment(EXPERIMENT, artifacts, tags)
        if known.lifecycle_stage == "deleted":
            client.restore_experiment(known.experiment_id)
        return client, known.experiment_id
    except Exception as error:  # a store fails in many ways: its own, its driver's, a driver that is not installed
        raise InputError(_unavailable(uri, error)) from None


def _unavailable(uri: str, error: Exception) -> str:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return (
        f"MLflow at {uri}: {reason}\n"
        "The results themselves are safe in runs/ and reports/; once MLflow answers, run `dvc repro publish`."
    )


def _publish_result(client: "MlflowClient", experiment: str, result: Result, group: Group, source: Provenance) -> bool:
    """Make the run of a result and its children, unless it is there; the tag PUBLISHED comes last."""
    there = client.search_runs([experiment], f"tags.`{KEY}` = '{source.key}'")
    for run in there:
        if PUBLISHED not in run.data.tags:  # left behind by a publish that was killed
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


def _is_usable(root: Path) -> bool:
    """Whether there is a database of this folder: MLflow writes the absolute place of its artifacts into it."""
    locations = _select(root, "select artifact_location from experiments where name = ?", EXPERIMENT)
    return bool(locations) and all(location == _artifacts(root) for (location,) in locations)


def _artifacts(root: Path) -> str:
    return (root / "mlartifacts").as_uri()


def _select(root: Path, query: str, value: str) -> list[tuple[str]]:
    """What the project's database answers; nothing where there is none, or none with such tables."""
    if not database(root).exists():
        return []
    try:
        with closing(sqlite3.connect(f"{database(root).as_uri()}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(query, (value,)).fetchall()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN}:
            raise InputError(f"{database(root)}: {error}; once it is free, run `dvc repro publish`") from None
        return []
