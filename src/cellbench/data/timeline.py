"""Time labels, equally spaced: read and checked, compared with the end of a period, continued into the future."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mode
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.config.csv_form import USUAL, CsvForm
from cellbench.data.labels import COMPACT_YEARS, NUMBERS, READABLE, LabelForm, dated, given_format, label_forms
from cellbench.data.proposals import add, time_formats
from cellbench.data.table import check_cells

HOUR = pd.Timedelta(hours=1)
CLOCK_CHANGES = (3, 4, 9, 10, 11)
"""Months in which clocks change to daylight saving or back."""
LONGEST_FOOTER = 5
"""Rows, at most, that may be notes below a table."""
OTHERWISE = "; write the times so, add `time_format`, or, if the rows are in the order of time, leave out `time`"
GAPS = (
    "rows must be equally spaced: add missing ones with empty values and `missing: interpolate`; or, where each row is "
    "a step whatever its time, add  spacing: rows; or leave out `time`"
)


@dataclass(frozen=True, eq=False)
class Timeline:
    """Moments in the order of time, equally spaced except where rows were dropped or spacing is by rows."""

    labels: tuple[str, ...]
    """As they stand in the file; "1", "2", ... if there is no time column."""
    moments: pd.Index
    """Numbers, or a DatetimeIndex."""
    form: LabelForm
    step: Any
    """From a moment to the next: a number, or an offset of pandas; None if there is only one label."""

    @property
    def apart(self) -> tuple[float, str] | None:
        """How far apart the moments are, and in what: " day(s)" where they are dates; None of a single one."""
        if len(self.moments) < 2 or not (median := np.median(np.diff(self.moments))):
            return None
        dates = isinstance(self.moments, pd.DatetimeIndex)
        return (float(median / np.timedelta64(1, "D")), " day(s)") if dates else (float(median), "")

    def rows_after(self, label: str) -> float:
        """How many rows the last one lies after a label, where moments are apart.

        Raises:
            InputError: it is not written like the labels.
        """
        return float((self.moments[-1] - self.moment(label)) / np.median(np.diff(self.moments)))

    def keep(self, kept: NDArray[np.bool_]) -> "Timeline":
        """The timeline of some of its rows; its future is spaced as before."""
        return replace(self, labels=tuple(np.array(self.labels)[kept].tolist()), moments=self.moments[kept])

    def moment(self, label: int | str) -> Any:
        """When a label is.

        Raises:
            InputError: it is not written like the labels.
        """
        forms = NUMBERS if self.form in NUMBERS else (self.form,)
        moments = [moment for form in forms for moment in form.read(pd.Index([str(label)])).dropna()]
        if not moments:
            raise InputError(f"expected a time label written like {self.labels[0]!r}, got {str(label)!r}")
        return moments[0]

    def until(self, end: int | str) -> int:
        """The number of rows whose label is at or before `end`, a label as well.

        Raises:
            InputError: `end` is not written like the labels.
        """
        return int(self.moments.searchsorted(self.moment(end), side="right"))

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
            labels = tuple(self.form.write(moments))
            again = self.form.read(pd.Index([last, *labels]))
            possible = again.is_monotonic_increasing and again.notna().all()  # not if one cannot be read back
        except (OverflowError, ValueError, NotImplementedError):  # pandas raises any of these
            possible = False
        if not possible:
            raise InputError(f"{steps} time labels after {last!r} reach beyond the largest, such as the year 9999")
        return labels


def numbered(rows: int) -> Timeline:
    """The timeline of rows without a time column: 1, 2, 3, ..."""
    return Timeline(tuple(map(str, range(1, rows + 1))), pd.RangeIndex(1, rows + 1), NUMBERS[0], step=1)


def read_timeline(labels: pd.Series, where: str, csv: CsvForm = USUAL) -> Timeline:
    """Read a column of at least one time label, all written in one form.

    Args:
        csv: which may give the form, and whether the moments must be equally spaced.

    Raises:
        InputError: a label cannot be read, stands twice, is out of order, or breaks the spacing.
    """
    form, moments = _read(labels, where, csv)
    by_rows, later = csv.spacing == "rows", "a time label later than the one before"
    timeline = Timeline(tuple(labels), moments, form, step=None)
    distinct = moments.unique()
    if len(distinct) == 1:
        check_cells(labels, np.where(by_rows | (np.arange(len(labels)) == 0), "", later), where)
        return timeline
    with warnings.catch_warnings(action="ignore", category=pd.errors.PerformanceWarning):  # of first Saturdays and such
        following = {step: moments[:-1] + step for step in _steps(distinct)}
    step = min(following, key=lambda step: (following[step] != moments[1:]).sum())
    unordered = moments[1:] < moments[:-1] if by_rows else moments[1:] <= moments[:-1]
    wrong = np.append(False, unordered if by_rows else unordered | (following[step] != moments[1:]))
    if wrong.any():
        row = int(wrong.argmax())
        why, wanted = _clock_change(moments, row), later
        if len(moments) > 2 and moments.is_monotonic_decreasing:
            why = "the rows go from new to old: sort them from old to new"
        elif unordered[row - 1]:
            why = why or _as_dates(timeline.labels)
        else:
            why, wanted = why or _spacing(timeline, wrong, row), f"'{form.write(following[step])[row - 1]}'"
        check_cells(labels.iloc[[row]], [wanted], where, why and f": {why}")
    return replace(timeline, step=step)


def _read(labels: pd.Series, where: str, csv: CsvForm) -> tuple[LabelForm, pd.Index]:
    """The form of labels, and when they are."""
    text = pd.Index(labels, dtype=str)
    possible = [given_format(text, csv.time_format)] if csv.time_format else label_forms(text)
    forms = [form for form in possible if form.read(text[:1]).notna().all()]
    wanted = f"a time written as {csv.time_format}" if csv.time_format else READABLE
    if not forms:
        check_cells(labels, [wanted], where, _other_form(text) or OTHERWISE)
    form, moments = max(((form, form.read(text)) for form in forms), key=lambda read: read[1].notna().sum())
    if unread := int(moments.isna().sum()):
        below = text[len(text) - unread :]
        is_footer = unread <= LONGEST_FOOTER and moments[-unread:].isna().all() and not below.str.match("[0-9]").any()
        footer = f", in the last rows{add(skip_footer=csv.skip_footer + unread)}"
        wrong = np.where(moments.isna(), f"a time label written like {text[0]!r}", "")
        check_cells(labels, wrong, where, footer if is_footer else _other_form(text))
    return form, moments


def _other_form(labels: Sequence[str]) -> str:
    """How all labels may be read, where they were taken for something else."""
    if (found := time_formats(labels)) or len(labels) == 1:
        return found
    for weeks, months in (("%G-%V", "%Y-%m"), ("%G%V", "%Y%m")):
        moments, as_months = (dated(form, COMPACT_YEARS).read(pd.Index(labels)) for form in (weeks, months))
        if moments.notna().all() and as_months.isna().any() and mode(np.diff(moments)) == np.timedelta64(7, "D"):
            return ": write weeks as 2020-W53"
    return ""


def _as_dates(labels: Sequence[str]) -> str:
    """How whole numbers may be read as dates; nothing where they cannot."""
    found = _other_form(labels) if labels[0].isdigit() else ""
    return found and f"if these are dates{found}"


def _clock_change(moments: pd.Index, row: int) -> str:
    """What to do where an hour is doubled or left out by daylight saving."""
    sunday = isinstance(moments, pd.DatetimeIndex) and moments[row].weekday() == 6
    if not sunday or moments[row].month not in CLOCK_CHANGES:
        return ""
    steps = moments[1:] - moments[:-1]
    usual = mode(steps)
    if usual > HOUR or abs(steps[row - 1] - usual) != HOUR:
        return ""
    return (
        f"daylight saving seems to {'double' if steps[row - 1] < usual else 'leave out'} an hour here: write the times "
        "in UTC, or with their offsets as in 2020-03-29T03:00:00+02:00"
    )


def _spacing(timeline: Timeline, wrong: Any, row: int) -> str:
    """What to do about rows that are not equally spaced."""
    labels, moments, changed = timeline.labels, timeline.moments, 0
    if wrong[row:].all() and row < len(wrong) - 2:
        changed = row - 1  # the spacing of what follows is another one
    elif row == 1 and not wrong[(other := int(wrong[1:].argmin()) + 1) :].any() and other > 2:
        changed = other - 1
    if changed > 1 and all(_regular(part) for part in (moments[: changed + 1], moments[changed:])):
        first, then = (f"{labels[n]!r}, {labels[n + 1]!r}" for n in (changed - 1, changed))
        change = f"the spacing changes at {labels[changed]!r}: until there {first}, from there {then}"
        return f"{change}; keep the rows before it, or those after it"
    if dates := _as_dates(labels):
        return f"{dates}; otherwise {GAPS}"
    if timeline.form in NUMBERS and 9 <= len(labels[row]) <= 13 and labels[row].isdigit():
        unit = "ms" if len(labels[row]) > 11 else "s"
        date = pd.Timestamp(int(labels[row]), unit=unit)
        instead = f"write dates instead, as pandas.to_datetime(times, unit='{unit}') gives them"
        return f"{labels[row]} may be a Unix time, {date}: {instead}"
    return GAPS


def _regular(moments: pd.Index) -> bool:
    return any((moments[:-1] + step == moments[1:]).all() for step in _steps(moments))


def _steps(moments: pd.Index) -> list[Any]:
    """What may lead from each moment to the next, the likeliest first."""
    usual = mode(moments[1:] - moments[:-1])
    if not isinstance(moments, pd.DatetimeIndex):
        return [usual]
    inferred = pd.DatetimeIndex(moments, freq="infer").freq  # None of two moments, and of every 15th
    months = max(round(usual.days / 30.44), 1)
    monthly = [pd.offsets.MonthEnd(months), pd.DateOffset(months=months)]
    offsets = [inferred, *monthly, pd.tseries.frequencies.to_offset(usual), pd.offsets.BDay()]
    return [offset for offset in offsets if offset and offset.is_on_offset(moments[0])]
