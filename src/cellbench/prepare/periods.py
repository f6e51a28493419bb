"""A series divided into periods: the rows of its dataset."""

from itertools import pairwise

import numpy as np
import pandas as pd

from cellbench import InputError
from cellbench.config.sources import SeriesSource, TableSource
from cellbench.data.dataset import Dataset, DatasetCard
from cellbench.data.series import Series


def divide(series: Series, source: SeriesSource, key: str) -> Dataset:
    """Give each row of a series its period, and add the rows that come next.

    A sample belongs to the period that holds all its targets. Its window may reach back into the period before, whose
    values are known by then; so no row between two periods is left out, and no target is seen by two of them.

    Args:
        key: of the dataset in params.yaml, for messages.

    Raises:
        InputError: a period holds no sample, or there is nothing to learn.
    """
    ends, rows, horizon = period_ends(series, source, key), len(series.target), source.horizon
    period = np.full(rows + horizon, "", dtype=object)
    for name, end in reversed(ends.items()):
        period[: min(end, rows)] = name
    period[rows:] = "future"
    described = {
        "series": series.columns[0],
        "time": [*series.timeline.labels, *series.timeline.future(horizon)],
        "period": period,
        "observed": np.append(series.observed, np.full(horizon, True)),
    }
    values = np.concatenate([series.values, np.full((horizon, len(series.columns)), np.nan)])
    table = pd.DataFrame(described | named_columns(values))
    seen = series.target[(period[:rows] == "train") & series.observed]
    if not len(seen):
        raise InputError(f"{key}.until.train: no observed row lies before the end of train")
    if np.ptp(seen) == 0:
        raise InputError(f"{key}: '{series.columns[0]}' is constant until the end of train: there is nothing to learn")
    dataset = Dataset(
        DatasetCard(
            outputs=horizon,
            season=source.season,
            columns=list(series.columns),
            time=source.time if isinstance(source, TableSource) else None,
            missing=source.missing if isinstance(source, TableSource) else "error",
            lowest=seen.min(),
            highest=seen.max(),
            validation_samples=0,
        ),
        table,
    )
    first = 0
    for name, end in ends.items():
        if not len(dataset.origins(name)):
            raise InputError(
                f"{key}.until.{name}: rows {first + 1} to {end} hold no sample: {horizon} observed rows "
                "after another one"
            )
        first = end
    if source.season and source.season >= (trained := dataset.until("train")):
        raise InputError(f"{key}.season: must be less than the {trained} rows to train on, got {source.season}")
    card = dataset.card.model_copy(update={"validation_samples": len(dataset.origins("validation"))})
    return Dataset(card, table)


def named_columns(values: np.ndarray) -> dict[str, np.ndarray]:
    """The target and the features `(L, F)` as columns of the table."""
    names = ["value", *(f"feature_{n}" for n in range(1, values.shape[1]))]
    return dict(zip(names, values.T, strict=True))


def period_ends(series: Series, source: SeriesSource, key: str) -> dict[str, int]:
    """The number of rows up to the end of each period, in the order of time.

    Raises:
        InputError: a label cannot be read, two periods end at once, or train and validation do not come first.
    """
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
