"""Series divided into periods: the rows of their dataset."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from cellbench import InputError
from cellbench.config.sources import SeriesSource, TableSource
from cellbench.data.card import DatasetCard
from cellbench.data.dataset import Dataset
from cellbench.data.series import Series

LEAST = 2
"""Rows of each of several series in the period train: of one, nothing is known of its size of change."""


def divide(series: Sequence[Series], source: SeriesSource, key: str) -> Dataset:
    """Give each row of each series its period, and add the rows that come next.

    A sample belongs to the period that holds all its targets. Its window may reach back into the period before, whose
    values are known by then; so no row between two periods is left out, and no target is seen by two of them.

    Args:
        key: of the dataset in params.yaml, for messages.

    Raises:
        InputError: periods are not in order, one holds no sample, or there is nothing to learn.
    """
    order = _period_order(max(series, key=lambda one: len(one.target)), source, key)
    learned = [one.observed[: _period_ends(one, source, key)["train"]].sum() for one in series]
    names = [one.name for one in series]
    if few := [name for name, rows in zip(names, learned, strict=True) if rows < min(LEAST, len(series))]:
        count = "no" if len(names) == 1 else "fewer than two"
        raise InputError(
            f"{key}.until.train: {count} observed rows lie before the end of train in {len(few)} series, "
            f"such as '{few[0]}'; leave them out, or let train end later"
        )
    table = pd.concat([_rows(one, source, order, key) for one in series], ignore_index=True)
    train = table[(table["period"] == "train") & table["observed"]].groupby("series", sort=False)["value"]
    if source.minimum is not None and (table["value"] < source.minimum).any():
        below = table.loc[table["value"].idxmin()]
        raise InputError(
            f"{key}.minimum: must be at most {below['value']:g}, that of '{below['series']}' at {below['time']}"
        )
    least, most, first = train.min(), train.max(), series[0].timeline
    known = table[table["period"].isin(["train", "validation"])].groupby("series", sort=False)["time"]
    written: dict[str, Any] = {"named_by": "series" if len(names) > 1 else None}
    if isinstance(source, TableSource):
        written = {"named_by": source.series, "time": source.time, "missing": source.missing, "form": source.form}
    card = DatasetCard(
        outputs=source.horizon,
        season=source.season,
        columns=list(series[0].columns),
        names=names,
        last=known.last()[names].tolist(),
        apart=first.keep(np.arange(len(first.labels)) < known.size()[names[0]]).apart,
        minimum=source.minimum,
        lowest=least[names].tolist(),
        highest=most[names].tolist(),
        validation_samples=0,
        **written,
    )
    dataset = Dataset(card, table)
    unchanging = np.isnan(dataset.naive_errors("train")[0]) if dataset.is_many else least == most
    if unchanging.all():
        how = "is constant" if (least == most).all() else "only repeats its season"
        raise InputError(f"{key}: '{series[0].columns[0]}' {how} until the end of train: there is nothing to learn")
    for name in source.until:
        if not len(dataset.origins(name)):
            rows = int((table["period"] == name).sum())
            raise InputError(
                f"{key}.until.{name}: its {rows} rows hold no sample: {source.horizon} observed rows to forecast "
                f"after another one{_what_fits(table, source)}"
            )
    longest = max(int((one == "train").sum()) for _, one in table.groupby("series")["period"])
    if source.season and source.season >= longest:
        raise InputError(f"{key}.season: must be less than the {longest} rows to train on, got {source.season}")
    return Dataset(card.model_copy(update={"validation_samples": len(dataset.origins("validation"))}), table)


def _what_fits(table: pd.DataFrame, source: SeriesSource) -> str:
    """Of the longest series: the longest horizon with these periods, or periods with this horizon."""
    rows = table[table["period"] != "future"].groupby("series")["period"].value_counts().unstack(fill_value=0)
    longest = rows.loc[rows.sum(axis=1).idxmax()]
    most = min(longest.get("train", 0) - 1, *(longest.get(name, 0) for name in source.until if name != "train"))
    h, fits = source.horizon, [f"horizon: {most}"] if most > 0 else []
    if longest.sum() > 3 * h and len(source.until) == 3:
        fits.append(f"until: {{train: {-2 * h}, validation: {-h}, {[*source.until][-1]}: 0}}")
    return f"; what fits is {' or '.join(fits)}" if fits else ""


def _rows(series: Series, source: SeriesSource, order: Sequence[str], key: str) -> pd.DataFrame:
    """Those of a series with their periods, of which one may be empty, and those that come next."""
    rows, horizon = len(series.target), source.horizon
    period, ends = np.full(rows + horizon, "", dtype=object), _period_ends(series, source, key)
    for name in reversed(order):
        period[: ends[name]] = name
    period[rows:] = "future"
    described = {
        "series": series.name,
        "time": [*series.timeline.labels, *series.future(horizon, key)],
        "period": period,
        "observed": np.append(series.observed, np.full(horizon, True)),
    }
    values = np.concatenate([series.values, np.full((horizon, len(series.columns)), np.nan)])
    return pd.DataFrame(described | named_columns(values))


def named_columns(values: np.ndarray) -> dict[str, np.ndarray]:
    """The target and the features `(L, F)` as columns of the table."""
    names = ["value", *(f"feature_{n}" for n in range(1, values.shape[1]))]
    return dict(zip(names, values.T, strict=True))


def _period_ends(series: Series, source: SeriesSource, key: str) -> dict[str, int]:
    """The number of rows of a series up to the end of each period."""
    rows, ends = len(series.target), {}
    for period, end in source.until.items():
        try:
            if isinstance(end, int) and end <= 0:
                ends[period] = max(0, rows + end)
            else:
                ends[period] = round(end * rows) if isinstance(end, float) else series.timeline.until(end)
        except InputError as error:
            raise InputError(f"{key}.until.{period}: series '{series.name}': {error}") from None
    return ends


def _period_order(series: Series, source: SeriesSource, key: str) -> list[str]:
    """The periods in the order of time.

    Args:
        series: the longest one, in which each period must have rows; a shorter one may lack some.
    """
    ends, rows = _period_ends(series, source, key), len(series.target)
    order = sorted(ends, key=lambda period: ends[period])
    for period, following in pairwise(order):
        if ends[period] == ends[following]:
            raise InputError(f"{key}.until: {period} and {following} end at the same row, {ends[period]} of {rows}")
    if order[:2] != ["train", "validation"]:
        got = ", ".join(f"{period} (row {ends[period]})" for period in order)
        raise InputError(f"{key}.until: train must end first and validation second, got {got}")
    return order
