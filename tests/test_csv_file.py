"""CSV files: the series in a good one, the one message for a bad one."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellbench.csv_file import Missing, read_csv_file
from cellbench.errors import InputError
from cellbench.series import Series

GOOD = "month,sales,price\n2020-01,5,1.5\n2020-02,6,1.5\n2020-03,4,2\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.csv"


def read(file: Path, content: str | bytes, missing: Missing = "error", time: str | None = "month") -> Series:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv_file(file, "sales", time, ["price"], missing)


def read_sales(file: Path, *cells: str, missing: Missing = "error") -> Series:
    file.write_text("\n".join(["sales", *cells]))
    return read_csv_file(file, "sales", None, [], missing)


def test_the_target_comes_first_and_the_features_as_named(file: Path) -> None:
    file.write_text("a,month,unused,target,b\n1,2020-01,?,3,2\n4,2020-02,?,6,5\n")
    series = read_csv_file(file, "target", "month", ["b", "a"], "error")
    assert series.columns == ("target", "b", "a")
    np.testing.assert_array_equal(series.values, [[3, 2, 1], [6, 5, 4]])
    np.testing.assert_array_equal(series.target, [3, 6])
    assert series.values.dtype == np.float64
    assert series.observed.tolist() == [True, True]


@pytest.mark.parametrize(
    ("labels", "following"),
    [
        (["1986", "1987", "1988"], "1989"),
        (["2020-10", "2020-11", "2020-12"], "2021-01"),
        (["2020-01-31", "2020-02-29", "2020-03-31"], "2020-04-30"),
        (["2020-01-09", "2020-01-10", "2020-01-13"], "2020-01-14"),
        (["2020-01-31 22:00", "2020-01-31 23:00", "2020-02-01 00:00"], "2020-02-01 01:00"),
    ],
)
def test_the_time_column_labels_the_rows(file: Path, labels: list[str], following: str) -> None:
    series = read(file, "month,sales,price\n" + "".join(f"{label},{row},1\n" for row, label in enumerate(labels)))
    assert series.timeline.labels == tuple(labels)
    assert series.timeline.future(1) == (following,)


def test_without_a_time_column_rows_are_numbered(file: Path) -> None:
    timeline = read(file, GOOD, time=None).timeline
    assert timeline.labels == ("1", "2", "3")
    assert timeline.future(1) == ("4",)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip(),
        GOOD + "\n  \n\n",
        GOOD.replace(",", " , "),
        GOOD.replace("month", '"month"').replace("2020-02", '"2020-02"'),
        GOOD.replace("month", "größe,month").replace("2020", "{☃},2020"),
    ],
    ids=["bom", "crlf", "cr", "no last newline", "blank at the end", "spaces", "quotes", "another column"],
)
def test_the_same_table_may_be_written_in_other_ways(file: Path, content: str | bytes) -> None:
    series = read(file, content)
    np.testing.assert_array_equal(series.values, [[5, 1.5], [6, 1.5], [4, 2]])
    assert series.timeline.labels == ("2020-01", "2020-02", "2020-03")


def test_numbers_are_read_as_python_reads_them(file: Path) -> None:
    cells = ["1e3", " 5 ", "-0.1", "+2.", ".5", "1E-400", "0.1", "1" + "0" * 150]
    assert read_sales(file, *cells).target.tolist() == [1000, 5, -0.1, 2, 0.5, 0, 0.1, 1e150]


@pytest.mark.parametrize("cell", ["", "NA", "NaN", " null ", "None", '""'])
def test_missing_values_are_interpolated_or_their_rows_dropped(file: Path, cell: str) -> None:
    holes = f"month,sales,price\n2020-01,5,1\n2020-02,{cell},2\n2020-03,{cell},{cell}\n2020-04,8,3\n"
    filled = read(file, holes, "interpolate")
    np.testing.assert_allclose(filled.values, [[5, 1], [6, 2], [7, 2.5], [8, 3]], rtol=1e-15)
    assert filled.observed.tolist() == [True, False, False, True]
    assert len(filled.timeline.labels) == 4

    kept = read(file, holes, "drop")
    np.testing.assert_array_equal(kept.values, [[5, 1], [8, 3]])
    assert kept.observed.tolist() == [True, True]
    assert kept.timeline.labels == ("2020-01", "2020-04")
    assert kept.timeline.future(1) == ("2020-05",)

    with pytest.raises(InputError, match=r"row 3, column 'sales': .* missing value; `missing: interpolate` .* drop` "):
        read(file, holes, "error")


def test_one_column_needs_quotes_to_say_that_a_value_is_missing(file: Path) -> None:
    assert read_sales(file, "1", '""', "3", missing="interpolate").target.tolist() == [1, 2, 3]


@pytest.mark.parametrize(("cells", "row"), [(("", "1", "2"), 2), (("1", "2", "NA"), 4)])
def test_nothing_is_filled_in_beyond_the_ends(file: Path, cells: tuple[str, ...], row: int) -> None:
    lines = "".join(f"2020-0{month},{cell},1\n" for month, cell in enumerate(cells, start=1))
    with pytest.raises(InputError, match=f"row {row}, column 'sales': expected a number to interpolate from"):
        read(file, f"month,sales,price\n{lines}", "interpolate")
    assert len(read(file, f"month,sales,price\n{lines}", "drop").target) == 2


def test_the_spacing_is_checked_before_rows_are_dropped(file: Path) -> None:
    with pytest.raises(InputError, match=r"row 4, column 'month': expected '2020-03', got '2020-04'"):
        read(file, "month,sales,price\n2020-01,5,1\n2020-02,6,1\n2020-04,,1\n", "drop")


def test_no_row_may_be_left(file: Path) -> None:
    with pytest.raises(InputError, match=r"x\.csv: expected a row without missing values, got none$"):
        read_sales(file, "NA", "NA", missing="drop")


HEADER = "month,sales,price\n"
BROKEN = {
    "empty": ("", "expected a header and rows, got an empty file"),
    "white": (" \n\n\t\n", "expected a header and rows, got an empty file"),
    "white in quotes": ('"\n"', "expected a header and rows, got an empty file"),
    "only a bom": (b"\xef\xbb\xbf", "expected a header and rows, got an empty file"),
    "header only": (HEADER + "\n\n", "expected rows under the header, got none"),
    "latin-1": ("month,sales,größe\n".encode("latin-1"), "row 1: expected UTF-8 text, got the byte 0xf6 at offset 14"),
    "not UTF-8 in row 2": (HEADER.encode() + b"\x80", "row 2: expected UTF-8 text, got the byte 0x80 at offset 18"),
    "UTF-16": (GOOD.encode("utf-16"), "row 1: expected UTF-8 text, got the byte 0xff at offset 0"),
    "UTF-16 without BOM": (GOOD.encode("utf-16-le"), "row 1: expected UTF-8 text, got the byte 0x00 at offset 1"),
    "NUL": (GOOD.replace("6", "\0"), "row 3: expected UTF-8 text, got the byte 0x00 at offset 40"),
    "semicolons": ("month;sales;price\n2020-01;5,1;2,5\n", "row 1: expected commas between the columns, got ';'"),
    "tabs": (GOOD.replace(",", "\t"), r"row 1: expected commas between the columns, got '\t'"),
    "bars": (GOOD.replace(",", "|"), "row 1: expected commas between the columns, got '|'"),
    "quoted semicolons": ('"month";"sales"\n', "row 1: expected commas between the columns, got ';'"),
    "no column": (
        GOOD.replace("sales", "sale"),
        "row 1: no column 'sales'; there are 'month', 'sale', 'price'; did you mean 'sale'",
    ),
    "nothing like it": ("a,b\n1,2\n", "row 1: no column 'sales'; there are 'a', 'b'"),
    "wide": (
        ",".join("x" * 30) + "\n" + "1," * 29 + "1",
        "row 1: no column 'sales'; there are " + "'x', " * 20 + "...",
    ),
    "column twice": ("month,sales,price,sales\n1,2,3,4\n", "row 1: expected one column 'sales', got 2"),
    "short row": (GOOD.replace("6,1.5", "6"), "row 3: expected 3 cells as in the header, got 2"),
    "long row": (GOOD.replace("6", "6,5"), "row 3: expected 3 cells as in the header, got 4"),
    "blank between": (GOOD.replace("\n2020-02", "\n \n2020-02"), "row 3: expected cells, got a blank line"),
    "blank first": ("\n" + GOOD, "row 1: expected cells, got a blank line"),
    "open quote": (GOOD + '2020-04,"5', 'row 5: expected CSV with commas and " as quotes: unexpected end of data'),
    "text after a quote": (
        GOOD.replace("6", '"6"x'),
        "row 3: expected CSV with commas and \" as quotes: ',' expected after '\"'",
    ),
    "endless cell": (
        GOOD + "x" * 200_000,
        'row 5: expected CSV with commas and " as quotes: field larger than field limit (131072)',
    ),
    "after lines in quotes": (
        'month,sales,"price"\n1,2,"3\n"\n2,x,3\n',
        "row 4, column 'sales': expected a number, got 'x'",
    ),
    "word": (GOOD.replace("6", "six"), "row 3, column 'sales': expected a number, got 'six'"),
    "feature": (GOOD.replace("1.5\n2020-02", "?\n2020-02"), "row 2, column 'price': expected a number, got '?'"),
    "long word": (
        GOOD.replace("6", "x" * 99),
        f"row 3, column 'sales': expected a number, got '{'x' * 12}...{'x' * 13}'",
    ),
    "lines in a cell": (GOOD.replace("6", '"6\n6"'), r"row 3, column 'sales': expected a number, got '6\n6'"),
    "decimal comma": (GOOD.replace("6", '"6,5"'), "row 3, column 'sales': expected a number, got '6,5'"),
    "unit": (GOOD.replace("6", "6 %"), "row 3, column 'sales': expected a number, got '6 %'"),
    "underscore": (GOOD.replace("6", "1_000"), "row 3, column 'sales': expected a number, got '1_000'"),
    "infinity": (GOOD.replace("6", "inf"), "row 3, column 'sales': expected a number, got 'inf'"),
    "huge": (
        GOOD.replace("6", "1e999"),
        "row 3, column 'sales': expected a number of size 1e+150 at most, got '1e999'",
    ),
    "other digits": (GOOD.replace("6", "६"), "row 3, column 'sales': expected a number, got '६'"),
    "missing": (
        GOOD.replace("6", ""),
        "row 3, column 'sales': expected a number, got a missing value; "
        "`missing: interpolate` would fill it in, `missing: drop` leave the row out",
    ),
    "no label": (GOOD.replace("2020-02", ""), "row 3, column 'month': expected a date written as '2020-01', got ''"),
    "constant": (HEADER + "1,5,1\n2,5,2\n", "column 'sales' is constant: there is nothing to forecast"),
    "one row": (HEADER + "1,5,1\n", "column 'sales' is constant: there is nothing to forecast"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_in_one_line(file: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(file, content)
    assert str(error.value) == f"{file}: {message}"


def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    with pytest.raises(InputError, match=r"x\.csv: cannot be read: No such file or directory$"):
        read_csv_file(file, "sales", None, [], "error")
    with pytest.raises(InputError, match=r"cannot be read: Is a directory$"):
        read_csv_file(file.parent, "sales", None, [], "error")


CELLS = [
    "sales",
    "price",
    "month",
    "1",
    "2.5",
    "-3e2",
    "NA",
    "",
    "x",
    "1e999",
    "2020-01",
    "2020-02",
    "1990",
    '"',
    '"a\n"',
]
NEARLY = st.lists(
    st.lists(st.sampled_from(CELLS) | st.text(max_size=3), min_size=1, max_size=4).map(",".join), max_size=6
)
ROWS = st.lists(st.tuples(*[st.sampled_from(CELLS[3:8]) | st.floats(width=32).map(str)] * 2), max_size=6)
CONTENTS = (
    st.binary()
    | NEARLY.map("\n".join)
    | NEARLY.map(lambda lines: "\n".join(["month,sales,price", *lines]))
    | ROWS.map(lambda rows: HEADER + "".join(f"{1990 + row},{a},{b}\n" for row, (a, b) in enumerate(rows)))
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CONTENTS, st.sampled_from(["error", "interpolate", "drop"]), st.sampled_from([None, "month"]))
def test_whatever_a_file_holds_it_is_a_series_or_refused(
    file: Path, content: str | bytes, missing: Missing, time: str | None
) -> None:
    try:
        series = read(file, content, missing, time)
    except InputError as error:
        message = str(error)
    else:
        assert np.isfinite(series.values).all()
        assert series.values.shape == (len(series.timeline.labels), 2) == (len(series.observed), 2)
        return
    assert message.startswith(f"{file}: ")
    assert len(message.splitlines()) == 1
