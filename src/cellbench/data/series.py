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
from cellbench.data.table import find_column, read_numbers
from cellbench.data.timeline import Timeline, numbered, read_timeline

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """Equally spaced rows, in the order of time."""

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


def series_from_table(
    table: pd.DataFrame, target: str, time: str | None, features: Sequence[str], missing: Missing, where: str
) -> Series:
    """Read a series from a table of text cells.

    Args:
        time: the column of time labels; None takes the rows as equally spaced.
        missing: whether a missing value is an error, is filled in from its neighbours, or its row is dropped.
        where: the source of the table, such as "data/raw/x.csv".

    Raises:
        InputError: a column is not there, a cell does not hold what it must, or there is nothing to forecast.
    """
    columns = {name: find_column(table, name, where) for name in (target, *features)}
    timeline = numbered(len(table)) if time is None else read_timeline(find_column(table, time, where), where)
    values = pd.DataFrame({name: read_numbers(cells, missing, where) for name, cells in columns.items()})
    observed = values.notna().all(axis=1).to_numpy()
    if missing == "drop":
        timeline, values, observed = timeline.keep(observed), values[observed], observed[observed]
    if values.empty:
        raise InputError(f"{where}: expected a row without missing values, got none")
    values = values.interpolate()
    if values[target].nunique() == 1:
        raise InputError(f"{where}: column {target!r} is constant: there is nothing to forecast")
    return Series(timeline, tuple(columns), values.to_numpy(), observed)
