"""From a series to samples: windows and what follows them, split by time, scaled by what the training part knows.

A sample belongs to the period that holds all its targets. Its window may reach back into the period before, whose
values are known by then; so no row between two periods is left out, and no target is seen by two of them.

Shape letters: L rows of the series, N samples, T timesteps (the window), F features, H steps (the horizon).
"""

from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.config.sources import SeriesSource, TableSource
from cellbench.data.dataset import Dataset, DatasetCard, Split
from cellbench.data.scaling import FLOOR, TRANSFORMS, Standardisation, TransformName, reproducible
from cellbench.data.series import Series

Array = NDArray[np.float64]


def cut(series: Series, source: SeriesSource, name: str, optimum_mse: list[float] | None) -> Dataset:
    """Cut a series into the samples of its training part and its test periods.

    Raises:
        InputError: the series is too short, a period holds no sample, or the transform is not defined on a value.
    """
    key, rows, window, horizon = f"datasets.{name}", len(series.target), source.window, source.horizon
    if rows < window + horizon + 2:  # one sample to learn from, to validate and to test on
        raise InputError(f"{key}: {rows} rows are too few for a window of {window} and a horizon of {horizon}")
    ends = period_ends(series, source, key)
    values = transformed(series, source.transform, key)
    origin, windows, targets = _cut(series, values, window, horizon)
    rows_seen, inside = np.flatnonzero(series.observed[: ends["train"]]), origin + horizon < ends["train"]
    if not len(rows_seen):
        raise InputError(f"{key}.until.train: no observed row lies before the end of train")
    seen = series.target[rows_seen]
    if np.ptp(values[rows_seen, 0]) == 0:
        raise InputError(f"{key}: '{series.columns[0]}' is constant until the end of train: there is nothing to learn")
    scaling = _fitted_scaling(values[rows_seen], windows[inside], targets[inside], source)
    # Up to the last row that was observed: a filled-in one rests on what follows.
    training_rows = int(np.flatnonzero(series.observed[: ends["validation"]])[-1]) + 1
    if source.season and source.season >= training_rows:
        raise InputError(f"{key}.season: must be less than the {training_rows} rows to train on, got {source.season}")
    x, shift, scale = scaling(windows)
    truth = sliding_window_view(series.target, horizon)[origin + 1]
    samples = Split(x, ((targets - shift) / scale[:, None]).astype(np.float32), truth, shift, scale, origin)
    if not np.isfinite(samples.x).all():
        raise InputError(f"{key}: a value is so far from those of the period train that it cannot be scaled by them")

    periods: dict[str, Split] = {}
    first = 0
    for period, end in ends.items():
        periods[period] = samples[(samples.origin + 1 >= first) & (samples.origin + horizon < end)]
        if not len(periods[period].x):
            raise InputError(
                f"{key}.until.{period}: rows {first + 1} to {end} hold no sample: a window of {window} "
                f"with all {horizon} targets in this period"
            )
        first = end
    train, validation = periods.pop("train"), periods.pop("validation")
    x, shift, scale = scaling(values[None, -window:])
    none = np.empty((1, 0))
    return Dataset(
        train=samples[samples.origin + horizon < ends["validation"]],
        tests=periods,
        predict=Split(x, none.astype(np.float32), none, shift, scale, np.array([rows - 1])),
        card=DatasetCard(
            timesteps=window,
            features=len(series.columns),
            outputs=horizon,
            optimum_mse=optimum_mse,
            transform=source.transform,
            scaling=scaling,
            columns=list(series.columns),
            time=source.time if isinstance(source, TableSource) else None,
            missing=source.missing if isinstance(source, TableSource) else "error",
            training_rows=training_rows,
            lowest=seen.min(),
            highest=seen.max(),
            train_samples=len(train.x),
            validation_samples=len(validation.x),
        ),
    )


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


def transformed(series: Series, transform: TransformName, place: str) -> Array:
    """The values `(L, F)` with the target transformed.

    Raises:
        InputError: the transform is not defined on a value.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        target = TRANSFORMS[transform][0](series.target)
    for row in np.flatnonzero(~np.isfinite(target))[:1]:
        raise InputError(
            f"{place}: transform {transform} is not defined on {series.target[row]:g}, "
            f"the value of '{series.columns[0]}' at {series.timeline.labels[row]}"
        )
    return np.column_stack([target, series.values[:, 1:]])


def _fitted_scaling(known: Array, windows: Array, targets: Array, source: SeriesSource) -> Standardisation:
    """The scaling by the period train, transformed: its observed rows `(L, F)`, and its samples."""
    varies = np.ptp(known, axis=0) > 0  # exactly: of 0.1 alone, std makes 1e-17
    mean, deviation = reproducible(known.mean(axis=0), np.where(varies, known.std(axis=0), 1))
    fitted = Standardisation(
        by=source.scaling,
        mean=mean.tolist(),
        deviation=deviation.tolist(),
        target_deviation=deviation[0],
        outputs=source.horizon,
        season=source.season,
    )
    if source.scaling in ("train", "window") or not len(windows):
        return fitted
    level, shift = fitted.levels(windows)
    spread = np.sqrt(np.square(windows - level).mean(axis=(0, 1)))
    spread = np.append(spread, np.sqrt(np.square(targets - shift).mean()))
    floor = np.where(varies, FLOOR * deviation, 1)  # what follows its level exactly must not be blown up
    floor = np.append(floor, floor[0])
    *inputs, target = reproducible(np.zeros_like(spread), np.maximum(spread, floor))[1].tolist()
    return fitted.model_copy(update={"deviation": inputs, "target_deviation": target})


def _cut(series: Series, values: Array, window: int, horizon: int) -> tuple[NDArray[np.int64], Array, Array]:
    """The samples of a series whose last input and targets were observed: origins, windows and targets, transformed.

    A filled-in value rests on the next one observed: it may stand inside a window, where that one is known as well.
    """
    origin = np.arange(window - 1, len(values) - horizon)
    seen = series.observed[origin] & sliding_window_view(series.observed[window:], horizon).all(axis=1)
    windows = np.moveaxis(sliding_window_view(values[:-horizon], window, axis=0), -1, 1)
    return origin[seen], windows[seen], sliding_window_view(values[window:, 0], horizon)[seen]
