"""From a series to samples: windows and what follows them, split by time, scaled by what the training part knows.

A sample belongs to the period that holds all its targets. Its window may reach back into the period before, whose
values are known by then; so no row between two periods is left out, and no target is seen by two of them.

Shape letters: L rows of the series, N samples, T timesteps (the window), F features, H steps (the horizon).
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.base.datasets.scaling import TRANSFORMS, standardise
from cellbench.base.datasets.splits import Dataset, Split
from cellbench.base.params.sources import SeriesSource
from cellbench.preparation.series import Series

Array = NDArray[np.float64]
FORBIDDEN = {"sqrt": "negative", "log": "zero or negative"}


def cut(series: Series, source: SeriesSource, name: str, optimum_mse: list[float] | None) -> Dataset:
    """Cut a series into the samples of its training part and its test periods.

    Raises:
        InputError: the series is too short, a period holds no sample, or the transform is not defined on a value.
    """
    key = f"datasets.{name}"
    if len(series.target) < source.window + source.horizon + 2:  # one sample to learn from, to validate and to test on
        raise InputError(
            f"{key}: {len(series.target)} rows are too few for a window of {source.window} "
            f"and a horizon of {source.horizon}"
        )
    ends = period_ends(series, source, key)
    training_rows = _last_observed(series, ends["validation"])
    if source.season and source.season >= training_rows:
        raise InputError(f"{key}.season: must be less than the {training_rows} rows to train on, got {source.season}")
    values = transformed(series, source.transform, key)
    known = values[: ends["train"]][series.observed[: ends["train"]]]
    if not len(known):
        raise InputError(f"{key}.until.train: no observed row lies before the end of train")
    deviation = np.where(np.ptp(known, axis=0) > 0, known.std(axis=0), 0)  # exactly: of 0.1 alone, std makes 1e-17
    if deviation[0] == 0:
        raise InputError(f"{key}: '{series.columns[0]}' is constant until the end of train: there is nothing to learn")
    scaling = {
        "by": source.scaling,
        "mean": known.mean(axis=0).tolist(),
        "deviation": np.where(deviation > 0, deviation, 1).tolist(),
    }

    samples = _samples(values, series.observed, source.window, source.horizon, scaling)
    if not np.isfinite(samples.x).all():
        raise InputError(f"{key}: a value is so far from those of the period train that it cannot be scaled by them")
    last = samples.origin + source.horizon
    first_rows = dict(zip(ends, [0, *ends.values()], strict=False))

    def within(first_row: int, end: int) -> NDArray[np.bool_]:
        return (samples.origin + 1 >= first_row) & (last < end)

    counts = {}
    for period, end in ends.items():
        counts[period] = int(within(first_rows[period], end).sum())
        if not counts[period]:
            raise InputError(
                f"{key}.until.{period}: rows {first_rows[period] + 1} to {end} hold no sample: a window of "
                f"{source.window} with all {source.horizon} targets in this period"
            )
    tests = {period: samples[within(first_rows[period], end)] for period, end in list(ends.items())[2:]}
    windows = values[None, -source.window :]
    x, shift, scale = standardise(windows, scaling)
    return Dataset(
        train=samples[within(0, ends["validation"])],
        tests=tests,
        predict=Split(x, np.empty((1, 0)), shift, scale, np.array([len(values) - 1])),
        description={
            "timesteps": source.window,
            "features": len(series.columns),
            "targets": source.horizon,
            "outputs": source.horizon,
            "optimum_mse": optimum_mse,
            "transform": source.transform,
            "scaling": scaling,
            "columns": list(series.columns),
            "time": getattr(source, "time", None),
            "training_rows": training_rows,
            "train_samples": counts["train"],
            "validation_samples": counts["validation"],
        },
    )


def _last_observed(series: Series, end: int) -> int:
    """The number of rows up to the last one before `end` that was observed: a filled-in one rests on what follows."""
    observed = np.flatnonzero(series.observed[:end])
    return int(observed[-1]) + 1 if len(observed) else 0


def period_ends(series: Series, source: SeriesSource, key: str) -> dict[str, int]:
    """The number of rows up to the end of each period, in the order of time."""
    rows, ends = len(series.target), {}
    for period, end in source.until.items():
        try:
            ends[period] = round(end * rows) if isinstance(end, float) else series.timeline.until(end)
        except InputError as error:
            raise InputError(f"{key}.until.{period}: {error}") from None
    order = sorted(ends, key=lambda period: ends[period])
    for period, following in pairwise(order):
        if ends[period] == ends[following]:
            raise InputError(f"{key}.until: {period} and {following} end at the same row, {ends[period]} of {rows}")
    if order[:2] != ["train", "validation"]:
        got = ", ".join(f"{period} (row {ends[period]})" for period in order)
        raise InputError(f"{key}.until: train must end first and validation second, got {got}")
    return {period: ends[period] for period in order}


def transformed(series: Series, transform: str, place: str) -> Array:
    """The values `(L, F)` with the target transformed.

    Raises:
        InputError: the transform is not defined on a value.
    """
    target = series.target
    bad = target < 0 if transform == "sqrt" else target <= 0 if transform == "log" else np.zeros(len(target), bool)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"{place}: transform {transform} is not defined on {FORBIDDEN[transform]} values: "
            f"'{series.columns[0]}' is {target[row]:g} at {series.timeline.labels[row]}"
        )
    return np.column_stack([TRANSFORMS[transform][0](target), series.values[:, 1:]])


def _samples(values: Array, observed: NDArray[np.bool_], window: int, horizon: int, scaling: dict[str, Any]) -> Split:
    """All samples of a series whose last input and targets were observed.

    A filled-in value rests on the next one observed: it may stand inside a window, where that one is known as well.
    """
    origin = np.arange(window - 1, len(values) - horizon)
    targets = sliding_window_view(values[window:, 0], horizon)
    seen = observed[origin] & sliding_window_view(observed[window:], horizon).all(axis=1)
    windows = np.moveaxis(sliding_window_view(values[:-horizon], window, axis=0), -1, 1)
    x, shift, scale = standardise(windows[seen], scaling)
    y = (targets[seen] - shift[:, None]) / scale[:, None]
    return Split(x, y, shift, scale, origin[seen])
