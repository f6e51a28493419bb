"""A time series as it came from its source, before anything is cut, scaled or learned; and how a table becomes one.

Shape letters: N rows, F columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.config.sources import Missing
from cellbench.data.table import check_cells, find_column, read_numbers
from cellbench.data.timeline import Timeline, numbered, read_timeline

Array = NDArray[np.float64]


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


def series_of_table(
    table: pd.DataFrame,
    target: str,
    time: str | None,
    features: Sequence[str],
    missing: Missing,
    where: str,
    named_by: str | None = None,
) -> list[Series]:
    """Read the series in a table of text cells.

    Args:
        time: the column of time labels; None takes the rows as equally spaced.
        missing: whether a missing value is an error, is filled in from its neighbours, or its row is dropped.
        where: the source of the table, such as "data/raw/x.csv".
        named_by: the column that names the series of each row; None takes all rows as one.

    Raises:
        InputError: a column is not there, a cell does not hold what it must, or there is nothing to forecast.
    """
    names = None if named_by is None else find_column(table, named_by, where)
    columns = [find_column(table, name, where) for name in (target, *features)]
    times = None if time is None else find_column(table, time, where)
    if names is None:
        timeline = numbered(len(table)) if times is None else read_timeline(times, where)
        return [_read(target, timeline, columns, missing, where)]
    check_cells(names, np.where(names == "", "the name of a series", ""), where)
    found, known = [], {}
    for name, rows in names.groupby(names, sort=False).groups.items():
        place, labels = f"{where}: series {str(name)!r}", len(rows) if times is None else tuple(times.loc[rows])
        if labels not in known:  # many series have the same times
            known[labels] = numbered(len(rows)) if times is None else read_timeline(times.loc[rows], place)
        own = [column.loc[rows] for column in columns]
        found.append(_read(str(name), known[labels], own, missing, place))
    return found


def _read(name: str, timeline: Timeline, columns: Sequence[pd.Series], missing: Missing, where: str) -> Series:
    """A series from the cells of its rows."""
    values = pd.DataFrame({column.name: read_numbers(column, missing, where) for column in columns})
    observed = values.notna().all(axis=1).to_numpy()
    if missing == "drop":
        timeline, values, observed = timeline.keep(observed), values[observed], observed[observed]
    if values.empty:
        raise InputError(f"{where}: expected a row without missing values, got none")
    return Series(name, timeline, tuple(values.columns), values.interpolate().to_numpy(), observed)
