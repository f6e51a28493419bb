"""Labels of time: what is read, what is refused, what comes next."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbench import InputError
from cellbench.data.timeline import numbered
from times import days, read, refused

pytestmark = pytest.mark.filterwarnings("error")
OTHERWISE = "; write the times so, add `time_format`, or, if the rows are in the order of time, leave out `time`"
WHOLE_YEARS = tuple(str(year) for year in range(1700, 1989))


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
        ([""], f"row 2, .* got ''{OTHERWISE}$"),
        (["2020-02-30"], f"row 2, .* got '2020-02-30'{OTHERWISE}$"),
        (["1_000"], f"row 2, .* got '1_000'{OTHERWISE}$"),
        (["१७००"], f"row 2, .* got '१७००'{OTHERWISE}$"),
        (["9" * 5000], rf"row 2, .* got '9{{12}}\.\.\.9{{13}}'{OTHERWISE}$"),
        (["1990", "1991.3"], "row 3, .*: expected a time label written like '1990', got '1991.3'$"),
        (["2020-01", "2020-02-01"], "row 3, .*: expected a time label written like '2020-01', got '2020-02-01'$"),
        (["2020-01", "2020-2"], "row 3, .*: expected a time label written like '2020-01', got '2020-2'$"),
        (["5", "5"], "row 3, .*: expected a time label later than .* got '5'$"),
        (["2020-01"] * 3, "row 3, .*: expected a time label later than .* got '2020-01'$"),
        (["5", "6", "6"], "row 4, .*: expected a time label later than .* got '6'$"),
        (["2020-01", "2020-02", "2019-12"], "row 4, .*: expected a time label later than .* got '2019-12'$"),
        (
            ["2020-03", "2020-02", "2020-01"],
            "row 3, .* got '2020-02': the rows go from new to old: sort them from old to new$",
        ),
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
        (["1.5", "2.5"], f"row 2, .*: expected a whole number, .* got '1.5'{OTHERWISE}$"),
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
