"""The results of all experiments, read back from the outputs of the stages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cellbench import InputError
from cellbench.base.files import read_csv, read_json
from cellbench.base.params.config import BASELINES, Experiment, Params
from cellbench.reporting.results import Group, Result, Rows
from cellbench.runs.history import read_history

REPORTS = Path("reports")


def load_results(params: Params) -> list[Group]:
    """The results of all experiments in params.yaml, by dataset; datasets and experiments by name.

    Raises:
        InputError: an output of an earlier stage is missing or broken.
    """
    return [_load_group(params, dataset) for dataset in sorted(params.datasets)]


def leftovers(params: Params) -> list[Path]:
    """Folders of experiments that were removed from params.yaml, which DVC leaves where they are."""
    folders = [path for dataset in params.datasets for path in sorted((Path("runs") / dataset).iterdir())]
    return [path for path in folders if path.name not in params.experiments_on(path.parent.name)]


def _load_group(params: Params, dataset: str) -> Group:
    metrics = REPORTS / "metrics" / dataset
    tables = {
        table: read_csv(REPORTS / table / f"{dataset}.csv")
        for table in ("scores", "forecasts", "predictions", "weight_changes")
    }
    compared = read_json(REPORTS / "comparisons" / f"{dataset}.json")
    files = {name: metrics / "baselines" / f"{name}.json" for name in BASELINES}
    baselines = {name: read_json(path) for name, path in files.items() if path.exists()}
    optimum = baselines.pop("optimum", None)
    return Group(
        dataset=dataset,
        source=params.datasets[dataset],
        results=[
            _load_result(name, experiment, tables, compared, baselines["mean"])
            for name, experiment in params.experiments_on(dataset).items()
        ],
        baselines=baselines,
        optimum=None if optimum is None else optimum["test_mse"],
        compared=compared,
        scores=[row for row in tables["scores"] if row["replicate"] == "ensemble"],
        forecasts=tables["forecasts"],
    )


def _load_result(
    name: str,
    experiment: Experiment,
    tables: Mapping[str, Rows],
    compared: Mapping[str, Any],
    baseline: dict[str, Any],
) -> Result:
    dataset = experiment.dataset
    run = Path("runs") / dataset / name
    predictions, changes = (
        [row for row in tables[table] if row["experiment"] == name] for table in ("predictions", "weight_changes")
    )
    against = [pair for pair in compared["against_baseline"] if pair["first"] == name]
    if not predictions or not against:
        raise InputError(f"reports/: {name} has not been evaluated yet; run `dvc repro`")
    scores, model = _replicate_scores(tables["scores"], name), read_json(run / "model.json")
    outputs = int(predictions[-1]["output"]) + 1
    return Result(
        name=name,
        experiment=experiment,
        run=run,
        figures=REPORTS / "figures" / dataset / name,
        metrics=read_json(REPORTS / "metrics" / dataset / f"{name}.json"),
        baseline=baseline,
        against=against[0],
        scores=scores,
        members=model["members"],
        diverged={int(replicate): epoch for replicate, epoch in model["diverged"].items()},
        curves=read_history(run, model["replicates"]),
        predictions=np.array([float(row["prediction"]) for row in predictions]).reshape(len(scores), -1, outputs),
        weight_changes=changes,
    )


def _replicate_scores(rows: Sequence[Mapping[str, str]], name: str) -> list[dict[str, float]]:
    overall = [row for row in rows if row["forecaster"] == name and row["period"] == row["step"] == "all"]
    return [
        {metric: float(value) for metric, value in row.items() if metric.startswith("test_")}
        for row in overall
        if row["replicate"] != "ensemble"
    ]
