"""Everything the pipeline found out, read back from the outputs of its stages.

Shape letters: R replicates, E epochs, N samples to predict, O outputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.errors import InputError
from cellbench.evaluation.statistics import Estimate, mean_over_replicates
from cellbench.files import read_csv, read_json
from cellbench.params.config import BASELINES, Experiment, Params
from cellbench.params.sources import Noise, Source
from cellbench.runs.history import read_history

Array = NDArray[np.float64]
Rows = list[dict[str, str]]
REPORTS = Path("reports")


@dataclass(frozen=True)
class Result:
    """One experiment with all that was measured on it."""

    name: str
    experiment: Experiment
    run: Path
    """The folder of its weights, curves and description."""
    figures: Path
    """The folder of its own pictures."""
    metrics: dict[str, Any]
    """The headline numbers, as `dvc metrics` shows them."""
    baseline: dict[str, Any]
    """Metrics of the training mean as forecast."""
    against: dict[str, Any]
    """How it compares with the best baseline."""
    members: list[int]
    """The replicates that did not diverge: all numbers are theirs."""
    diverged: dict[int, int]
    """The others, and the epoch in which each diverged."""
    scores: list[dict[str, float]]
    """Metrics of each member."""
    curves: Mapping[str, Array]
    """`train_loss` and, where there is a validation part, `val_loss`, `(E, R)` of all replicates; NaN once diverged."""
    predictions: Array
    """`(R, N, O)`."""
    weight_changes: Rows

    @property
    def dataset(self) -> str:
        return self.experiment.dataset

    @property
    def losses(self) -> dict[str, Array]:
        """The curves of the members alone."""
        return {name: curve[:, self.members] for name, curve in self.curves.items()}

    @property
    def estimates(self) -> dict[str, Estimate]:
        """Each metric's mean over the replicates with its interval."""
        return {
            metric: mean_over_replicates(np.array([score[metric] for score in self.scores]))
            for metric in self.scores[0]
        }


@dataclass(frozen=True)
class Group:
    """The results on one dataset, which are those that can be compared."""

    dataset: str
    source: Source
    results: list[Result]
    baselines: dict[str, dict[str, float]]
    """Metrics of what a cell must beat, by the name of the baseline."""
    optimum: float | None
    """The test MSE that no forecast can be expected to beat, where it is known."""
    compared: dict[str, Any]
    """Every pair that was compared, and the model confidence set."""
    scores: Rows
    """Of each forecaster, by period and step of the horizon."""
    forecasts: Rows
    """Of each forecaster, for the test samples and for the future."""

    @property
    def is_series(self) -> bool:
        return not isinstance(self.source, Noise)

    def score(self, forecaster: str, metric: str, period: str = "all", step: str = "all") -> float:
        """A metric of an ensemble or a baseline."""
        (found,) = [
            row
            for row in self.scores
            if (row["forecaster"], row["period"], row["step"], row["replicate"])
            == (forecaster, period, step, "ensemble")
        ]
        return float(found[metric])

    @property
    def published(self) -> dict[str, dict[str, float]]:
        """Average relative variances of others, by name and test period."""
        return {} if isinstance(self.source, Noise) else self.source.published

    @property
    def periods(self) -> list[str]:
        """The test periods in the order of time."""
        return [period for period in dict.fromkeys(row["period"] for row in self.scores) if period != "all"]

    @property
    def steps(self) -> list[str]:
        """The steps of the horizon, if there are several."""
        return [step for step in dict.fromkeys(row["step"] for row in self.scores) if step != "all"]

    def forecast_of(self, forecaster: str, future: bool = False) -> Rows:
        """What was forecast for the test samples, or for the future."""
        return [
            row for row in self.forecasts if row["forecaster"] == forecaster and (row["period"] == "future") == future
        ]


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
