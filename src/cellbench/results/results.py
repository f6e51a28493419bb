"""Everything the pipeline found out, read back from its outputs: each experiment's result, in the group of a dataset.

Shape letters: R replicates, E epochs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cellbench import InputError
from cellbench.config.params import Experiment, Params
from cellbench.config.sections import BASELINES
from cellbench.config.sources import Arma, Noise, Source
from cellbench.files import read_json, read_table
from cellbench.results.estimates import Array
from cellbench.runs.card import load_model_card, run_folder
from cellbench.runs.history import read_history
from cellbench.runs.recipe import SEARCH, recipe_folder

REPORTS = Path("reports")
FIGURES = REPORTS / "figures"
TABLES = {
    "scores": "forecaster",
    "series": "forecaster",
    "forecasts": "forecaster",
    "coverage": "forecaster",
    "predictions": "experiment",
    "weight_changes": "experiment",
}
"""The tables of a dataset, and the column that names whose row it is."""


@dataclass(frozen=True)
class Result:
    """One experiment with all that was measured on it."""

    name: str
    experiment: Experiment
    run: Path
    """The folder of its weights, curves and model card."""
    headline: dict[str, float]
    """The few metrics that `dvc metrics` shows."""
    metrics: dict[str, Any]
    """All of them."""
    search: dict[str, Any] | None
    """The budget of the search for its recipe, and its scores; None where the recipe was given."""
    against: dict[str, Any]
    """How it compares with the best baseline."""
    diverged: dict[int, int]
    """The replicates that diverged, with the epoch: all numbers leave them out."""
    scores: pd.DataFrame
    """Test metrics (columns) of each replicate that did not diverge (index)."""
    curves: Mapping[str, Array]
    """`train_loss` and, where there is a validation part, `val_loss`, `(E, R)` of all replicates; NaN if not finite."""
    predictions: pd.DataFrame
    """What comes next: a row for each (sample, output), a column for each replicate that did not diverge."""


@dataclass(frozen=True)
class Group:
    """The results on one dataset, which are those that can be compared."""

    dataset: str
    source: Source
    results: list[Result]
    baselines: dict[str, dict[str, float]]
    """Metrics of what a cell must beat, by the name of the baseline."""
    optimum: float | None
    """The test MSE of the true forecast, where it is known."""
    compared: dict[str, Any]
    """Every pair that was compared, and the best baseline."""
    scores: pd.DataFrame
    """Test metrics (columns) of each ensemble, average and baseline, and of the true forecast where it is known, by
    (forecaster, period, step); `all` is one of both.
    """
    forecasts: pd.DataFrame
    """Of each forecaster, for the test samples and for the future."""
    coverage: pd.DataFrame
    """The share of test values within the prediction intervals of each forecaster, by step ahead; noise has none."""
    weight_changes: pd.DataFrame
    """The largest `change` in training of each `weight` and `gate` of an `experiment`."""
    series: pd.DataFrame
    """Test metrics (columns) of each ensemble, average and baseline on each series, by (forecaster, series)."""

    @property
    def is_series(self) -> bool:
        return not isinstance(self.source, Noise)

    @property
    def is_many(self) -> bool:
        """Whether there are several series."""
        return bool(self.compared["series"] > 1)

    @property
    def loss(self) -> str:
        """What forecasters are compared by: `mse`, or of several series `msse`, the mean squared RMSSE."""
        return str(self.compared["loss"])

    def score(self, forecaster: str, metric: str, period: str = "all", step: str = "all") -> float:
        """A metric of an ensemble or a baseline."""
        return float(self.scores.at[(forecaster, period, step), metric])

    @property
    def periods(self) -> list[str]:
        """The test periods in the order of time."""
        return [period for period in self.scores.index.unique("period") if period != "all"]

    def forecast_of(self, forecaster: str, future: bool = False) -> pd.DataFrame:
        """What was forecast for the test samples, or for the future."""
        rows = self.forecasts
        return rows[(rows["forecaster"] == forecaster) & ((rows["period"] == "future") == future)]


def load_results(params: Params) -> list[Group]:
    """The results of all experiments in params.yaml, by dataset; datasets and experiments by name.

    Raises:
        InputError: an output of an earlier stage is missing or broken.
    """
    return [_load_group(params, dataset) for dataset in sorted(params.datasets)]


def _load_group(params: Params, dataset: str) -> Group:
    source, metrics = params.datasets[dataset], REPORTS / "metrics" / dataset / "baselines"
    tables = {table: read_table(REPORTS / table / f"{dataset}.csv") for table in TABLES}
    compared = read_json(REPORTS / "comparisons" / f"{dataset}.json")
    experiments = params.experiments_on(dataset)
    baselines = {name: read_json(metrics / f"{name}.json") for name in BASELINES if name in compared["labels"]}
    return Group(
        dataset=dataset,
        source=source,
        results=[_load_result(name, experiment, tables, compared) for name, experiment in experiments.items()],
        baselines=baselines,
        optimum=read_json(metrics / "optimum.json")["test_mse"] if isinstance(source, Noise | Arma) else None,
        compared=compared,
        scores=tables["scores"].set_index(["replicate", "forecaster", "period", "step"]).loc["ensemble"],
        forecasts=tables["forecasts"],
        coverage=tables["coverage"],
        weight_changes=tables["weight_changes"],
        series=tables["series"].set_index(["replicate", "forecaster", "series"]).loc["ensemble"],
    )


def _load_result(
    name: str, experiment: Experiment, tables: dict[str, pd.DataFrame], compared: dict[str, Any]
) -> Result:
    dataset = experiment.dataset
    run = run_folder(dataset, name)
    predictions = tables["predictions"].query("experiment == @name")
    against = [pair for pair in compared["against_baseline"] if pair["first"] == name]
    if predictions.empty or not against:
        raise InputError(f"reports/: {name} has not been evaluated yet; run `dvc repro`")
    card = load_model_card(run)
    own = "forecaster == @name and period == 'all' and step == 'all' and replicate != 'ensemble'"
    scores = tables["scores"].query(own).astype({"replicate": int}).set_index("replicate")
    return Result(
        name=name,
        experiment=card.experiment,
        run=run,
        headline=read_json(REPORTS / "headlines" / dataset / f"{name}.json"),
        metrics=read_json(REPORTS / "metrics" / dataset / f"{name}.json"),
        search=read_json(recipe_folder(dataset, name) / SEARCH) if experiment.recipe else None,
        against=against[0],
        diverged=card.diverged,
        scores=scores.filter(like="test_"),
        curves=read_history(run, experiment.replicates),
        predictions=predictions.pivot(index=["sample", "output"], columns="replicate", values="prediction"),
    )
