"""Forms of time labels: how each is read as a moment, and how a moment is written as a label again."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

ZONE = re.compile(r" ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$")
COMPACT_YEARS = range(1600, 2300)
"""Of 202012 and 20201231: other whole numbers of six or eight digits are no dates."""
QUARTERS = [
    *("{year}Q{quarter}", "{year}-Q{quarter}", "{year} Q{quarter}", "{year}q{quarter}"),
    *("Q{quarter} {year}", "Q{quarter}-{year}", "Q{quarter}/{year}", "{quarter}Q{year}", "{year}.Q{quarter}"),
]
READABLE = (
    "a whole number, or a date written as 1990-01-31, 1990-01, 1990-01-31 12:00, 1990-01-31T12:00:00Z, 202012, "
    "2020-W53, 2019Q1 or 1949.0833"
)


class LabelForm(NamedTuple):
    """A way to write moments, which are numbers or dates."""

    read: Callable[[pd.Index], pd.Index]
    """Missing where a label is not written exactly so."""
    write: Callable[[pd.Index], pd.Index]


def label_forms(labels: pd.Index) -> list[LabelForm]:
    """The forms that labels may have, the likeliest first."""
    return [
        dated("%Y%m", COMPACT_YEARS),  # 202012
        dated("%Y%m%d", COMPACT_YEARS),  # 20201231
        *NUMBERS,  # 7, 7.0
        decimal_years(labels, 0),  # 1949.0833
        decimal_years(labels, 0.5),  # 1949.042, the middle of January
        dated("%Y-%m"),  # 1990-01
        dated("%G-W%V"),  # 2020-W53
        iso_dates(labels),  # 1990-01-31, 1990-01-31T12:00:00.000+01:00
        dated("%GW%V"),
        dated("%YM%m"),  # 2020M12
        *(quarters(template) for template in QUARTERS),
    ]


def exact(read: Callable[[pd.Index], pd.Index], write: Callable[[pd.Index], pd.Index]) -> LabelForm:
    """A form that reads nothing that it would write otherwise."""

    def strictly(labels: pd.Index) -> pd.Index:
        moments = read(labels)
        return moments.where(write(moments) == labels)

    return LabelForm(strictly, write)


def whole(form: str) -> LabelForm:
    """Whole numbers: neither 1_000 nor 007 is one."""

    def read(labels: pd.Index) -> pd.Index:
        numbers = pd.to_numeric(labels, errors="coerce")
        return numbers.where(numbers % 1 == 0)

    return exact(read, lambda moments: moments.map(lambda moment: format(moment, form)))


NUMBERS = (whole(".0f"), whole(".1f"))


def decimal_years(labels: pd.Index, middle: float) -> LabelForm:
    """Months as R writes them, 1949.0833 being February 1949: a moment is their number. As many digits as there are."""
    digits = labels.str.extract(r"\.([0-9]+)$", expand=False).str.len().fillna(0).astype(int)

    def read(labels: pd.Index) -> pd.Index:
        years = labels.where(labels.str.fullmatch(r"[12][0-9]{3}(\.[0-9]{1,15})?"))
        months = pd.to_numeric(years, errors="coerce") * 12
        whole = (months - middle).round()
        return whole.where((months - middle - whole).map(abs) < 0.06)  # two digits are at most 0.04 away

    def write(moments: pd.Index) -> pd.Index:
        text = ((moments + middle) / 12).map(lambda years: f"{years:.{digits.max()}f}")
        return text if digits.nunique() == 1 else text.str.replace(r"\.?0+$", "", regex=True)

    return LabelForm(read, write)


def iso_dates(labels: pd.Index) -> LabelForm:
    """Dates of ISO 8601, with or without a time, down to microseconds; offsets from UTC may differ, also of midnights:
    these are days, of which some have 23 hours.
    """
    shape = _shape(labels[0])
    last = [label for label in labels if _shape(label) == shape][-1]
    zone, known = ZONE.search(last[10:]), "-" in shape and not re.search(r"[W,]|\.0{7}", shape)
    at_midnight = bool(zone) and not any(re.search("[1-9]", ZONE.sub("", label[10:])) for label in labels)

    def date(label: str) -> datetime:
        if not known or _shape(label) != shape or bool(zone) != bool(ZONE.search(label[10:])):
            raise ValueError
        moment = datetime.fromisoformat(label)
        return moment.replace(tzinfo=None) if at_midnight else moment

    def write(moments: pd.Index) -> pd.Index:
        offset = np.timedelta64((not at_midnight and datetime.fromisoformat(last).utcoffset()) or 0, "us")
        text = pd.Index(np.datetime_as_string(moments.to_numpy("datetime64[us]") + offset)).str[: len(shape)]
        return text.str.replace("T", last[10:11], regex=False) + (zone[0] if zone else "")

    return LabelForm(lambda labels: _dates(labels, date), write)


def _shape(label: str) -> str:
    """Where a date, without its offset from UTC, has digits and signs."""
    return re.sub("[0-9]", "0", label[:10] + ZONE.sub("", label[10:]))


def dated(form: str, years: range | None = None) -> LabelForm:
    """Dates in a format of strptime, a week being its Monday; of some years only, if a label might be a number."""
    day = ("-1", "-%u") if "%V" in form else ("", "")

    def read(labels: pd.Index) -> pd.Index:
        moments = parse(labels + day[0], form + day[1])
        return moments.where(moments.year.isin(years)) if years else moments

    return exact(read, lambda moments: moments.strftime(form))


def quarters(template: str) -> LabelForm:
    """Years and quarters; a moment is the first day."""
    pattern = template.format(year="(?P<year>[0-9]{4})", quarter="(?P<quarter>[1-4])")

    def date(label: str) -> datetime:
        if not (found := re.fullmatch(pattern, label)):
            raise ValueError
        return datetime(int(found["year"]), 3 * int(found["quarter"]) - 2, 1)

    def write(moments: pd.Index) -> pd.Index:
        parts = zip(moments.year, moments.quarter, strict=True)
        return pd.Index([template.format(year=f"{year:.0f}", quarter=f"{quarter:.0f}") for year, quarter in parts])

    return exact(lambda labels: _dates(labels, date), write)


def given_format(labels: pd.Index, form: str) -> LabelForm:
    """The form that `time_format` says; without leading zeros, or in capital or small letters, where the labels are."""
    known, shorter = parse(labels, form).dropna(), [re.sub(f"%([{of}])", r"%-\1", form) for of in ("dm", "dmHI")]
    case = next(way for way in (str.upper, str.lower, str) if way is str or labels.map(way).isin(labels).all())
    written = next((one for one in (form, *shorter) if known.strftime(one).map(case).isin(labels).all()), form)
    return LabelForm(lambda labels: parse(labels, form), lambda moments: moments.strftime(written).map(case))


def parse(labels: Sequence[str], form: str) -> pd.DatetimeIndex:
    """Dates in a format of strptime; missing where a label does not follow it."""
    return _dates(labels, lambda label: datetime.strptime(label, form))


def _dates(labels: Iterable[str], read: Callable[[str], datetime]) -> pd.DatetimeIndex:
    """Moments, in UTC where their offset is known; pandas itself would read the years 1678 to 2262 only."""

    def date(label: str) -> datetime | None:
        try:
            moment = read(label)
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        except (ValueError, OverflowError):
            return None

    return pd.DatetimeIndex(np.array([date(label) for label in labels], "datetime64[us]"))
