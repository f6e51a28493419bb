"""Forms of time labels: recognised or given, continued as they are written."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from times import days, read, refused

pytestmark = pytest.mark.filterwarnings("error")


# Forms of labels, against what pandas makes of the calendar


def months(form: str, start: str = "2019-03") -> list[str]:
    return [month.strftime(form) for month in pd.period_range(start, periods=40, freq="M")]


def quarters(form: str) -> list[str]:
    return [quarter.strftime(form) for quarter in pd.period_range("2015Q2", periods=40, freq="Q")]


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
    "4Q2019": quarters("%qQ%Y"),
    "2019.Q4": quarters("%Y.Q%q"),
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


@pytest.mark.parametrize("frequency", ["D", "W-SUN", "MS"])
def test_days_of_local_time_are_days_though_one_has_23_hours(frequency: str) -> None:
    days = pd.date_range("2020-03-01", periods=40, freq=frequency, tz="Europe/Berlin")
    labels = [day.isoformat() for day in days]
    assert len({label[-6:] for label in labels}) == 2
    timeline = read(labels)
    following = pd.date_range(days[-1], periods=3, freq=frequency)[1:]
    assert timeline.future(2) == tuple(f"{day:%Y-%m-%dT00:00:00}{labels[-1][-6:]}" for day in following)
    assert timeline.until(labels[20]) == 21
    assert "equally spaced" in refused([*labels[:20], *labels[21:]])


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
        ("%b-%y", [month.upper() for month in months("%b-%y")]),
        ("%d %b %Y", [day.lower() for day in days("%-d %b %Y")]),
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
def test_a_given_format_is_read_and_continued_as_it_is_written(form: str, labels: list[str]) -> None:
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
        (days("%b %d %Y"), "%b %d %Y"),
        (days("%d/%b/%Y"), "%d/%b/%Y"),
        (days("%-d. %B %Y"), "%d. %B %Y"),
        (days("%Y-%j"), "%Y-%j"),
        (days("%G-W%V-%u"), "%G-W%V-%u"),
        (days("%Y%m%d %H:%M", "h"), "%Y%m%d %H:%M"),
        (days("%Y%m%dT%H%M%S", "h"), "%Y%m%dT%H%M%S"),
        (months("%b-%y"), "%b-%y"),
        (months("%B %Y"), "%B %Y"),
        (months("%m/%Y"), "%m/%Y"),
        (months("%Y %m"), "%Y %m"),
        (months("%m-%y"), "%m-%y"),
        (months("%y-%b"), "%y-%b"),
        (months("%Ym%m"), "%Ym%m"),
    ],
)
def test_the_format_that_reads_all_labels_is_proposed_and_does_read_them(labels: list[str], form: str) -> None:
    said = refused(labels)
    assert said.endswith(f", got {labels[0]!r}: add  time_format: {json.dumps(form)}")
    assert read(labels[:-1], time_format=form).future(1) == (labels[-1],)


@pytest.mark.parametrize(
    "labels", [("01/02/2020", "02/02/2020"), ("01/02/2020", "01/03/2020"), ("1/2/2020", "1/3/2020")]
)
def test_where_day_and_month_may_be_either_both_formats_are_named(labels: tuple[str, ...]) -> None:
    said = refused(labels)
    assert said.endswith(': add  time_format: "%d/%m/%Y" (or "%m/%d/%Y", whichever it is)')
    apart = [read(labels, time_format=form).apart[0] for form in ("%d/%m/%Y", "%m/%d/%Y")]
    assert sorted(apart)[0] == 1 < sorted(apart)[1]
