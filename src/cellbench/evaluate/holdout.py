"""The test samples of a dataset, the same for every forecaster, and how wrong forecasts of them are.

Shape letters: R replicates, N samples, O outputs, Y targets. One output may be compared with several targets: each of O
outputs meets the Y / O targets that are its own.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.config.sources import Noise, Source
from cellbench.data.dataset import KNOWN, TEST, Dataset, Positions, load_dataset

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Holdout:
    """What is forecast of a dataset: its test samples, one period after the other, whatever a forecaster sees."""

    data: Dataset
    naive: float | None = None
    """The known rows' mean absolute change over a season, or a row: MASE divides by it (Hyndman & Koehler 2006)."""
    variance: float | None = None
    """What the average relative variance is relative to, where the literature has one."""

    @classmethod
    def load(cls, folder: Path, source: Source) -> "Holdout":
        """
        Raises:
            InputError: a file of the dataset is missing or broken.
        """
        data = load_dataset(folder, KNOWN, TEST)
        if isinstance(source, Noise):
            return cls(data)
        known, season = data.values[: data.known, 0], source.season or 1
        return cls(data, float(np.abs(known[season:] - known[:-season]).mean()), source.variance)

    @cached_property
    def origins(self) -> Positions:
        """Of the test samples, `(N,)`."""
        return np.concatenate([self.data.origins(period) for period in self.data.test_periods])

    @cached_property
    def period(self) -> NDArray[np.str_]:
        """Of each test sample, `(N,)`."""
        return np.repeat(self.data.test_periods, [len(self.data.origins(period)) for period in self.data.test_periods])

    @cached_property
    def truth(self) -> Array:
        """The targets `(N, Y)`."""
        return self.data.truth(self.origins)

    @property
    def series(self) -> Array | None:
        """All values of the target, where the samples are cut from one series."""
        return self.data.values[: -self.data.card.outputs, 0] if self.data.card.is_series else None

    @property
    def beyond(self) -> int:
        """How many rows after the known ones lie beyond the range of the period train."""
        return 0 if self.series is None else int(self.data.card.beyond(self.series[self.data.known :]).sum())

    @property
    def extents(self) -> dict[str, dict[str, Any]]:
        """The first and last times that samples of each period forecast, and how many there are; none for noise.

        How many learn depends on the window.
        """
        if not self.data.card.is_series:
            return {}
        found = {}
        for period in ("train", "validation", *self.data.test_periods):
            origins = self.data.origins(period)
            labels = self.data.labels(origins[[0, -1]])
            samples = {} if period == "train" else {"samples": len(origins)}
            found[period] = samples | {"first": str(labels[0, 0]), "last": str(labels[-1, -1])}
        return found

    def score(self, forecasts: Array, period: str = "all", step: int | str = "all") -> dict[str, Array]:
        """Metrics `(R,)` of forecasts `(R, N, O)`, of one period and step of the horizon (from 1), or of all."""
        error = errors(forecasts, self.truth)
        if period != "all":
            error = error.compress(self.period == period, axis=1)
        if isinstance(step, int):
            error = error[:, :, [step - 1]]
        mse, mae = np.square(error).mean(axis=(1, 2, 3)), np.abs(error).mean(axis=(1, 2, 3))
        scores: dict[str, Array] = {"test_mse": mse, "test_rmse": np.sqrt(mse), "test_mae": mae}
        if self.naive:
            scores["test_mase"] = mae / self.naive
        if self.variance:
            scores["test_arv"] = mse / self.variance
        return scores


def errors(forecasts: Array, truth: Array) -> Array:
    """Forecasts `(R, N, O)` minus targets `(N, Y)`, each output minus its own: `(R, N, O, Y / O)`."""
    difference: Array = forecasts[..., None] - truth.reshape(*forecasts.shape[1:], -1)
    return difference


def squared_errors(forecasts: Array, truth: Array) -> Array:
    """Those of each replicate and sample `(R, N)`, averaged over the horizon and the targets."""
    averages: Array = np.square(errors(forecasts, truth)).mean(axis=(2, 3))
    return averages
