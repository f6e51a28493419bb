"""The test samples of a dataset, the same for every forecaster, and how wrong forecasts of them are.

Shape letters: R replicates, N samples, O outputs, Y targets. One output may be compared with several targets: each of O
outputs meets the Y / O targets that are its own.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.data.dataset import Dataset
from cellbench.data.scaling import Array, Positions, Scaling, means_by

ECHO = 0.5


@dataclass(frozen=True)
class Holdout:
    """What is forecast of a dataset: its test samples, one period after the other, whatever a forecaster sees."""

    data: Dataset
    variance: float | None = None
    """What the average relative variance is relative to, where the literature has one."""

    @cached_property
    def origins(self) -> Positions:
        """Of the test samples, `(N,)`."""
        return np.concatenate([self.data.origins(period) for period in self.data.test_periods])

    @cached_property
    def period(self) -> NDArray[np.str_]:
        """Of each test sample, `(N,)`."""
        return np.repeat(self.data.test_periods, [len(self.data.origins(period)) for period in self.data.test_periods])

    @cached_property
    def later(self) -> Positions:
        """The test samples, and after them those of the future."""
        return np.concatenate([self.origins, self.data.origins("future")])

    @cached_property
    def truth(self) -> Array:
        """The targets `(N, Y)`."""
        return self.data.truth(self.origins)

    @cached_property
    def series(self) -> Positions:
        """The series of each test sample `(N,)`; all noise is one."""
        return self.data.series[self.origins] if self.data.card.is_series else np.zeros(len(self.origins), int)

    @property
    def names(self) -> list[str]:
        """Of the series `(S,)`; noise counts as one without a name."""
        return self.data.card.names or [""]

    @property
    def loss(self) -> str:
        """What forecasters are compared by: `mse`, or for several series `msse`, the mean squared RMSSE."""
        return "msse" if self.data.is_many else "mse"

    def scaling(self, origins: Positions) -> Scaling:
        """How errors of samples are made comparable with those of other series."""
        scale = self._scales[self.data.series[origins]] if self.data.is_many else np.ones(len(origins))
        return Scaling("none", np.zeros((len(origins), 1)), scale, self.data.card.minimum)

    @cached_property
    def _scales(self) -> Array:
        return np.sqrt(self.data.naive_errors("train")[1])

    @cached_property
    def _naive(self) -> tuple[Array, Array]:
        return self.data.naive_errors("train", "validation")

    @property
    def beyond(self) -> int:
        """How many values of the test periods lie beyond the range of the period train."""
        if not self.data.card.is_series:
            return 0
        tested = self.data.observed(*self.data.test_periods)
        return int(self.data.card.beyond(self.data.values[tested, 0], self.data.series[tested]).sum())

    def is_echo(self, forecasts: Array) -> bool:
        """Whether forecasts `(N, O)` of a series are little more than its last value: one step ahead they lie less than
        ECHO times as far from it as the truth, in the root mean square, and are no better than it.
        """
        if not self.data.card.is_series or self.data.is_many:
            return False
        last, first, truth = self.data.values[self.origins, 0], forecasts[:, 0], self.truth[:, 0]
        moved, moves = np.square(first - last).mean(), np.square(truth - last).mean()
        return bool(moved < ECHO**2 * moves and np.square(truth - first).mean() > 0.95 * moves)

    @property
    def extents(self) -> dict[str, dict[str, Any]]:
        """The first and last times that samples of each period forecast, of several series how many have any, and how
        many samples there are; none for noise.

        How many learn depends on the window.
        """
        if not self.data.card.is_series:
            return {}
        found: dict[str, dict[str, Any]] = {}
        for period in ("train", "validation", *self.data.test_periods):
            origins = self.data.origins(period)
            found[period] = {} if period == "train" else {"samples": len(origins)}
            if self.data.is_many:
                found[period]["series"] = len(np.unique(self.data.series[origins]))
            else:
                labels = self.data.labels(origins[[0, -1]])
                found[period] |= {"first": str(labels[0, 0]), "last": str(labels[-1, -1])}
        return found

    def scores(self, forecasts: Array, period: str = "all", step: int | str = "all") -> dict[str, Array]:
        """Metrics `(R, S)` of forecasts `(R, N, O)` of each series, of one period and step of the horizon (from 1), or
        of all; NaN of a series without such samples.

        RMSSE and MASE are relative to the naive forecast of the periods train and validation (Hyndman & Koehler 2006),
        and undefined for a series that does not change there; sMAPE is in percent (Makridakis & Hibon 2000).
        """
        chosen = np.ones(len(self.origins), bool) if period == "all" else self.period == period
        steps = [step - 1] if isinstance(step, int) else slice(None)
        error = errors(forecasts[:, chosen], self.truth[chosen])[:, :, steps]

        def by_series(values: Array) -> Array:
            return means_by(self.series[chosen], values.mean(axis=(2, 3)), len(self.names))

        mse, mae = by_series(np.square(error)), by_series(np.abs(error))
        found: dict[str, Array] = {"test_mse": mse, "test_rmse": np.sqrt(mse), "test_mae": mae}
        if not self.data.card.is_series:
            return found
        size = np.abs(forecasts[:, chosen]) + np.abs(self.data.by_output(self.origins[chosen]))
        relative = 200 * np.abs(error) / np.where(size > 0, size, 1)[:, :, steps, None]
        found["test_smape"] = by_series(relative)
        absolute, squared = self._naive
        if np.isfinite(squared).any():
            found |= {"test_mase": mae / absolute, "test_rmsse": np.sqrt(mse / squared)}
        if self.variance:
            found["test_arv"] = mse / self.variance
        return found

    def training_mean(self, learned: Positions, asked: Positions) -> Array:
        """The mean of the targets of samples that were learned from, for each sample asked for `(N, O)`; of several
        series that of the known rows of its series.
        """
        data = self.data
        if not data.is_many:
            return np.tile(data.by_output(learned).mean(axis=0), (len(asked), 1))
        known = data.until("train", "validation")
        means = means_by(data.series[known], data.values[None, known, 0], len(self.names))[0]
        return np.repeat(means[data.series[asked], None], data.card.outputs, axis=1)

    def losses(self, forecasts: Array) -> Array:
        """What forecasters are compared by, of forecasts `(R, N, O)`: the squared errors `(R, N)` of the samples of one
        series in the order of time, or the squared RMSSE `(R, S)` of each of several that has one.
        """
        if not self.data.is_many:
            return squared_errors(forecasts, self.truth)
        found = np.square(self.scores(forecasts)["test_rmsse"])
        return found[:, ~np.isnan(self._naive[1]) & np.isin(np.arange(len(self.names)), self.series)]


def errors(forecasts: Array, truth: Array) -> Array:
    """Forecasts `(R, N, O)` minus targets `(N, Y)`, each output minus its own: `(R, N, O, Y / O)`."""
    return forecasts[..., None] - truth.reshape(*forecasts.shape[1:], -1)


def squared_errors(forecasts: Array, truth: Array) -> Array:
    """Those of each replicate and sample `(R, N)`, averaged over the horizon and the targets."""
    return np.square(errors(forecasts, truth)).mean(axis=(2, 3))
