"""CSV files: the series in a good one, the one message for a bad one."""

from pathlib import Path

import numpy as np
import pytest

from cellbench import InputError
from csv_files import GOOD, read, read_csv_file, read_sales


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
        GOOD.replace("month", '"a ""note"", too",month').replace("2020", '"two\nlines, and ""quotes""",2020'),
        GOOD.replace("month", "inches,month").replace("2020", '5",2020'),
    ],
    ids=[
        "bom",
        "crlf",
        "cr",
        "no last newline",
        "blank at the end",
        "spaces",
        "quotes",
        "another column",
        "quoted text",
        "inches",
    ],
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

    with pytest.raises(
        InputError, match=r"row 3, column 'sales': .* `missing: interpolate` .* missing value, `missing: drop`"
    ):
        read(file, holes, "error")


def test_a_single_column_may_have_a_bar_in_its_name(file: Path) -> None:
    file.write_text("sales | EUR\n1\n2\n")
    assert read_csv_file(file, "sales | EUR", None, [], "error").target.tolist() == [1, 2]


def test_one_column_needs_quotes_to_say_that_a_value_is_missing(file: Path) -> None:
    assert read_sales(file, "1", '""', "3", missing="interpolate").target.tolist() == [1, 2, 3]


@pytest.mark.parametrize(("cells", "row"), [(("", "1", "2"), 2), (("1", "2", "NA"), 4)])
def test_nothing_is_filled_in_beyond_the_ends(file: Path, cells: tuple[str, ...], row: int) -> None:
    lines = "".join(f"2020-0{month},{cell},1\n" for month, cell in enumerate(cells, start=1))
    with pytest.raises(InputError, match=f"row {row}, column 'sales': expected a number .* to interpolate from"):
        read(file, f"month,sales,price\n{lines}", "interpolate")
    assert len(read(file, f"month,sales,price\n{lines}", "drop").target) == 2


def test_the_spacing_is_checked_before_rows_are_dropped(file: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"row 4, column 'month': expected '2020-03', got '2020-04': rows must be equally spaced: add missing",
    ):
        read(file, "month,sales,price\n2020-01,5,1\n2020-02,6,1\n2020-04,,1\n", "drop")


def test_no_row_may_be_left(file: Path) -> None:
    with pytest.raises(InputError, match=r"x\.csv: expected a row without missing values, got none$"):
        read_sales(file, "NA", "NA", missing="drop")
