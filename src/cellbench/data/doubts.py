"""What is strange about series: in a sentence each, what it does to the scores, and what to do about it.

Shape letters: L rows.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellbench.data.dataset import Dataset
from cellbench.data.proposals import add
from cellbench.data.scaling import Array

LONG = 10
"""Rows, at least, without a change; and a twentieth of the series."""
FAR = 10
"""How many times as far from all others as they are from one another."""
WIDTH = 8
"""Rows whose mean is a level, where there is no season."""


class Observed(NamedTuple):
    """The observed rows of a series, each `(L,)`."""

    column: str
    values: Array
    periods: NDArray[np.object_]
    times: NDArray[np.object_]
    season: int | None


def doubts(data: Dataset) -> list[str]:
    """A sentence for each kind of doubt about some series; of noise none."""
    if not data.card.is_series:
        return []
    found: dict[Callable[[Observed], str], list[tuple[str, str]]] = {}
    seen = data.observed("train", "validation", *data.test_periods)
    for name, rows in data.rows[seen].groupby("series", sort=False):
        values, periods, times = (rows[column].to_numpy() for column in ("value", "period", "time"))
        one = Observed(data.card.columns[0], values, periods, times, data.card.season)
        for doubt in (_mark, _stands_still, _constant, _mostly_zero, _level_shift):
            if said := doubt(one):
                found.setdefault(doubt, []).append((str(name), said))
    total = len(data.card.names)
    return [
        (f"In {len(named)} of {total} series, such as '{named[0][0]}': " if total > 1 else "") + named[0][1]
        for named in found.values()
    ]


def _mark(one: Observed) -> str:
    """A value that stands again and again, far from all others; of nines, further than they are from one another."""
    for extreme in (float(one.values.min()), float(one.values.max())):
        far = 1 if re.fullmatch(r"-?99+(\.9+)?", f"{extreme:g}") else FAR
        others = one.values[one.values != extreme]
        count = len(one.values) - len(others)
        if count > 1 and len(others) and np.abs(others - extreme).min() > far * np.ptp(others) > 0:
            return (
                f"{extreme:g} occurs {count} times in '{one.column}', far from all other values ({others.min():g} to "
                f"{others.max():g}), and the scores mostly depend on it; if it means that a value is missing"
                f"{add(missing_values=[int(extreme) if extreme.is_integer() else extreme], missing='interpolate')}"
            )
    return ""


def _stands_still(one: Observed) -> str:
    """A long stretch without a change, in a series that changes nearly everywhere else."""
    starts = np.flatnonzero(np.append(True, np.diff(one.values) != 0))
    lengths = np.diff(np.append(starts, len(one.values)))
    longest, start = lengths.max(), starts[lengths.argmax()]
    unchanged = len(one.values) - longest - (len(starts) - 1)
    if not max(LONG, len(one.values) / 20) <= longest < len(one.values) or unchanged > len(one.values) / 10:
        return ""
    return (
        f"'{one.column}' does not change from {one.times[start]} to {one.times[start + longest - 1]}, for {longest} "
        "rows: there, a forecast of the last value is always right; if nothing was measured, leave these values empty"
    )


def _constant(one: Observed) -> str:
    """A series that does not change in the period train."""
    if np.ptp(one.values[one.periods == "train"]) > 0:
        return ""
    return f"'{one.column}' does not change in the period train, so that nothing can be learned from it"


def _mostly_zero(one: Observed) -> str:
    """A series of zeros, with another value here and there, as the demand for a spare part."""
    zeros = int((one.values == 0).sum())
    if not len(one.values) / 2 < zeros < len(one.values):
        return ""
    return (
        f"'{one.column}' is 0 in {zeros} of {len(one.values)} rows: a forecast that is always 0, or always the mean, "
        "already has small errors, so that MSE and MASE say little; sums over several rows, such as months instead of "
        "weeks, can be compared better"
    )


def _level_shift(one: Observed) -> str:
    """A level that moves much further where a period begins than it ever did before."""
    width = max(WIDTH, one.season or 0)
    sums = np.append(0, np.cumsum(one.values))
    means = (sums[width:] - sums[:-width]) / width
    moves = np.abs(means[width:] - means[:-width])  # the first between the rows before and after row `width`
    borders = np.flatnonzero(one.periods[1:] != one.periods[:-1]) + 1
    for border in borders[(borders >= 3 * width) & (borders <= len(one.values) - width)]:
        moved, before = moves[border - width], moves[: border - 2 * width + 1].max()
        if moved > 3 * before > 0:
            return (
                f"where the period {one.periods[border]} begins, at {one.times[border]}, the level of '{one.column}' "
                f"moves by {moved:.4g}; before, by {before:.4g} at most: errors will probably be larger, and "
                "intervals cover less, than in validation"
            )
    return ""
