"""Score every forecaster on the same test samples of a dataset: replicate by replicate, and as an ensemble.

Shape letters: R replicates, N samples, O outputs, Y targets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.base.datasets.splits import Split, joined, load_tests
from cellbench.base.files import Row, read_csv
from cellbench.base.params.sources import Noise, Source
from cellbench.evaluation.conformal import percent
from cellbench.evaluation.forecasts import Ends
from cellbench.evaluation.scoring import naive_error, score, squared_errors

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TestPart:
    """The test samples of a dataset, all periods one after the other."""

    samples: Split
    truth: Array
    """`(N, Y)`, in the units of the series."""
    periods: dict[str, slice]
    outputs: int
    series: Array | None
    """The whole series, where the samples were cut from one."""
    labels: list[str] | None
    """Of all its rows, and of those of the future."""
    season: int | None
    naive: float | None
    """The error that MASE is relative to."""
    variance: float | None
    """What the average relative variance is relative to, where the literature has one."""

    @classmethod
    def load(cls, folder: Path, source: Source, description: Mapping[str, Any]) -> "TestPart":
        """The test part of a dataset.

        Raises:
            InputError: a file of it is missing or broken.
        """
        tests = load_tests(folder)
        ends = np.cumsum([len(split.x) for split in tests.values()]).tolist()
        periods = {period: slice(start, end) for period, start, end in zip(tests, [0, *ends], ends, strict=False)}
        samples = joined(list(tests.values()))
        truth, outputs = samples.truth(description["transform"]), description["outputs"]
        if isinstance(source, Noise):
            return cls(samples, truth, periods, outputs, None, None, None, None, None)
        rows = read_csv(folder / "series.csv")
        series = np.array([float(row["target"]) for row in rows if row["target"]])
        naive = naive_error(series[: description["training_rows"]], source.season or 1)
        labels = [row["time"] for row in rows]
        return cls(samples, truth, periods, outputs, series, labels, source.season, naive, source.variance)

    def extents(self, train: Split, description: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The samples of each period, and the time labels of the first and last of their targets; none of noise."""
        if self.labels is None:
            return {}
        learned, held_out = description["train_samples"], description["validation_samples"]
        parts = {"train": train[:learned], "validation": train[-held_out:]}
        parts |= {period: self.samples[part] for period, part in self.periods.items()}
        return {
            period: {
                "samples": len(part.origin),
                "first": self.labels[part.origin[0] + 1],
                "last": self.labels[part.origin[-1] + self.outputs],
            }
            for period, part in parts.items()
        }

    def score(self, forecasts: Array, period: str | None = None, step: int | None = None) -> dict[str, Array]:
        """Metrics of each replicate `(R,)` in one period or all, for one step of the horizon (from 0) or all."""
        part = slice(None) if period is None else self.periods[period]
        truth = self.truth.reshape(len(self.truth), self.outputs, -1)[part]
        if step is not None:
            truth, forecasts = truth[:, [step]], forecasts[:, :, [step]]
        scores = score(forecasts[:, part], truth.reshape(len(truth), -1))
        if self.naive:
            scores["test_mase"] = scores["test_mae"] / self.naive
        if self.variance:
            scores["test_arv"] = scores["test_mse"] / self.variance
        return scores

    def losses(self, forecasts: Array) -> Array:
        """Squared error of each replicate and sample `(R, N)`, averaged over the horizon."""
        losses: Array = squared_errors(forecasts, self.truth).mean(axis=2)
        return losses

    def score_rows(self, forecaster: str, forecasts: Array, replicates: Sequence[int] = (0,)) -> Iterator[Row]:
        """A row for each period, step of the horizon, and replicate or ensemble; `all` stands for all of them.

        Args:
            forecasts: `(R, N, O)`.
            replicates: which of the experiment's they are; a baseline is one.
        """
        together = np.concatenate([forecasts, forecasts.mean(axis=0, keepdims=True)])
        who = [*map(str, replicates), "ensemble"]
        steps = [None, *range(self.outputs)] if self.outputs > 1 else [None]
        for period in [None, *self.periods]:
            for step in steps:
                scores = self.score(together, period, step)
                for r, replicate in zip(range(len(together)), who, strict=True):
                    place = {"period": period or "all", "step": "all" if step is None else step + 1}
                    row = {"forecaster": forecaster, **place, "replicate": replicate}
                    yield row | {metric: float(values[r]) for metric, values in scores.items()}

    def forecast_rows(self, forecaster: str, forecast: Array, ends: Ends) -> Iterator[Row]:
        """A row for each test sample and step of the horizon, beside the truth, from forecasts `(N, O)`."""
        truth = self.truth.reshape(*forecast.shape, -1).mean(axis=2)
        for period, part in self.periods.items():
            for n in range(len(forecast))[part]:
                for h in range(self.outputs):
                    row = self._row(forecaster, self.samples, n, h, forecast, ends)
                    yield row | {"period": period, "truth": float(truth[n, h])}

    def future_rows(self, forecaster: str, predict: Split, forecast: Array, ends: Ends) -> Iterator[Row]:
        """The same for what nobody knows yet."""
        for n, h in np.ndindex(forecast.shape):
            yield self._row(forecaster, predict, n, h, forecast, ends) | {"period": "future", "truth": None}

    def _row(self, forecaster: str, split: Split, n: int, h: int, forecast: Array, ends: Ends) -> dict[str, Any]:
        row = int(split.origin[n]) + 1 + h
        time = str(row) if self.labels is None else self.labels[row]
        said = {"forecaster": forecaster, "period": "", "time": time, "step": h + 1, "truth": None}
        said |= {"forecast": float(forecast[n, h])}
        for level, bounds in ends.items():
            for end, values in zip(("lower", "upper"), bounds or (None, None), strict=True):
                said[f"{end}_{percent(level)}"] = None if values is None else float(values[n, h])
        return said
