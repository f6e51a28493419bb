"""The columns of a CSV file: which is meant, what is missing in it, whether it tells several series apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellbench import InputError
from csv_files import added
from tables import GERMAN, read, refused, series_in

# Missing values

HOLE = "month,sales\n2020-01,1\n2020-02,{}\n2020-03,3\n"


@pytest.mark.parametrize(
    "cell",
    ["", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "nan", "NaN", "-nan", "-NaN", "NULL", "null", "None",
     "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"],
)  # fmt: skip
def test_what_is_missing_to_pandas_is_missing(file: Path, cell: str) -> None:
    series = read(file, HOLE.format(cell), missing="interpolate", features=())
    assert pd.read_csv(file)["sales"].isna().tolist() == [False, True, False]
    assert (series.target.tolist(), series.observed.tolist()) == ([1, 2, 3], [True, False, True])


@pytest.mark.parametrize(
    ("cell", "marks"),
    [
        ("--", ["--"]), (" -- ", ["--"]), (".", [".", "--"]), ("-9999", [-9999]), ("-9999.0", [-9999]),
        ("-9999.00", [-9999.0]), ("-9.999e3", [-9999]), ("-9999", ["-9999"]), ("9.96921e+36", [9.96921e36]),
        ("missing", ["missing", -1]), ("-1", ["missing", -1]),
    ],
)  # fmt: skip
def test_a_mark_is_missing_as_text_or_as_a_number_however_it_is_written(
    file: Path, cell: str, marks: list[Any]
) -> None:
    for missing, target in (("interpolate", [1, 2, 3]), ("drop", [1, 3])):
        series = read(file, HOLE.format(cell), missing=missing, features=(), missing_values=marks)
        assert series.target.tolist() == target
    said = refused(file, HOLE.format(cell), features=(), missing_values=marks)
    assert said.startswith("row 3, column 'sales': expected a number (in a CSV file, `missing: interpolate` fills in")


@pytest.mark.parametrize(("cell", "marks"), [("-9999.0", ["-9999"]), ("-9999", [9999]), ("-9999", [])])
def test_a_number_that_is_no_mark_is_a_value(file: Path, cell: str, marks: list[Any]) -> None:
    assert read(file, HOLE.format(cell), features=(), missing_values=marks).target.tolist() == [1, -9999, 3]


def test_a_mark_is_written_with_the_signs_of_the_file(file: Path) -> None:
    content = "month;sales\n2020-01;1\n2020-02;-9.999,0\n2020-03;3\n"
    series = read(file, content, missing="drop", features=(), missing_values=[-9999], **GERMAN)
    assert series.target.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("cells", "marks"),
    [
        (["--", "1", "2"], ["--"]),
        (["1", "--", "?", "2", "3"], ["--", "?"]),
        (["1", "--", "", "?", ".", "2", "3", "4"], ["--", "?", "."]),
        (["1", "#DIV/0!", "2", "#REF!", "3"], ["#DIV/0!", "#REF!"]),
        (["1", "--", "?"], None),  # more than half of the values
        (["1", "a", "b", "c", "d", *"2345"], None),  # too many different ones
    ],
)
def test_few_texts_in_a_column_of_numbers_may_be_marks(file: Path, cells: list[str], marks: list[str] | None) -> None:
    content = "year,sales\n" + "".join(f"{1990 + n},{cell}\n" for n, cell in enumerate(cells))
    said = refused(file, content, time="year", features=())
    assert said.count("add  ") == bool(marks)
    if marks:
        assert added(said) == {"missing_values": marks}
        series = read(file, content, time="year", features=(), missing="drop", missing_values=marks)
        assert series.target.tolist() == [float(cell) for cell in cells if cell.isdigit()]


def test_of_a_column_of_names_no_name_is_missing(file: Path) -> None:
    """Namibia's code is NA."""
    codes = ["NA", "nan", "null", "N/A", "DE"]
    file.write_text("code,year,sales\n" + "".join(f"{c},{y},{y}\n" for c in codes for y in (2020, 2021)))
    found = series_in(file, series="code", time="year", features=(), missing_values=["DE"])
    assert [one.name for one in found] == codes
    assert all(one.target.tolist() == [2020, 2021] for one in found)
    file.write_text(file.read_text().replace("null", ""))
    with pytest.raises(InputError, match=r"row 6, column 'code': expected the name of a series, got ''$"):
        series_in(file, series="code", time="year", features=())


# Headers


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Umsa\u0308tze", "Umsätze"),
        ("Umsätze", "Umsa\u0308tze"),
        ("Net\u00a0sales", "Net sales"),
        ("Net sales", "Net\u202fsales"),
        ('"""sales"""', "sales"),
        ("'sales'", "sales"),
        ("  sales  ", "sales"),
        ('" sales "', "sales"),
        ("\u00a0sales\u00a0", "sales"),
        ("sales", '"sales"'),
        ("m²", "m2"),
    ],
)
def test_headers_that_look_alike_name_the_same_column(file: Path, header: str, name: str) -> None:
    assert read(file, f"month,{header}\n2020-01,5\n2020-02,6\n", target=name, features=()).target.tolist() == [5, 6]


def test_the_very_header_comes_before_one_that_looks_alike_and_two_that_look_alike_are_two(file: Path) -> None:
    content = "month,Umsätze,Umsa\u0308tze\n2020-01,5,7\n"
    assert read(file, content, target="Umsätze", features=()).target.tolist() == [5]
    assert read(file, content, target="Umsa\u0308tze", features=()).target.tolist() == [7]
    said = refused(file, "month,net\u00a0sales,net\u202fsales\n2020-01,5,7\n", target="net sales", features=())
    assert said == "expected one column 'net sales', got 2"


@pytest.mark.parametrize("header", ["", '""', "Unnamed: 0"])
@pytest.mark.parametrize("name", ["", "1", "Unnamed: 0"])
def test_a_column_without_a_name_is_named_by_nothing_or_by_its_position(file: Path, header: str, name: str) -> None:
    series = read(file, f"{header},sales\n2020-01,5\n2020-02,6\n", time=name, features=())
    assert (series.timeline.labels, series.target.tolist()) == (("2020-01", "2020-02"), [5, 6])


def test_a_number_is_a_header_before_it_is_a_position(file: Path) -> None:
    assert read(file, "month,3,2\n2020-01,5,7\n", target="3", features=("2",)).values.tolist() == [[5, 7]]
    assert read(file, "month,a,b\n2020-01,5,7\n", target="3", features=("2",)).values.tolist() == [[7, 5]]
    for name in ("0", "4", "-1", "03", "2.0"):
        assert refused(file, "month,a,b\n2020-01,5,7\n", target=name, features=()).startswith(f"no column {name!r} in ")


@pytest.mark.parametrize(
    ("above", "skipped"), [(["Sales,of,ours"], 1), (["a,b,c", "d,e,f", "g,h,i"], 3), (["2024,x,2", "y,,"], 2)]
)
def test_a_name_that_stands_in_a_later_row_shows_where_the_table_begins(
    file: Path, above: list[str], skipped: int
) -> None:
    content = "\n".join(above) + "\nmonth,sales,price\n2020-01,5,1\n"
    said = refused(file, content)
    assert said == (
        f"no column 'sales' in {above[0].split(',')!r}; row {skipped + 1} has it: add  skip_rows: {skipped}"
    )
    assert read(file, content, **added(said)).values.tolist() == [[5, 1]]
    again = refused(file, content, skip_rows=1) if skipped > 1 else said
    assert added(again) == {"skip_rows": skipped}


# Several series


@pytest.mark.parametrize(
    ("header", "key", "mixed"), [("shop", "shop", False), ("shop", "shop", True), ("", "1", False), ("", "1", True)]
)
def test_several_series_in_a_file_are_told_from_one_whose_times_are_out_of_order(
    file: Path, header: str, key: str, mixed: bool
) -> None:
    rows = [(shop, month) for shop in ("a", "b") for month in ("2020-01", "2020-02", "2020-03")]
    rows = sorted(rows, key=lambda row: row[1]) if mixed else rows
    content = f"{header},month,sales\n" + "".join(f"{shop},{month},{n}\n" for n, (shop, month) in enumerate(rows))
    said = refused(file, content, features=())
    assert said.endswith(
        f"got '2020-01' again; if {key!r} is a part of the time, such as a month or an hour, write both in one column; "
        f'if it names the series of each row: add  series: "{key}"'
    )
    found = series_in(file, features=(), **added(said))
    table = pd.read_csv(file)
    for one in found:
        np.testing.assert_array_equal(one.target, table.loc[table.iloc[:, 0] == one.name, "sales"])
    assert [one.name for one in found] == ["a", "b"]


def test_years_and_months_in_two_columns_may_also_be_one_series(file: Path) -> None:
    content = "".join(f"{year},{month},5\n" for year in (2020, 2021) for month in ("Jan", "Feb", "Dec"))
    said = refused(file, f"year,month,sales\n{content}", time="year", features=())
    assert "again; if 'month' is a part of the time, such as a month or an hour, write both in one column; if" in said
    assert added(said) == {"series": "month"}


def test_a_time_that_stands_twice_is_just_wrong_where_no_column_tells_the_rows_apart(file: Path) -> None:
    said = refused(file, "month,shop,sales\n2020-01,a,1\n2020-01,a,2\n2020-02,a,3\n", features=())
    assert said == "row 3, column 'month': expected a time label later than the one before, got '2020-01'"


def test_rows_with_features_but_no_target_are_inputs_of_the_future(file: Path) -> None:
    content = "month,sales,price\n2020-01,5,1\n2020-02,6,1\n2020-03,,2\n2020-04,,2\n"
    for missing in ("error", "interpolate"):
        said = refused(file, content, missing=missing)
        assert said.startswith(
            "rows 4 to 5 have features, but no 'sales': inputs that are known of the future are not used"
        )
    assert read(file, content, missing="drop").timeline.future(1) == ("2020-03",)
    assert "to interpolate from" in refused(file, content, features=(), missing="interpolate")
