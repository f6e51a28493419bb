"""CSV files that are none: one message that names the row and the column, whatever they hold."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellbench import InputError
from cellbench.config.sources import Missing
from csv_files import GOOD, read, read_csv_file

HEADER = "month,sales,price\n"
BROKEN = {
    "empty": ("", "expected a header in row 1 and rows under it"),
    "white": (" \n\n\t\n", "expected a header in row 1 and rows under it"),
    "white in quotes": ('"\n"', "expected a header in row 1 and rows under it"),
    "only a bom": (b"\xef\xbb\xbf", "expected a header in row 1 and rows under it"),
    "header only": (HEADER + "\n\n", "expected a header in row 1 and rows under it"),
    "latin-1": (
        "month,sales,größe\n".encode("latin-1"),
        'row 1: not utf-8 text: invalid start byte at byte 14: add  encoding: "cp1252"',
    ),
    "not UTF-8 in row 2": (
        HEADER.encode() + b"\x80",
        'row 2: not utf-8 text: invalid start byte at byte 18: add  encoding: "cp1252"',
    ),
    "UTF-16": (
        GOOD.encode("utf-16"),
        'row 1: not utf-8 text: invalid start byte at byte 0: add  encoding: "utf-16"',
    ),
    "UTF-16 without BOM": (
        GOOD.encode("utf-16-le"),
        'not utf-8 text: every other character is empty: add  encoding: "utf-16-le"',
    ),
    "Excel": (b"PK\3\4" + bytes(range(256)), "this is an Excel or zip file, not text: save the table as CSV"),
    "old Excel": (b"\xd0\xcf\x11\xe0" + bytes(99), "this is an Excel file, not text: save the table as CSV"),
    "gzip": (b"\x1f\x8b\x08" + bytes(range(256)), "this is a compressed file, not text: save the table as CSV"),
    "other letters": ("Month,Sale\n1,2\n", "no column 'sales' in ['Month', 'Sale']; did you mean 'Sale'"),
    "a column per year": (
        "shop,2019,2020,2021\na,1,2,3\n",
        "no column 'sales' in ['shop', '2019', '2020', '2021']; the columns seem to be times: write one row per time",
    ),
    "a column per month": (
        "year,Jan,Feb,Mar\n2020,1,2,3\n",
        "no column 'sales' in ['year', 'Jan', 'Feb', 'Mar']; the columns seem to be times: write one row per time",
    ),
    "its other order of bytes": (
        GOOD.encode("utf-16-be"),
        'not utf-8 text: every other character is empty: add  encoding: "utf-16-be"',
    ),
    "NUL": (GOOD.replace("6", "\0"), r"row 3, column 'sales': expected a number, got '\x00'"),
    "semicolons": (
        "month;sales;price\n2020-01;5,1;2,5\n",
        "row 1: columns seem to be separated by ';', decimals by ',': add  sep: \";\", decimal: \",\"",
    ),
    "tabs": (GOOD.replace(",", "\t"), r"row 1: columns seem to be separated by '\t': add  " + r'sep: "\t"'),
    "bars": (GOOD.replace(",", "|"), "row 1: columns seem to be separated by '|': add  sep: \"|\""),
    "quoted semicolons": ('"month";"sales"\n', "row 1: not valid CSV"),
    "no column": (
        GOOD.replace("sales", "sale"),
        "no column 'sales' in ['month', 'sale', 'price']; did you mean 'sale'",
    ),
    "nothing like it": ("a,b\n1,2\n", "no column 'sales' in ['a', 'b']"),
    "wide": (
        ",".join("x" * 30) + "\n" + "1," * 29 + "1",
        "no column 'sales' in [" + "'x', " * 6 + "...]",
    ),
    "column twice": ("month,sales,price,sales\n1,2,3,4\n", "expected one column 'sales', got 2"),
    "short row": (GOOD.replace("6,1.5", "6"), "row 3: expected 3 cells as in the header, got 2"),
    "long row": (GOOD.replace("6", "6,5"), "row 3: expected 3 cells as in the header, got 4"),
    "blank between": (GOOD.replace("\n2020-02", "\n \n2020-02"), "row 3: expected 3 cells as in the header, got 1"),
    "blank first": ("\n" + GOOD, "row 1: the table seems to begin in row 2: add  skip_rows: 1"),
    "open quote above others": (GOOD.replace("6", '"6') + '2020-04,"5",1', "row 3: not valid CSV"),
    "open quote": (GOOD + '2020-04,"5', "row 5: not valid CSV"),
    "text after a quote": (
        GOOD.replace("6", '"6"x'),
        "row 3: not valid CSV",
    ),
    "endless cell": (
        GOOD + "x" * 200_000,
        "row 5: not valid CSV",
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
    "decimal comma": (
        GOOD.replace("6", '"6,5"'),
        "row 3, column 'sales': expected a number, got '6,5'; other numbers of the table are written differently",
    ),
    "unit": (GOOD.replace("6", "6 %"), "row 3, column 'sales': expected a number, got '6 %'"),
    "underscore": (GOOD.replace("6", "1_000"), "row 3, column 'sales': expected a number, got '1_000'"),
    "mark": (
        GOOD.replace("6", "--"),
        "row 3, column 'sales': expected a number, got '--'; for missing values written as '--': "
        'add  missing_values: ["--"]',
    ),
    "infinity": (GOOD.replace("6", "inf"), "row 3, column 'sales': expected a number, got 'inf'"),
    "huge": (
        GOOD.replace("6", "1e999"),
        "row 3, column 'sales': expected a number of size 1e+150 at most, got '1e999'",
    ),
    "other digits": (GOOD.replace("6", "६"), "row 3, column 'sales': expected a number, got '६'"),
    "missing": (
        GOOD.replace("6", ""),
        "row 3, column 'sales': expected a number (in a CSV file, `missing: interpolate` fills in a missing value",
    ),
    "no label": (
        GOOD.replace("2020-02", ""),
        "row 3, column 'month': expected a time label written like '2020-01', got ''",
    ),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_in_one_line(file: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(file, content)
    assert str(error.value).startswith(f"{file}: {message}")
    assert len(str(error.value).splitlines()) == 1


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
