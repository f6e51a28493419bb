"""What to do about times that cannot be read or are not equally spaced; and whole numbers that are no dates."""

import pandas as pd
import pytest

from times import days, read, refused

pytestmark = pytest.mark.filterwarnings("error")


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


@pytest.mark.parametrize("form", ["%y%m%d", "%d%m%Y", "%m%d%Y", "%Y%m%d%H", "%Y%m%d%H%M"])
def test_dates_that_look_like_whole_numbers_are_told_from_them_where_a_month_ends(form: str) -> None:
    labels = days(form, "h" if "%H" in form else "D", "2020-11-15")
    said = refused(labels)
    assert f': add  time_format: "{form}"' in said
    assert read(labels[:-1], time_format=form).future(1) == (labels[-1],)


@pytest.mark.parametrize("form", ["%d%m%Y", "%d.%m.%Y"])
def test_dates_from_new_to_old_are_first_read_and_then_to_be_sorted(form: str) -> None:
    labels = days(form)[::-1]
    assert f'add  time_format: "{form}"' in refused(labels)
    assert refused(labels, time_format=form).endswith(": the rows go from new to old: sort them from old to new")


@pytest.mark.parametrize("form", ["%G%V", "%G-%V"])
def test_weeks_without_their_letter_are_asked_to_have_one(form: str) -> None:
    labels = days(form, "W-MON", "2020-08-03")
    assert ": write weeks as 2020-W53" in refused(labels)
    if "-" in form:
        assert refused(labels[:1]).endswith("leave out `time`")


@pytest.mark.parametrize(
    "labels",
    [
        ["123456", "123457", "123459"],
        ["1990", "1991", "1993"],
        ["1", "2", "4"],
        ["2012-13", "2013-14", "2014-15"],
        ["202011", "202012", "202102"],
    ],
    ids=lambda labels: labels[0],
)
def test_numbers_with_a_gap_and_seasons_are_neither_dates_nor_weeks(labels: list[str]) -> None:
    said = refused(labels)
    assert "dates" not in said.replace("a date written", "")
    assert "week" not in said


@pytest.mark.parametrize("form", ["%d%m%y", "%d-%b", "%m-%d"])
def test_days_are_not_proposed_to_be_years(form: str) -> None:
    labels = [f"{day:{form}}" for day in pd.date_range("2020-01-01", periods=31)]
    said = refused(labels)
    assert "%y-%b" not in said
    assert "%m-%y" not in said
    assert "%y%m%d" not in said
    assert ('add  time_format: "%d%m%y"' in said) == (form == "%d%m%y")


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
