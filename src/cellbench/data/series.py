"""A time series as it came from its source, before anything is cut, scaled or learned; and how a table becomes one.

Shape letters: N rows, F columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.config.csv_form import USUAL, CsvForm
from cellbench.config.sources import Missing
from cellbench.data.proposals import add
from cellbench.data.scaling import Array
from cellbench.data.table import check_cells, find_column, read_numbers
from cellbench.data.timeline import Timeline, numbered, read_timeline

LONGEST_NAME = 60
"""Of a column that is proposed in a message."""


@dataclass(frozen=True)
class Series:
    """Equally spaced rows, in the order of time."""

    name: str
    timeline: Timeline
    columns: tuple[str, ...]
    """Names of the columns: the target first, then further features."""
    values: Array
    """`(N, F)`, all finite; where a value was missing, the straight line between its neighbours."""
    observed: NDArray[np.bool_]
    """`(N,)`: whether no value of a row was filled in."""

    @property
    def target(self) -> Array:
        """What is to be forecast, `(N,)`, in its own units."""
        return self.values[:, 0]

    def future(self, steps: int, where: str) -> tuple[str, ...]:
        """The time labels that follow its last row.

        Raises:
            InputError: there is only one label, or the calendar ends before.
        """
        try:
            return self.timeline.future(steps)
        except InputError as error:
            raise InputError(f"{where}: series '{self.name}': {error}") from None


def series_of_table(
    table: pd.DataFrame,
    target: str,
    time: str | None,
    features: Sequence[str],
    missing: Missing,
    where: str,
    named_by: str | None = None,
    form: CsvForm = USUAL,
) -> list[Series]:
    """Read the series in a table of text cells.

    Args:
        time: the column of time labels; None takes the rows as equally spaced.
        missing: whether a missing value is an error, is filled in from its neighbours, or its row is dropped.
        where: the source of the table, such as "data/raw/x.csv".
        named_by: the column that names the series of each row; None takes all rows as one.
        form: how labels and numbers are written.

    Raises:
        InputError: a column is not there, a cell does not hold what it must, or there is nothing to forecast.
    """
    keys = [key for key in (target, *features, time, named_by) if key is not None]
    places = [find_column(table, key, where) for key in keys]
    if twice := [place for place in places if places.count(place) > 1]:
        raise InputError(f"{where}: the column {table.columns[twice[0]]!r} has more than one role")
    cells: dict[str | None, pd.Series] = {key: table.iloc[:, n] for key, n in zip(keys, places, strict=True)}
    columns, times, names = [cells[key] for key in (target, *features)], cells.get(time), cells.get(named_by)
    headers = table.columns.tolist()
    if again := [column.name for column in columns if headers.count(column.name) > 1]:
        got = f"{headers.count(again[0])} columns with the header {again[0]!r}"
        raise InputError(f"{where}: expected a header of its own for each column of numbers, got {got}: rename them")
    groups = {target: table.index}
    if names is not None:
        check_cells(names, np.where(names == "", "the name of a series", ""), where)
        groups = names.groupby(names, sort=False).groups
    elif times is not None:
        _check_one_series(table, times, [column.name for column in columns], where)
    found, known = [], {}
    for name, rows in groups.items():
        place = where if names is None else f"{where}: series {str(name)!r}"
        labels = len(rows) if times is None else tuple(times.loc[rows])
        if labels not in known:  # many series have the same times
            known[labels] = numbered(len(rows)) if times is None else read_timeline(times.loc[rows], place, form)
        timeline, own = known[labels], [column.loc[rows] for column in columns]
        if missing != "drop":
            _check_no_future(own, place)
        values = pd.concat([read_numbers(column, columns, missing, place, form) for column in own], axis=1)
        observed = values.notna().all(axis=1).to_numpy()
        if missing == "drop":
            timeline, values, observed = timeline.keep(observed), values[observed], observed[observed]
        if values.empty:
            raise InputError(f"{place}: expected a row without missing values, got none")
        found.append(Series(str(name), timeline, tuple(values.columns), values.interpolate().to_numpy(), observed))
    return found


def _check_one_series(table: pd.DataFrame, times: pd.Series, columns: Sequence[str], where: str) -> None:
    """Refuse a table of several series of which params.yaml says nothing, where a column tells them apart."""
    again, told_apart = times[times.duplicated()], {}
    for position, (name, ids) in enumerate(table.items(), 1):
        is_free = name not in columns and len(name) <= LONGEST_NAME
        if is_free and ids.duplicated().any() and not pd.concat([ids, times], axis=1).duplicated().any():
            told_apart[name or str(position)] = ids.nunique()
    if len(again) and told_apart:
        key = min(told_apart, key=lambda key: told_apart[key])
        raise InputError(
            f"{where}: row {again.index[0]}, column {times.name!r}: expected a time label later than the one before, "
            f"got {again.iloc[0]!r} again; if {key!r} is a part of the time, such as a month or an hour, write both in "
            f"one column; if it names the series of each row{add(series=key)}"
        )


def _check_no_future(columns: Sequence[pd.Series], where: str) -> None:
    """Refuse rows at the end of a series that have features, but no target."""
    ahead = columns[0][::-1].eq("").cumprod().sum()
    if any((column.iloc[len(column) - ahead :] != "").any() for column in columns[1:]):
        first, last = columns[0].index[[-ahead, -1]]
        raise InputError(
            f"{where}: rows {first} to {last} have features, but no '{columns[0].name}': inputs that are known of the "
            "future are not used, so leave these rows out, in `cellbench forecast` as well"
        )
