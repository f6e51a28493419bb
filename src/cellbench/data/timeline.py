"""Time labels, equally spaced: read and checked, compared with the end of a period, continued into the future."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from statistics import mode
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cellbench import InputError
from cellbench.data.table import check_cells

NUMBERS = (".0f", ".1f")
DATES = ("%Y-%m-%d", "%Y-%m", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
READABLE = (
    "a whole number, or a date written as 1990-01-31, 1990-01, 1990-01-31 12:00, 1990-01-31T12:00, or with seconds"
)
GAPS = "(rows must be equally spaced: add missing ones with empty values, `missing: interpolate`, or leave out `time`)"


@dataclass(frozen=True, eq=False)
class Timeline:
    """Moments in the order of time, equally spaced except where rows were dropped."""

    moments: pd.Index
    """Numbers, or a DatetimeIndex."""
    form: str
    """How a moment is written as a label: a format such as ".0f" or "%Y-%m"."""
    step: Any
    """From a moment to the next: a number, or an offset of pandas; None if there is only one label."""

    @property
    def labels(self) -> tuple[str, ...]:
        """As they stand in the file; "1", "2", ... if there is no time column."""
        return tuple(_written(self.moments, self.form))

    def keep(self, kept: ArrayLike) -> "Timeline":
        """The timeline of some of its rows; its future is spaced as before."""
        return replace(self, moments=self.moments[np.asarray(kept)])

    def until(self, end: int | str) -> int:
        """The number of rows whose label is at or before `end`, a label as well.

        Raises:
            InputError: `end` is not written like the labels.
        """
        forms = NUMBERS if self.form in NUMBERS else (self.form,)
        moments = [moment for form in forms for moment in _read([str(end)], form).dropna()]
        if not moments:
            raise InputError(f"expected a time label written like {self.labels[0]!r}, got {str(end)!r}")
        return int(self.moments.searchsorted(moments[0], side="right"))

    def future(self, steps: int) -> tuple[str, ...]:
        """The labels that follow the last one.

        Raises:
            InputError: there is only one label, or the calendar ends before.
        """
        last = self.labels[-1]
        if self.step is None:
            raise InputError(f"{last!r} is the only time label, so the spacing of the next ones is unknown")
        try:
            moments = pd.Index([self.moments[-1] + n * self.step for n in range(1, steps + 1)], self.moments.dtype)
            labels = tuple(_written(moments, self.form))
            possible = _read([last, *labels], self.form).is_monotonic_increasing  # not if one cannot be read back
        except (OverflowError, ValueError, NotImplementedError):  # pandas raises any of these
            possible = False
        if not possible:
            raise InputError(f"{steps} time labels after {last!r} reach beyond the largest, such as the year 9999")
        return labels


def numbered(rows: int) -> Timeline:
    """The timeline of rows without a time column: 1, 2, 3, ..."""
    return Timeline(pd.RangeIndex(1, rows + 1), ".0f", step=1)


def read_timeline(labels: pd.Series, where: str) -> Timeline:
    """Read a column of at least one time label: all whole numbers, or all dates written like the first.

    Raises:
        InputError: a label cannot be read, stands twice, is out of order, or breaks the spacing.
    """
    first = labels.iloc[0]
    forms = [form for form in (*NUMBERS, *DATES) if _read([first], form).notna().all()]
    check_cells(labels, [] if forms else [READABLE], where)
    form = forms[0]
    moments = _read(labels, form)
    unordered = [False, *(moments[1:] <= moments[:-1])]
    like, later = f"a time label written like {first!r}", "a time label later than the one before"
    check_cells(labels, np.select([moments.isna(), unordered], [like, later], ""), where)
    if len(moments) == 1:
        return Timeline(moments, form, step=None)
    with warnings.catch_warnings(action="ignore", category=pd.errors.PerformanceWarning):  # of first Saturdays and such
        following = {step: moments[:-1] + step for step in _steps(moments)}
    step = min(following, key=lambda step: (following[step] != moments[1:]).sum())
    wanted = "'" + _written(following[step], form) + "' " + GAPS
    check_cells(labels, ["", *np.where(following[step] != moments[1:], wanted, "")], where)
    return Timeline(moments, form, step)


def _read(labels: Sequence[str], form: str) -> pd.Index:
    """The moments of labels, missing where one is not written exactly in this form: neither 1_000 nor 2020-1-5 is."""
    text = pd.Index(labels, dtype=str)
    if form in NUMBERS:
        moments = pd.to_numeric(text, errors="coerce")
        moments = moments.where(moments % 1 == 0)
    else:
        dates = [np.datetime64(date, "s") for date in map(partial(_parsed, form=form), text)]
        moments = pd.DatetimeIndex(np.array(dates, "datetime64[s]"))  # pandas itself would read the years 1678 to 2262
    return moments.where(_written(moments, form) == text)


def _parsed(label: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(label, form)
    except ValueError:
        return None


def _written(moments: pd.Index, form: str) -> pd.Index:
    return moments.map(lambda moment: format(moment, form)) if form in NUMBERS else moments.strftime(form)


def _steps(moments: pd.Index) -> list[Any]:
    """What may lead from each moment to the next, the likeliest first."""
    usual = mode(moments[1:] - moments[:-1])
    if not isinstance(moments, pd.DatetimeIndex):
        return [usual]
    inferred = pd.DatetimeIndex(moments, freq="infer").freq  # None of two moments, and of every 15th
    months = max(round(usual.days / 30.44), 1)
    monthly = [pd.offsets.MonthEnd(months), pd.DateOffset(months=months)]
    offsets = [*([inferred] if inferred else []), *monthly, pd.tseries.frequencies.to_offset(usual), pd.offsets.BDay()]
    return [offset for offset in offsets if offset.is_on_offset(moments[0])]
