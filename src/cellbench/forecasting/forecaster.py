"""A trained ensemble that continues a series: a file with its history in, a row for each step to come out."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cellbench import InputError
from cellbench.base.files import Row
from cellbench.base.params.sources import Missing
from cellbench.base.params.streams import stream
from cellbench.evaluation.conformal import LEVELS, needed, percent
from cellbench.forecasting.continuation import continue_series
from cellbench.preparation.csv_file import read_csv_file
from cellbench.preparation.windows import transformed
from cellbench.runs.outputs import load_model, load_network, load_residuals


class Forecaster(NamedTuple):
    """What a training left behind, and what the pipeline knows of it besides."""

    folder: Path
    """With `model.json` and `weights.safetensors`."""
    experiment: str
    seed: int
    missing: Missing = "error"
    """What to do about a missing value in the history."""

    def forecast(self, history: Path, horizon: int | None, levels: Sequence[float]) -> tuple[list[Row], list[Row]]:
        """Continue the series in a CSV file, which has the columns of the experiment's dataset.

        Args:
            horizon: steps to forecast; the experiment's own if not given.
            levels: of the intervals, in percent; 80 and 95, if the validation samples are enough, where none is given.

        Returns:
            The rows of the forecast: time, forecast, and the ends of the intervals; and those of the history.

        Raises:
            InputError: the file or the run is broken or missing, the experiment has no series to continue, or the
                forecast grows beyond all bounds.
        """
        model, residuals = load_model(self.folder), load_residuals(self.folder)
        data = model["data"]
        if "columns" not in data:
            raise InputError(f"{self.experiment} was trained on noise: there is no series to continue")
        horizon = horizon or int(data["outputs"])
        target, *features = data["columns"]
        if horizon > data["outputs"] and features:
            raise InputError(
                f"--horizon: {self.experiment} forecasts {data['outputs']} steps; further ones would need "
                f"{', '.join(features)} of the future, got {horizon}"
            )
        series = read_csv_file(history, target, data["time"], features, self.missing)
        if len(series.target) < data["timesteps"]:
            raise InputError(
                f"{history}: {self.experiment} looks back on {data['timesteps']} rows, got {len(series.target)}"
            )
        window = transformed(series, data["transform"], str(history))[-data["timesteps"] :]
        shares = sorted({_share(level) for level in levels}) or [
            level for level in LEVELS if len(residuals) >= needed(level)
        ]
        paths = stream(self.seed, self.experiment, "paths")
        found = continue_series(load_network(self.folder), data, residuals, window, horizon, shares, paths)
        ends = [end for both in found.ends.values() for end in both]
        if not np.isfinite([found.centre, *ends]).all():
            raise InputError(
                f"{self.experiment}: its forecast, fed back to it, grows beyond all bounds within {horizon} steps"
            )
        rows: list[Row] = []
        for h, time in enumerate(series.timeline.future(horizon)):
            row: dict[str, str | float] = {"time": time, "forecast": float(found.centre[h])}
            for level, (lower, upper) in found.ends.items():
                row |= {f"lower_{percent(level)}": float(lower[h]), f"upper_{percent(level)}": float(upper[h])}
            rows.append(row)
        past: list[Row] = [
            {"time": t, "truth": float(y)} for t, y in zip(series.timeline.labels, series.target, strict=True)
        ]
        return rows, past


def _share(level: float) -> float:
    """A level in percent as a share that is written as exactly: 99.9 / 100 would be 0.9990000000000001."""
    return float(Decimal(str(level)) / 100)
