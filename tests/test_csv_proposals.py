"""What must not be guessed about a CSV file, and what is proposed instead."""

from pathlib import Path
from typing import Any

import pytest

from cellbench import InputError
from csv_files import added
from tables import GERMAN, read, refused, series_in


@pytest.mark.parametrize("cell", ["1.2345", "12.34567", "1.23", "1.234.56"])
def test_signs_between_thousands_that_stand_elsewhere_are_no_number(file: Path, cell: str) -> None:
    assert "expected a number" in refused(file, f"month;sales\n2020-01;{cell}\n", features=(), **GERMAN)


def test_groups_of_three_may_be_decimals_or_thousands_and_both_are_named(file: Path) -> None:
    said = refused(file, 'month,sales\n2020-01,"1,234"\n2020-02,"12,345"\n', features=())
    assert said.endswith(': add  decimal: "," (or decimal: ".", thousands: ",", whichever it is)')


@pytest.mark.parametrize("sign", ["'", "\u2019"])
def test_swiss_signs_between_thousands_are_proposed_and_read(file: Path, sign: str) -> None:
    content = f"month,sales\n2020-01,1{sign}234.5\n2020-02,999\n"
    said = refused(file, content, features=())
    assert added(said) == {"decimal": ".", "thousands": sign}
    assert read(file, content, features=(), **added(said)).target.tolist() == [1234.5, 999]


def test_what_is_already_said_to_be_missing_stays_so_in_the_proposal(file: Path) -> None:
    said = refused(file, "month,sales\n2020-01,5\n2020-02,--\n2020-03,.\n", features=(), missing_values=["--"])
    assert added(said) == {"missing_values": ["--", "."]}


@pytest.mark.parametrize("cell", ["1_000", "6%", "(5)", "\u22125", "x" * 100_000])
def test_a_number_that_is_written_oddly_is_not_proposed_as_missing(file: Path, cell: str) -> None:
    said = refused(file, f"month,sales\n2020-01,5\n2020-02,7\n2020-03,{cell}\n2020-04,8\n", features=())
    assert "add" not in said
    assert len(said) < 200


def test_signs_that_differ_from_column_to_column_are_not_proposed_in_turn(file: Path) -> None:
    mixed = "month;sales;price\n2020-01;5,5;0.25\n2020-02;6,5;0.5\n"
    for decimal, cell in ((".", "5,5"), (",", "0.25")):
        said = refused(file, mixed, sep=";", decimal=decimal)
        assert f"got '{cell}'; other numbers of the table are written differently" in said
        assert "add" not in said
    marked = mixed.replace("6,5;0.5", "--;0.5").replace("2020-02;", "2020-02;6,5;--\n2020-03;")
    for decimal in (".", ","):
        said = refused(file, marked, sep=";", decimal=decimal, missing_values=["--"], missing="drop")
        assert "other numbers of the table are written differently" in said
    of_two = "id;sales\na;1.5\na;2.5\nb;1,5\nb;2,5\n"
    for decimal in (".", ","):
        file.write_text(of_two)
        with pytest.raises(InputError, match="other numbers of the table are written differently"):
            series_in(file, time=None, features=(), series="id", sep=";", decimal=decimal)
    whole = mixed.replace("0.25", "25").replace("0.5", "5")  # which have no decimals
    assert added(refused(file, whole, sep=";")) == {"decimal": ","}


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
def test_a_file_in_utf_8_is_proposed_as_such(file: Path, encoding: str) -> None:
    assert added(refused(file, "month,größe\n2020-01,5\n", encoding=encoding)) == {"encoding": "utf-8"}


@pytest.mark.parametrize("sep", [";", "\t"])
def test_quoted_headers_hide_no_separator(file: Path, sep: str) -> None:
    said = refused(file, f'"month"{sep}"sales"\n"2020-01"{sep}5,5\n"2020-02"{sep}6,5\n', features=())
    assert added(said) == {"sep": sep, "decimal": ","}


def test_a_message_stays_on_one_line_whatever_a_cell_holds(file: Path) -> None:
    said = refused(file, "month,sales\n2020-01,5\n2020-02,a\u2028b\n2020-03,7\n", features=())
    assert len(said.splitlines()) == 1
    assert added(said) == {"missing_values": ["a\u2028b"]}


@pytest.mark.parametrize(
    ("keys", "column"),
    [
        ({"target": "1"}, "month"),
        ({"target": "sales", "features": ("2",)}, "sales"),
        ({"target": "sales", "features": ("stock", "3")}, "stock"),
        ({"target": "sales", "series": "1"}, "month"),
    ],
)
def test_one_column_has_one_role_by_its_header_and_by_its_place(file: Path, keys: dict[str, Any], column: str) -> None:
    said = refused(file, "month,sales,stock\n2020-01,5,1\n", **{"features": ()} | keys)
    assert said == f"the column {column!r} has more than one role"


def test_a_column_of_numbers_needs_a_header_of_its_own_by_which_a_forecast_finds_it(file: Path) -> None:
    content = ",,sales\n2020-01,5,1\n2020-02,6,2\n"
    assert read(file, content, time="1", features=()).timeline.labels == ("2020-01", "2020-02")
    said = refused(file, content, time="1", features=("2",))
    assert said.endswith("got 2 columns with the header '': rename them")


def test_a_file_without_a_header_loses_no_row(file: Path) -> None:
    said = refused(file, "2020,5\n2021,6\n", target="2", time="1", features=())
    assert said == "row 1: expected a header, got '5': write one above the first row"


@pytest.mark.parametrize("last", ["Source: an office", ""])
def test_a_note_below_dates_is_named_itself(file: Path, last: str) -> None:
    said = refused(file, f"month,sales\n2020-01-01,5\n2020-01-02,6\n{last},7\n", features=())
    assert said.startswith("row 4, column 'month': expected a time label written like '2020-01-01'")


def test_parts_of_a_second_go_down_to_microseconds(file: Path) -> None:
    fine = "month,sales\n2020-01-01T00:00:00.000001,5\n2020-01-01T00:00:00.000002,6\n"
    assert read(file, fine, features=()).timeline.future(1) == ("2020-01-01T00:00:00.000003",)
    assert "expected a whole number, or a date" in refused(file, fine.replace(".00000", ".00000000"), features=())


def test_times_that_mostly_repeat_go_on_where_rows_are_the_steps(file: Path) -> None:
    assert read(file, "month,sales\n5,1\n5,2\n5,3\n6,4\n", features=(), spacing="rows").timeline.future(2) == ("7", "8")
