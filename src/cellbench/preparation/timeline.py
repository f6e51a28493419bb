"""Labels of time, equally spaced: read and checked, compared with the end of a period, continued into the future."""

import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import compress, pairwise
from reprlib import repr as shortened
from statistics import mode
from typing import Any

from cellbench import InputError

NUMBERS = ("{}", "{}.0")
DATES = (
    *("{:%Y-%m-%d}", "{:%Y-%m}", "{:%Y-%m-%d %H:%M}", "{:%Y-%m-%d %H:%M:%S}"),
    *("{:%Y-%m-%dT%H:%M}", "{:%Y-%m-%dT%H:%M:%S}"),
)
READABLE = (
    "a whole number, or a date written as 1990-01-31, 1990-01, 1990-01-31 12:00, 1990-01-31T12:00, or with seconds"
)

Moment = Any  # what a label means: an int or a datetime, the same for all of a timeline


@dataclass(frozen=True)
class Timeline:
    """Labels in the order of time, equally spaced but for rows left out."""

    labels: tuple[str, ...]
    """As they stand in the file; "1", "2", ... where there is no time column."""
    moments: tuple[Moment, ...]
    form: str
    """What writes a moment as a label, such as "{:%Y-%m}"."""
    step: Any
    """From a moment to the next: an int, or an offset of pandas; None where there is but one label."""

    def keep(self, kept: Iterable[bool]) -> "Timeline":
        """The timeline of some of its rows; its future is spaced as before."""
        kept = tuple(kept)
        return replace(self, labels=tuple(compress(self.labels, kept)), moments=tuple(compress(self.moments, kept)))

    def until(self, end: int | float | str | date) -> int:
        """The number of rows whose label is at or before `end`, a label as well; a date is its first moment.

        Raises:
            InputError: `end` is not written as the labels are.
        """
        text = self.form.format(end) if isinstance(end, date) else str(end)
        moment = _read(text.removesuffix(".0"), "{}") if self.form in NUMBERS else _read(text, self.form)
        if moment is None:
            raise InputError(f"expected {_like(self.labels[0], self.form)}, got {shortened(str(end))}")
        return bisect_right(self.moments, moment)

    def future(self, steps: int) -> tuple[str, ...]:
        """The labels that follow the last one.

        Raises:
            InputError: there is but one label, or the calendar ends before.
        """
        if self.step is None:
            raise InputError(f"{self.labels[-1]!r} is the only time label: it does not tell which ones follow")
        labels = tuple(_after(self.moments[-1], self.step, self.form, n) for n in range(1, steps + 1))
        if not all(labels):
            raise InputError(f"{steps} time labels after {self.labels[-1]!r} reach beyond the year 9999")
        return labels


def numbered(rows: int) -> Timeline:
    """The timeline of rows without a time column: 1, 2, 3, ..."""
    moments = tuple(range(1, rows + 1))
    return Timeline(tuple(map(str, moments)), moments, "{}", step=1)


def read_timeline(labels: Sequence[str], place: Callable[[int], str]) -> Timeline:
    """The timeline that labels tell: all whole numbers, or all dates in the format of the first.

    Args:
        labels: at least one.
        place: where the label of an index stands, such as "data/raw/x.csv: row 7, column 'month'".

    Raises:
        InputError: a label cannot be read, stands twice, is out of order, or breaks the spacing.
    """
    form = next((form for form in (*NUMBERS, *DATES) if _read(labels[0], form) is not None), None)
    if form is None:
        raise InputError(f"{place(0)}: expected {READABLE}, got {shortened(labels[0])}")
    moments: list[Moment] = []
    for index, label in enumerate(labels):
        moment = _read(label, form)
        if moment is None:
            raise InputError(f"{place(index)}: expected {_like(labels[0], form)}, got {shortened(label)}")
        if moments and moment <= moments[-1]:
            last = shortened(labels[index - 1])
            raise InputError(f"{place(index)}: expected a time label later than {last}, got {shortened(label)}")
        moments.append(moment)
    return Timeline(tuple(labels), tuple(moments), form, _spacing(moments, labels, form, place))


def _read(label: str, form: str) -> Moment | None:
    """The moment that is written as `label`, to the letter: neither 1_000 nor 2020-1-5 is one."""
    try:
        moment = int(label.removesuffix(".0")) if form in NUMBERS else datetime.strptime(label, form[2:-1])
    except ValueError:
        return None
    return moment if form.format(moment) == label else None


def _like(label: str, form: str) -> str:
    return f"{'a whole number' if form in NUMBERS else 'a date'} written as {shortened(label)}"


def _spacing(moments: Sequence[Moment], labels: Sequence[str], form: str, place: Callable[[int], str]) -> Any:
    """The first step that leads from every label to the next; where none does, the best one tells who breaks it."""
    if len(moments) == 1:
        return None
    breaks = {}
    for step in _steps(moments, form):
        breaks[step] = [i for i, (a, b) in enumerate(pairwise(moments), 1) if _after(a, step, form) != form.format(b)]
        if not breaks[step]:
            return step
    best = min(breaks, key=lambda step: len(breaks[step]))
    index = breaks[best][0]
    expected = _after(moments[index - 1], best, form) or "no date beyond the year 9999"
    why = "rows must be equally spaced: add missing ones with empty values (`missing: interpolate`) or leave out `time`"
    raise InputError(f"{place(index)}: expected {shortened(expected)}, got {shortened(labels[index])}: {why}")


def _after(moment: Moment, step: Any, form: str, times: int = 1) -> str:
    """The label some steps after a moment, empty beyond the calendar's end."""
    try:
        return form.format(moment + times * step)
    except (OverflowError, ValueError, NotImplementedError):  # pandas raises one or another
        return ""


def _steps(moments: Sequence[Moment], form: str) -> list[Any]:
    """What may lead from each moment to the next, the likeliest first."""
    usual = mode(after - before for before, after in pairwise(moments))
    if form in NUMBERS:
        return [usual]
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a later pandas returns the offset, not its name: both will do
        inferred = pd.DatetimeIndex(moments, dtype="datetime64[s]").inferred_freq
    candidates = [inferred, usual, pd.offsets.BDay()]
    if months := round(usual.days / 30.44):  # such as every 15th, which pandas does not infer
        candidates[1:1] = [pd.offsets.MonthEnd(months), pd.DateOffset(months=months)]
    offsets = [pd.tseries.frequencies.to_offset(candidate) for candidate in candidates if candidate is not None]
    return [offset for offset in offsets if offset.is_on_offset(moments[0])]
