"""The test samples of a dataset, the same for every forecaster, and how wrong forecasts of them are.

Shape letters: R replicates, N samples, O outputs, Y targets. One output may be compared with several targets: each of O
outputs meets the Y / O targets that are its own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench.config.sources import Noise, Source
from cellbench.data.dataset import DatasetCard, Split, joined, load_card, load_split, load_tests
from cellbench.files import read_table

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Holdout:
    """What is forecast of a dataset: its test samples, one period after the other, and the samples of the future."""

    card: DatasetCard
    samples: Split
    period: NDArray[np.str_]
    """Of each test sample, `(N,)`."""
    future: Split
    series: Array | None = None
    """The whole series, where the samples were cut from one."""
    labels: list[str] | None = None
    """Of all its rows, and of those of the future."""
    season: int | None = None
    naive: float | None = None
    """The training part's mean absolute change over a season, or a row: MASE divides by it (Hyndman & Koehler 2006)."""
    variance: float | None = None
    """What the average relative variance is relative to, where the literature has one."""

    @classmethod
    def load(cls, folder: Path, source: Source) -> "Holdout":
        """
        Raises:
            InputError: a file of the dataset is missing or broken.
        """
        tests, card = load_tests(folder), load_card(folder)
        samples, future = joined(list(tests.values())), load_split(folder, "predict")
        period = np.repeat(list(tests), [len(split.x) for split in tests.values()])
        if isinstance(source, Noise):
            return cls(card, samples, period, future)
        rows = read_table(folder / "series.csv")
        series = rows["target"].dropna().to_numpy()
        training, season = series[: card.training_rows], source.season or 1
        naive = float(np.abs(training[season:] - training[:-season]).mean())
        labels = rows["time"].tolist()
        return cls(card, samples, period, future, series, labels, source.season, naive, source.variance)

    @property
    def beyond(self) -> int:
        """How many rows after the training part lie beyond the range of the period train."""
        return 0 if self.series is None else int(self.card.beyond(self.series[self.card.training_rows :]).sum())

    def extents(self, train: Split) -> dict[str, dict[str, Any]]:
        """How many samples each period has, and the labels of the first and last of their targets; none for noise."""
        if self.labels is None:
            return {}
        parts = {"train": train[: self.card.train_samples], "validation": self.card.validation(train)}
        parts |= {period: self.samples[self.period == period] for period in pd.unique(self.period)}
        return {
            period: {
                "samples": len(part.origin),
                "first": self.labels[part.origin[0] + 1],
                "last": self.labels[part.origin[-1] + self.card.outputs],
            }
            for period, part in parts.items()
        }

    def score(self, forecasts: Array, period: str = "all", step: int | str = "all") -> dict[str, Array]:
        """Metrics `(R,)` of forecasts `(R, N, O)`, of one period and step of the horizon (from 1), or of all."""
        error = errors(forecasts, self.samples.truth)
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
