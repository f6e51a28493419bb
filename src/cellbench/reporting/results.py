"""Everything the pipeline found out: each experiment's result, and those on one dataset, which can be compared.

Shape letters: R replicates, E epochs, N samples to predict, O outputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.base.params.config import Experiment
from cellbench.base.params.sources import Noise, Source
from cellbench.evaluation.statistics import Estimate, mean_over_replicates

Array = NDArray[np.float64]
Rows = list[dict[str, str]]


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
