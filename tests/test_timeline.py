"""Labels of time: what is read, what is refused, what comes next."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbench import InputError
from cellbench.config.csv_form import CsvForm
from cellbench.data.timeline import Timeline, numbered, read_timeline

pytestmark = pytest.mark.filterwarnings("error")
WHOLE_YEARS = tuple(str(year) for year in range(1700, 1989))


def read(labels: Sequence[str], **said: Any) -> Timeline:
    return read_timeline(pd.Series(labels, range(2, len(labels) + 2), name="month"), "x.csv", CsvForm(**said))


def refused(labels: Sequence[str], **said: Any) -> str:
    with pytest.raises(InputError) as raised:
        read(labels, **said)
    return str(raised.value)


@pytest.mark.parametrize(
    ("labels", "future"),
    [
        (("1987", "1988"), ("1989", "1990")),
        (("1987.0", "1988.0"), ("1989.0", "1990.0")),
        (("-10", "0", "10"), ("20", "30")),
        (("2020-11", "2020-12", "2021-01"), ("2021-02", "2021-03")),
        (("2020-02", "2020-03"), ("2020-04", "2020-05")),
        (("1959-01", "1959-04", "1959-07"), ("1959-10", "1960-01")),
        (("2020-01-31", "2020-02-29", "2020-03-31"), ("2020-04-30", "2020-05-31")),
        (("2020-11-30", "2020-12-31"), ("2021-01-31", "2021-02-28")),
        (("2020-01-15", "2020-02-15", "2020-03-15"), ("2020-04-15", "2020-05-15")),
        (("2019-12-31", "2020-03-31", "2020-06-30"), ("2020-09-30", "2020-12-31")),
        (("2018-12-31", "2019-12-31", "2020-12-31"), ("2021-12-31", "2022-12-31")),
        (("2020-02-20", "2020-02-27", "2020-03-05"), ("2020-03-12", "2020-03-19")),
        (("2020-01-09", "2020-01-10", "2020-01-13"), ("2020-01-14", "2020-01-15")),
        (("2020-02-27", "2020-02-28"), ("2020-02-29", "2020-03-01")),
        (("2020-02-28 18:00", "2020-02-28 21:00", "2020-02-29 00:00"), ("2020-02-29 03:00", "2020-02-29 06:00")),
        (("1600-01-01T00:00:30", "1600-01-01T00:01:00"), ("1600-01-01T00:01:30", "1600-01-01T00:02:00")),
    ],
)
def test_the_future_goes_on_as_the_labels_did(labels: tuple[str, ...], future: tuple[str, ...]) -> None:
    timeline = read(labels)
    assert timeline.labels == labels
    assert timeline.future(2) == future


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            ["Jan 2020"],
            "row 2, column 'month': expected a whole number, or a date written as 1990-01-31, .*: add  time_format",
        ),
        ([""], "row 2, .* got ''$"),
        (["2020-02-30"], "row 2, .* got '2020-02-30'$"),
        (["1_000"], "row 2, .* got '1_000'$"),
        (["१७००"], "row 2, .* got '१७००'$"),
        (["9" * 5000], r"row 2, .* got '9{12}\.\.\.9{13}'$"),
        (["1990", "1991.3"], "row 3, .*: expected a time label written like '1990', got '1991.3'$"),
        (["2020-01", "2020-02-01"], "row 3, .*: expected a time label written like '2020-01', got '2020-02-01'$"),
        (["2020-01", "2020-2"], "row 3, .*: expected a time label written like '2020-01', got '2020-2'$"),
        (["5", "6", "6"], "row 4, .*: expected a time label later than .* got '6'$"),
        (["2020-01", "2020-02", "2019-12"], "row 4, .*: expected a time label later than .* got '2019-12'$"),
        (["1960", "1961", "1963", "1964"], "row 4, .*: expected '1962', got '1963': rows must be .* leave out `time`$"),
        (["1960", "1962", "1963", "1964"], "row 3, .*: expected '1961', got '1962': rows must"),
        (["2020-01", "2020-02", "2020-04"], "row 4, .*: expected '2020-03', got '2020-04': rows must"),
        (
            ["2020-01-31", "2020-02-29", "2020-03-30", "2020-04-30", "2020-05-31"],
            "row 4, .*: expected '2020-03-31', got '2020-03-30': rows must",
        ),
        (["2020-01-01 01:00", "2020-01-01 02:00", "2020-01-01 02:30"], "row 4, .*: expected '2020-01-01 03:00'"),
        (["2020-01-04", "2020-02-01", "2020-05-02"], "row 4, .*: expected '2020-03-07'"),  # pandas: all first Saturdays
        (["1937-02", "1937-04", "1937-05"], "row 4, .*: expected '1937-06', got '1937-05': rows must"),
        (["1.5", "2.5"], "row 2, .*: expected a whole number, .* got '1.5'$"),
        (["1000-01-01", "8000-01-01", "9000-01-01"], "row 4, .*: expected '1.*-.*-.*', got '9000-01-01': rows must"),
    ],
)
def test_a_label_out_of_place_is_named(labels: list[str], message: str) -> None:
    with pytest.raises(InputError, match=rf"^x\.csv: {message}"):
        read(labels)


def test_of_business_days_a_missing_one_is_named() -> None:
    days = [f"{day:%Y-%m-%d}" for day in pd.bdate_range("2020-01-06", periods=30)]
    assert read(days[:10]).future(20) == tuple(days[10:])
    with pytest.raises(InputError, match=r"row 14, .*: expected '2020-01-22', got '2020-01-23'"):
        read(days[:12] + days[13:])


def test_a_single_label_does_not_tell_the_spacing_but_a_row_number_does() -> None:
    with pytest.raises(InputError, match=r"^'2020-01' is the only time label"):
        read(["2020-01"]).future(1)
    assert read(["2020-01"]).until("2020-01") == 1
    assert numbered(1).future(2) == ("2", "3")
    assert numbered(3).labels == ("1", "2", "3")


@pytest.mark.parametrize("labels", [("9999-12-30", "9999-12-31"), ("9999-10-31", "9999-11-30"), ("9999-10", "9999-11")])
def test_the_calendar_ends(labels: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"^3 time labels after '9999-1.* reach beyond .* 9999$"):
        read(labels).future(3)


@pytest.mark.parametrize(
    ("labels", "end", "rows"),
    [
        (WHOLE_YEARS, 1920, 221),
        (WHOLE_YEARS, "1920", 221),
        (("1700.0", "1701.0"), 1700, 1),
        (("1700.0", "1701.0"), "1700", 1),
        (("10", "20", "30"), 25, 2),
        (("10", "20", "30"), 5, 0),
        (("10", "20", "30"), 99, 3),
        (("1990-01", "1990-02", "1990-03"), "1990-02", 2),
        (("1990-01-30", "1990-01-31", "1990-02-01"), "1990-01-31", 2),
        (("1990-01-01 00:00", "1990-01-01 01:00"), "1990-01-01 00:30", 1),
    ],
)
def test_a_period_ends_with_the_last_label_at_or_before_its_end(
    labels: tuple[str, ...], end: int | str, rows: int
) -> None:
    assert read(labels).until(end) == rows


@pytest.mark.parametrize(
    ("labels", "end"),
    [
        (("1990", "1991"), "1990.5"),
        (("1990.0", "1991.0"), "1990.5"),
        (("1990", "1991"), "1990-01"),
        (("1990", "1991"), "inf"),
        (("1990-01-30", "1990-01-31"), "1990-01"),
        (("1990-01-30", "1990-01-31"), 1990),
        (("1990-01", "1990-02"), "the end"),
    ],
)
def test_an_end_that_is_no_label_is_refused(labels: tuple[str, ...], end: int | str) -> None:
    with pytest.raises(InputError, match=f"^expected .* written like '{labels[0]}', got '{end}'$"):
        read(labels).until(end)


def test_rows_left_out_do_not_change_the_future() -> None:
    kept = read(["2020-01", "2020-02", "2020-03", "2020-04"]).keep([True, False, True, False])
    assert kept.labels == ("2020-01", "2020-03")
    assert kept.until("2020-02") == 1
    assert kept.future(2) == ("2020-04", "2020-05")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "frequency", ["B", "W-SAT", "ME", "MS", "BME", "QS-JAN", "QE-DEC", "YE-DEC", "YS-JAN", "14D", "WOM-3FRI"]
)
def test_whatever_pandas_spaces_evenly_is_read_and_continued(frequency: str) -> None:
    days = tuple(f"{day:%Y-%m-%d}" for day in pd.date_range("1899-12-30", periods=40, freq=frequency))
    assert read(days[:20]).future(20) == days[20:]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dates() | st.integers(1950, 2050), min_size=1, max_size=8, unique_by=str))
def test_any_labels_are_read_or_refused(moments: list[date | int]) -> None:
    labels = sorted(map(str, moments))
    with suppress(InputError):
        assert read(labels).labels == tuple(labels)


# Forms of labels, against what pandas makes of the calendar


def months(form: str, start: str = "2019-03") -> list[str]:
    return [month.strftime(form) for month in pd.period_range(start, periods=40, freq="M")]


def quarters(form: str) -> list[str]:
    return [quarter.strftime(form) for quarter in pd.period_range("2015Q2", periods=40, freq="Q")]


def days(form: str, frequency: str = "D", start: str = "2020-12-15", zone: str | None = None) -> list[str]:
    return [f"{day:{form}}" for day in pd.date_range(start, periods=40, freq=frequency, tz=zone)]


def fractions(start: float, step: float, digits: int) -> list[str]:
    return [f"{start + n * step:.{digits}f}" for n in range(40)]


RECOGNISED = {
    "202012": months("%Y%m"),
    "190012": months("%Y%m", "1899-12"),
    "20201231": days("%Y%m%d"),
    "20201231, business days": days("%Y%m%d", "B", "2020-12-17"),
    "20201231, last days of months": days("%Y%m%d", "ME"),
    "2020-W53": days("%G-W%V", "W-MON", "2020-08-03"),
    "2020-W53, every second one": days("%G-W%V", "14D", "2020-01-06"),
    "2020W53": days("%GW%V", "W-MON", "2020-08-03"),
    "2019M12": months("%YM%m"),
    "2019M12, every quarter": months("%YM%m")[::3],
    "2019Q4": quarters("%YQ%q"),
    "2019-Q4": quarters("%Y-Q%q"),
    "2019 Q4": quarters("%Y Q%q"),
    "2019q4": quarters("%Yq%q"),
    "Q4 2019": quarters("Q%q %Y"),
    "Q4-2019": quarters("Q%q-%Y"),
    "Q4/2019": quarters("Q%q/%Y"),
    "2019Q4, every year": quarters("%YQ%q")[::4],
    "1949.9167": fractions(1948.5, 1 / 12, 4),
    "1949.92": fractions(1948.5, 1 / 12, 2),
    "1949.91666666667, and 1950": [f"{text:.11f}".rstrip("0").rstrip(".") for text in 1948.5 + np.arange(40) / 12],
    "1949.25, and 1950": [f"{text:g}" for text in 1948.5 + np.arange(40) / 4],
    "1949.250": fractions(1948.5, 1 / 4, 3),
    "1949.958, the middle of a month": fractions(1948.5 + 1 / 24, 1 / 12, 3),
    "2020-12-31T23:00": days("%Y-%m-%dT%H:%M", "h", "2020-12-31 02:00"),
    "2020-12-31 23:00": days("%Y-%m-%d %H:%M", "h", "2020-12-31 02:00"),
    "2020-12-31T23": days("%Y-%m-%dT%H", "h", "2020-12-31 02:00"),
    "2020-12-31T23:59:59": days("%Y-%m-%dT%H:%M:%S", "s", "2020-12-31 23:59:45"),
    "2020-12-31 23:59:59.500": [text[:-3] for text in days("%Y-%m-%d %H:%M:%S.%f", "500ms", "2020-12-31 23:59:50")],
    "2020-12-31T23:59:59.999500": days("%Y-%m-%dT%H:%M:%S.%f", "500us", "2020-12-31 23:59:59.990"),
    "2020-12-31T23:00Z": days("%Y-%m-%dT%H:%MZ", "h", "2020-12-31 02:00"),
    "2020-12-31T23:00:00.000Z": days("%Y-%m-%dT%H:%M:%S.000Z", "h", "2020-12-31 02:00"),
    "2020-12-31T23:00:00+01:00": days("%Y-%m-%dT%H:%M:%S+01:00", "h", "2020-12-31 02:00"),
    "2020-12-31 23:00:00-0500": days("%Y-%m-%d %H:%M:%S%z", "h", "2020-12-31 02:00", "America/Lima"),
    "2020-12-31 23:00:00 +0530": days("%Y-%m-%d %H:%M:%S %z", "15min", "2020-12-31 20:00", "Asia/Kolkata"),
}


@pytest.mark.parametrize("labels", RECOGNISED.values(), ids=RECOGNISED)
def test_labels_are_recognised_and_continued_as_they_are_written(labels: list[str]) -> None:
    for known in (3, 9, len(labels) - 5):
        timeline = read(labels[:known])
        assert timeline.labels == tuple(labels[:known])
        assert timeline.future(len(labels) - known) == tuple(labels[known:])
        assert [timeline.until(label) for label in labels[:known]] == list(range(1, known + 1))


@pytest.mark.parametrize(
    ("labels", "future"),
    [
        (("202011", "202012"), ("202101", "202102")),
        (("20201230", "20201231"), ("20210101", "20210102")),
        (("2020-W52", "2020-W53"), ("2021-W01", "2021-W02")),
        (("2019-Q3", "2019-Q4"), ("2020-Q1", "2020-Q2")),
        (("1949.8333", "1949.9167"), ("1950.0000", "1950.0833")),
        (("1949.833333333", "1949.916666667"), ("1950.000000000", "1950.083333333")),
        (("1949.75", "1949.83", "1949.92", "1950"), ("1950.08", "1950.17")),
        (("1749.042", "1749.123", "1749.204", "1749.288"), ("1749.375", "1749.458")),  # by days, as for sunspots
    ],
)
def test_the_turn_of_a_year_is_written_like_what_came_before(labels: tuple[str, ...], future: tuple[str, ...]) -> None:
    assert read(labels).future(2) == future


@pytest.mark.parametrize(("start", "jump"), [("2020-10-24 20:00", "2020-10-25"), ("2021-03-27 20:00", "2021-03-28")])
@pytest.mark.parametrize("frequency", ["h", "30min", "15min"])
def test_offsets_may_change_with_daylight_saving(start: str, jump: str, frequency: str) -> None:
    times = pd.date_range(start, periods=80, freq=frequency, tz="Europe/Berlin")
    labels = [time.isoformat() for time in times]
    assert len({label[-6:] for label in labels[:40]}) == 2
    timeline = read(labels[:40])
    assert timeline.future(40) == tuple(labels[40:])
    pd.testing.assert_index_equal(
        timeline.moments, times[:40].tz_convert("UTC").tz_localize(None).as_unit("us")._with_freq(None)
    )
    assert timeline.until(f"{jump}T00:00:00Z") == (times[:40] <= pd.Timestamp(jump, tz="UTC")).sum()


# Formats that params.yaml says


@pytest.mark.parametrize(
    ("form", "labels"),
    [
        ("%m/%d/%Y", days("%m/%d/%Y")),
        ("%m/%d/%Y", days("%-m/%-d/%Y")),
        ("%d.%m.%Y", days("%d.%m.%Y")),
        ("%d.%m.%y", days("%d.%m.%y", "ME")),
        ("%d.%m.%Y", days("%-d.%-m.%Y")),
        ("%d.%m.%Y", days("%-d.%-m.%Y", "W-THU")),
        ("%d %b %Y", days("%-d %b %Y")),
        ("%d %b %Y", days("%d %b %Y")),
        ("%b-%y", months("%b-%y")),
        ("%B %Y", months("%B %Y")),
        ("%m/%Y", months("%m/%Y")),
        ("%Y/%m/%d %H:%M:%S", days("%Y/%m/%d %H:%M:%S", "6h")),
        ("%m/%d/%Y %H:%M", days("%-m/%-d/%Y %-H:%M", "h")),
        ("%m/%d/%Y %I:%M:%S %p", days("%-m/%-d/%Y %-I:%M:%S %p", "h")),
        ("%Y-%j", days("%Y-%j")),
        ("%G-%V-%u", days("%G-%V-%u", "W-MON")),
        ("%Y%m%d%H", days("%Y%m%d%H", "h")),
    ],
)  # fmt: skip
def test_a_given_format_is_read_and_continued_with_or_without_leading_zeros(form: str, labels: list[str]) -> None:
    timeline = read(labels[:30], time_format=form)
    assert timeline.labels == tuple(labels[:30])
    assert timeline.future(10) == tuple(labels[30:])
    assert timeline.until(labels[17]) == 18


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (("31.12.2020", "2021-01-01"), "row 3, .*: expected a time label written like '31.12.2020', got '2021-01-01'$"),
        (("12/30/2020", "12/31/2020"), r"row 2, .*: expected a time written as %d\.%m\.%Y, got '12/30/2020'"),
        (("31.12.2020", "32.12.2020"), "row 3, .*: expected a time label written like '31.12.2020', got '32.12.2020'$"),
        (("31.12.2020", "30.12.2020"), "row 3, .*: expected a time label later than the one before, got '30.12.2020'$"),
        (("30.12.2020", "31.12.2020", "02.01.2021"), "row 4, .*: expected '01.01.2021', got '02.01.2021': rows must"),
        (("1.9.2020", "2.9.2020", "4.9.2020"), "row 4, .*: expected '3.9.2020', got '4.9.2020': rows must"),
    ],
)
def test_a_label_that_does_not_follow_the_given_format_is_named(labels: tuple[str, ...], message: str) -> None:
    assert re.match(rf"x\.csv: {message}", refused(labels, time_format="%d.%m.%Y"))


@pytest.mark.parametrize(
    ("labels", "form"),
    [
        (days("%d.%m.%Y"), "%d.%m.%Y"),
        (days("%-m/%-d/%Y"), "%m/%d/%Y"),
        (days("%d/%m/%Y"), "%d/%m/%Y"),
        (days("%Y/%m/%d"), "%Y/%m/%d"),
        (days("%d-%b-%Y"), "%d-%b-%Y"),
        (days("%b %-d, %Y"), "%b %d, %Y"),
        (days("%d.%m.%Y %H:%M", "h"), "%d.%m.%Y %H:%M"),
        (days("%-m/%-d/%Y %-I:%M:%S %p", "h"), "%m/%d/%Y %I:%M:%S %p"),
        (months("%b-%y"), "%b-%y"),
        (months("%B %Y"), "%B %Y"),
        (months("%m/%Y"), "%m/%Y"),
    ],
)
def test_the_format_that_reads_all_labels_is_proposed_and_does_read_them(labels: list[str], form: str) -> None:
    said = refused(labels)
    assert said.endswith(f", got {labels[0]!r}: add  time_format: {json.dumps(form)}")
    assert read(labels, time_format=form).labels == tuple(labels)


@pytest.mark.parametrize(
    "labels", [("01/02/2020", "02/02/2020"), ("01/02/2020", "01/03/2020"), ("1/2/2020", "1/3/2020")]
)
def test_where_day_and_month_may_be_either_both_formats_are_named(labels: tuple[str, ...]) -> None:
    said = refused(labels)
    assert said.endswith(': add  time_format: "%d/%m/%Y" (or "%m/%d/%Y", whichever it is)')
    apart = [read(labels, time_format=form).apart[0] for form in ("%d/%m/%Y", "%m/%d/%Y")]
    assert sorted(apart)[0] == 1 < sorted(apart)[1]


# Rows as steps


def test_trading_days_are_followed_by_business_days() -> None:
    holidays = pd.to_datetime(["2020-04-10", "2020-04-13", "2020-05-01", "2020-05-21"])
    trading = pd.bdate_range("2020-03-02", "2020-05-29").difference(holidays)
    labels = [f"{day:%Y-%m-%d}" for day in trading]
    timeline = read(labels, spacing="rows")
    assert timeline.labels == tuple(labels)
    assert timeline.future(15) == tuple(f"{day:%Y-%m-%d}" for day in pd.bdate_range("2020-06-01", periods=15))
    for end in ("2020-04-09", "2020-04-11", "2020-05-01", "2020-05-29"):
        assert timeline.until(end) == (trading <= end).sum()
    said = refused(labels)
    assert "expected '2020-04-10', got '2020-04-14': rows must be equally spaced: add missing ones with empty" in said
    assert "; or, where each row is a step whatever its time, add  spacing: rows; or leave out `time`" in said


@pytest.mark.parametrize(
    ("labels", "future"),
    [
        (("5", "7", "9", "20"), ("22", "24")),
        (("2020-01", "2020-02", "2020-03", "2020-07"), ("2020-08", "2020-09")),
        (("2019Q1", "2019Q2", "2019Q4"), ("2020Q1", "2020Q2")),
        (("2020-01-06", "2020-01-13", "2020-01-20", "2020-02-10"), ("2020-02-17", "2020-02-24")),
    ],
)
def test_rows_that_leave_times_out_go_on_in_the_usual_steps(labels: tuple[str, ...], future: tuple[str, ...]) -> None:
    assert read(labels, spacing="rows").future(2) == future
    assert "add  spacing: rows" in refused(labels)


def test_rows_that_are_steps_must_still_be_in_order() -> None:
    assert re.match(r"x\.csv: row 4, .* later than the one before, got '6'$", refused(["5", "7", "6"], spacing="rows"))


# Numbers that are not dates, and dates that are not labels


@pytest.mark.parametrize(
    "labels",
    [
        [str(n) for n in range(100001, 100041)],
        [str(n) for n in range(190013, 190053)],
        [str(n) for n in range(200001, 200151)],  # the first twelve may be months
        [str(n) for n in range(20201220, 20201260)],
        [str(n) for n in range(1577836800, 1577836800 + 40 * 3600, 3600)],
        [str(n) for n in range(1577836800000, 1577836800000 + 40 * 1000, 1000)],
        [str(n) for n in range(-5, 40)],
    ],
    ids=lambda labels: labels[0],
)
def test_whole_numbers_that_are_not_all_dates_are_whole_numbers(labels: list[str]) -> None:
    timeline, step = read(labels), int(labels[1]) - int(labels[0])
    assert timeline.moments.tolist() == [int(label) for label in labels]
    assert timeline.future(2) == (str(int(labels[-1]) + step), str(int(labels[-1]) + 2 * step))


@pytest.mark.parametrize(("unit", "digits"), [("s", 10), ("ms", 13)])
def test_unix_times_that_are_not_equally_spaced_are_told_from_counters(unit: str, digits: int) -> None:
    starts = pd.date_range("2020-01-01", periods=6, freq="MS")
    times = [str(int(start.timestamp() * {"s": 1, "ms": 1000}[unit])) for start in starts]
    assert {len(time) for time in times} == {digits}
    said = refused(times)
    assert said.startswith(f"x.csv: row 4, column 'month': expected '{2 * int(times[1]) - int(times[0])}', got ")
    assert said.endswith(
        f"got '{times[2]}': {times[2]} may be a Unix time, 2020-03-01 00:00:00: write dates instead, as "
        f"pandas.to_datetime(times, unit='{unit}') gives them"
    )
    written = [f"{time:%Y-%m-%d}" for time in pd.to_datetime([int(time) for time in times], unit=unit)]
    assert read(written).future(1) == ("2020-07-01",)


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"])
@pytest.mark.parametrize(
    ("start", "frequency", "said"),
    [
        ("2020-10-24 20:00", "h", "double"),
        ("2020-10-24 20:00", "15min", "double"),
        ("2020-03-28 20:00", "h", "leave out"),
        ("2020-03-28 20:00", "15min", "leave out"),
    ],
)
def test_an_hour_that_is_doubled_or_left_out_is_put_down_to_daylight_saving(
    form: str, start: str, frequency: str, said: str
) -> None:
    times = pd.date_range(start, periods=60, freq=frequency, tz="Europe/Berlin")
    local = [f"{time:{form}}" for time in times]
    message = refused(local, time_format=form)
    row = next(n for n in range(1, 60) if times[n].utcoffset() != times[n - 1].utcoffset())
    assert message.startswith(f"x.csv: row {row + 2}, column 'month': expected ")
    assert message.endswith(
        f", got '{local[row]}': daylight saving seems to {said} an hour here: write the times in UTC, or with their "
        "offsets as in 2020-03-29T03:00:00+02:00"
    )
    assert read([time.isoformat() for time in times]).future(1)
    assert read([f"{time:{form}}" for time in times.tz_convert("UTC")], time_format=form).future(1)


@pytest.mark.parametrize(
    ("labels", "place", "until", "later"),
    [
        (["1", "2", "3", "5", "7", "9"], "3", "'2', '3'", "'3', '5'"),
        (days("%Y-%m-%d", "MS", "2019-02-01")[:5] + days("%Y-%m-%d", "D", "2019-06-02")[:9],
         "2019-06-01", "'2019-05-01', '2019-06-01'", "'2019-06-01', '2019-06-02'"),
        (days("%Y-%m-%d", "D", "2019-05-20")[:13] + days("%Y-%m-%d", "MS", "2019-07-01")[:6],
         "2019-06-01", "'2019-05-31', '2019-06-01'", "'2019-06-01', '2019-07-01'"),
        (["2019Q1", "2019Q2", "2019Q3", "2019Q4", "2020Q4", "2021Q4", "2022Q4"],
         "2019Q4", "'2019Q3', '2019Q4'", "'2019Q4', '2020Q4'"),
    ],
)  # fmt: skip
def test_a_frequency_that_changes_is_named_with_its_place(
    labels: list[str], place: str, until: str, later: str
) -> None:
    said = f"the spacing changes at '{place}': until there {until}, from there {later}; keep the rows before it, or"
    assert f": {said} those after it" in refused(labels)
    at = labels.index(place)
    assert read(labels[: at + 1]).future(1)
    assert read(labels[at:]).future(1)


def test_one_row_that_is_missing_is_no_change_of_the_frequency() -> None:
    assert "the spacing changes" not in refused(["1", "2", "3", "5", "6", "7"])


@pytest.mark.parametrize(
    "known", [["2020-01", "2020-02", "2020-03"], ["7", "8"], ["2019Q3", "2019Q4"], ["1949.5", "1949.75"]]
)
@pytest.mark.parametrize(
    "notes", [["Source: an office"], ["", "retrieved in May"], ["Total", "Mean", "(p) preliminary"]]
)
def test_notes_under_the_labels_are_proposed_to_be_left_out(known: list[str], notes: list[str]) -> None:
    for skipped in (0, 2):
        assert refused([*known, *notes], skip_footer=skipped) == (
            f"x.csv: row {len(known) + 2}, column 'month': expected a time label written like '{known[0]}', got "
            f"{notes[0]!r}, in the last rows: add  skip_footer: {skipped + len(notes)}"
        )


def test_a_label_between_others_is_no_note_under_them() -> None:
    assert refused(["7", "Total", "8"]).endswith("expected a time label written like '7', got 'Total'")


# How far apart, how long after


@pytest.mark.parametrize(
    ("labels", "apart", "after"),
    [
        (days("%Y-%m-%d"), 1, 39),
        (days("%Y-%m-%d", "W-MON"), 7, 39),
        (days("%Y-%m-%d %H:%M", "6h"), 0.25, 39),
        (WHOLE_YEARS, 1, 288),
        (("10", "20", "30"), 10, 2),
    ],
)
def test_a_timeline_knows_how_far_apart_its_rows_are_and_how_many_lie_after_a_label(
    labels: Sequence[str], apart: float, after: float
) -> None:
    timeline = read(labels)
    assert timeline.apart is not None
    assert timeline.apart[0] == pytest.approx(apart)
    assert timeline.rows_after(labels[0]) == pytest.approx(after)
    assert timeline.rows_after(timeline.future(3)[-1]) == pytest.approx(-3)
    assert read(labels[:1]).apart is None
