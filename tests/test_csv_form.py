"""CSV files as spreadsheets and programs write them: the same table, by keys that the messages name."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellbench import InputError
from cellbench.config.csv_form import CsvForm
from cellbench.config.sources import Missing
from cellbench.data.series import Series, series_of_table
from cellbench.data.table import read_text_table
from csv_files import added

NBSP, NARROW = "\u00a0", "\u202f"
TABLE = "month;sales;price\n2020-01;1.234,5;2,5\n2020-02;1.012.345,25;-0,5\n2020-03;7;12\n"
VALUES = [[1234.5, 2.5], [1012345.25, -0.5], [7, 12]]
GERMAN = {"sep": ";", "decimal": ",", "thousands": "."}


def signs(sep: str, decimal: str, thousands: str) -> str:
    """TABLE with other signs."""
    return TABLE.translate(str.maketrans({";": sep, ",": decimal, ".": thousands}))


def series_in(
    file: Path, target: str = "sales", time: str | None = "month", features: tuple[str, ...] = ("price",),
    missing: Missing = "error", series: str | None = None, **keys: Any,
) -> list[Series]:  # fmt: skip
    form = CsvForm(**keys)
    return series_of_table(read_text_table(file, form), target, time, features, missing, str(file), series, form)


def read(file: Path, content: str | bytes, **keys: Any) -> Series:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    (series,) = series_in(file, **keys)
    return series


def refused(file: Path, content: str | bytes, **keys: Any) -> str:
    with pytest.raises(InputError) as raised:
        read(file, content, **keys)
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value).removeprefix(f"{file}: ")


def followed(file: Path, content: str | bytes) -> tuple[Series, dict[str, Any]]:
    """The series, and the keys by which it is read after all, when whatever a message says is added."""
    keys: dict[str, Any] = {}
    for _ in range(4):
        try:
            return read(file, content, **keys), keys
        except InputError as error:
            keys |= added(str(error))
    raise AssertionError(keys)


WAYS: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "Excel in Germany": (TABLE, GERMAN),
    "Excel in France": (signs(";", ",", NARROW), GERMAN | {"thousands": " "}),
    "spaces": (signs(";", ",", " "), GERMAN | {"thousands": " "}),
    "no-break spaces": (signs(";", ",", NBSP), GERMAN | {"thousands": " "}),
    "Switzerland": (signs(";", ".", "'"), {"sep": ";", "thousands": "'"}),
    "tabs": (signs("\t", ".", ""), {"sep": "\t"}),
    "bars": (signs("|", ".", ""), {"sep": "|"}),
    "bars and decimal commas": (signs("|", ",", ""), {"sep": "|", "decimal": ","}),
    "thousands with commas": (signs("|", ".", ","), {"sep": "|", "thousands": ","}),
    "Windows": (
        TABLE.replace("month", "größe;month").replace("2020", "5;2020").encode("cp1252"),
        GERMAN | {"encoding": "cp1252"},
    ),
    "text that Excel calls Unicode": (signs("\t", ".", "").encode("utf-16"), {"encoding": "utf-16", "sep": "\t"}),
    "a title": ("Sales of our shops\n\n" + TABLE, GERMAN | {"skip_rows": 2}),
    "a title with commas": ("Sales, prices\n" + TABLE, GERMAN | {"skip_rows": 1}),
    "a title in two columns": ("Sales;of;our;shops\n" + TABLE, GERMAN | {"skip_rows": 1}),
    "a note": (signs(",", ".", "") + "Source: our office\n", {"skip_footer": 1}),
    "two notes": (signs(",", ".", "") + "Source: our office\nMade in May\n", {"skip_footer": 2}),
    "a note below a blank line": (signs(",", ".", "") + "\nSource: our office\n", {"skip_footer": 2}),
    "notes with as many commas": (signs(",", ".", "") + "Source, of,all\nMade,in,May\n", {"skip_footer": 2}),
    "a title and two notes": (
        f"Sales\n{TABLE}Source: an office\nMade in May",
        GERMAN | {"skip_rows": 1, "skip_footer": 2},
    ),
}


@pytest.mark.parametrize(("content", "keys"), WAYS.values(), ids=WAYS)
def test_the_messages_lead_to_the_keys_by_which_the_table_is_read(
    file: Path, content: str | bytes, keys: dict[str, Any]
) -> None:
    series, found = followed(file, content)
    assert found == keys
    assert series.values.tolist() == VALUES
    assert series.timeline.labels == ("2020-01", "2020-02", "2020-03")


@pytest.mark.parametrize("way", [way for way in WAYS if WAYS[way][1].get("thousands") != " "])
def test_the_keys_mean_what_they_mean_to_pandas(file: Path, way: str) -> None:
    content, keys = WAYS[way]
    series = read(file, content, **keys)
    named = {"skip_rows": "skiprows", "skip_footer": "skipfooter"}
    table = pd.read_csv(file, engine="python", **{named.get(key, key): of for key, of in keys.items()})
    np.testing.assert_array_equal(series.values, table[["sales", "price"]])
    assert series.timeline.labels == tuple(table["month"])


def test_a_message_names_the_row_of_the_file_whatever_is_skipped(file: Path) -> None:
    content = "Sales\n\nmonth,sales,price\n2020-01,5,1\n2020-02,six,1\n2020-03,7,1\nSource"
    assert refused(file, content, skip_rows=2, skip_footer=1).startswith("row 5, column 'sales': expected a number")
    assert refused(file, content, skip_rows=2).startswith("row 7: expected 3 cells as in the header, got 1; the table")
    assert added(refused(file, content, skip_rows=1)) == {"skip_rows": 2, "skip_footer": 1}
    assert added(refused(file, content)) == {"skip_rows": 2, "skip_footer": 1}


@pytest.mark.parametrize(("keys", "row"), [({"skip_rows": 9}, 10), ({"skip_footer": 9}, 1), ({"skip_footer": 3}, 1)])
def test_nothing_is_left_of_a_table_that_is_skipped(file: Path, keys: dict[str, int], row: int) -> None:
    assert refused(file, signs(",", ".", ""), **keys) == f"expected a header in row {row} and rows under it"


def test_blank_lines_at_the_end_are_no_lines(file: Path) -> None:
    for end in ("", "\n", "\n \n\t\n\n"):
        content = signs(",", ".", "") + "Source" + end
        assert added(refused(file, content)) == {"skip_footer": 1}
        assert read(file, content, skip_footer=1).values.tolist() == VALUES


# Letters


def test_letters_are_decoded_as_the_encoding_says(file: Path) -> None:
    for encoding in ("cp1252", "latin-1", "utf-16", "utf-16-le", "utf-8-sig", "mac-roman", "cp850"):
        content = "month,größe,price\n2020-01,5,1\n".encode(encoding)
        assert read(file, content, encoding=encoding, target="größe").columns == ("größe", "price")


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (b"a,b\n\x81,1\n", "utf-8", 'row 2: not utf-8 text: invalid start byte at byte 4: add  encoding: "cp1252"'),
        (b"a,b\n\x81,1\n", "cp1252", "row 2: not cp1252 text: character maps to <undefined> at byte 4"),
        (
            "a,b".encode("utf-16"),
            "ascii",
            "row 1: not ascii text: ordinal not in range(128) at byte 0: add  encoding: ",
        ),
        ("a,b\n".encode("utf-16")[:-1], "utf-16", "row 1: not utf-16 text: truncated data at byte "),
    ],
)
def test_what_is_not_so_encoded_is_named_with_its_row(file: Path, content: bytes, encoding: str, message: str) -> None:
    assert refused(file, content, encoding=encoding).startswith(message)


# Numbers


@pytest.mark.parametrize(
    ("cell", "keys", "value"),
    [
        ("1.234.567,5", {"decimal": ",", "thousands": "."}, 1234567.5),
        ("-1,234,567.5", {"thousands": ","}, -1234567.5),
        ("+1'234", {"thousands": "'"}, 1234),
        ("1_234_567", {"thousands": "_"}, 1234567),
        ("1 234,5", {"decimal": ",", "thousands": " "}, 1234.5),
        ("1\u00a0234,5", {"decimal": ",", "thousands": " "}, 1234.5),
        ("1\u202f234,5", {"decimal": ",", "thousands": " "}, 1234.5),
        ("1234567,5", {"decimal": ",", "thousands": "."}, 1234567.5),
        ("1.234", {"decimal": ",", "thousands": "."}, 1234),
        ("1.234", {}, 1.234),
        ("1.234", {"thousands": ","}, 1.234),
        (",5", {"decimal": ","}, 0.5),
        ("5,", {"decimal": ","}, 5),
        ("1,5e-3", {"decimal": ","}, 0.0015),
        ("1.234,5E3", {"decimal": ",", "thousands": "."}, 1234500),
    ],
)
def test_a_number_is_read_by_its_signs(file: Path, cell: str, keys: dict[str, Any], value: float) -> None:
    assert read(file, f"sales|x\n{cell}|\n", sep="|", time=None, features=(), **keys).target.tolist() == [value]


@pytest.mark.parametrize(
    ("cell", "keys"),
    [
        ("12.34,5", {"decimal": ",", "thousands": "."}),
        (".234", {"decimal": ",", "thousands": "."}),
        ("1234.567", {"decimal": ",", "thousands": "."}),
        ("1.234.", {"decimal": ",", "thousands": "."}),
        ("1 234", {}),
        ("1\u00a0234", {"thousands": "'"}),
        ("1.5", {"decimal": ","}),
        ("1,234,5", {"decimal": ","}),
        ("1__234", {"thousands": "_"}),
        ("1'234", {"thousands": ","}),
    ],
)
def test_thousands_come_in_groups_of_three_and_decimals_after_the_given_sign(
    file: Path, cell: str, keys: dict[str, Any]
) -> None:
    said = refused(file, f"sales|x\n5|\n5|\n{cell}|\n", sep="|", time=None, features=(), **keys)
    assert said.startswith(f"row 4, column 'sales': expected a number, got {cell!r}")


def test_the_signs_are_those_that_fit_all_columns(file: Path) -> None:
    content = "month;sales;price\n2020-01;1,5;1.234,5\n2020-02;2;2.000.000\n"
    assert added(refused(file, content)) == GERMAN
    assert read(file, content, **GERMAN).values.tolist() == [[1.5, 1234.5], [2, 2000000]]


def test_where_decimals_are_commas_between_commas_the_file_must_be_saved_otherwise(file: Path) -> None:
    said = refused(file, "month,sales,price\n2020-01,5,1,2,5\n2020-02,6,2,2,5\n")
    assert said.startswith(
        "row 2: expected 3 cells as in the header, got 5; where decimals are written with commas, save"
    )
    assert added(said) == {"sep": ";", "decimal": ","}


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
    assert said.endswith(f"got '2020-01' again; if {key!r} names the series of each row: add  series: \"{key}\"")
    found = series_in(file, features=(), **added(said))
    table = pd.read_csv(file)
    for one in found:
        np.testing.assert_array_equal(one.target, table.loc[table.iloc[:, 0] == one.name, "sales"])
    assert [one.name for one in found] == ["a", "b"]


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


# What must not be guessed


@pytest.mark.parametrize("cell", ["1.2345", "12.34567", "1.23", "1.234.56"])
def test_signs_between_thousands_that_stand_elsewhere_are_no_number(file: Path, cell: str) -> None:
    assert "expected a number" in refused(file, f"month;sales\n2020-01;{cell}\n", features=(), **GERMAN)


def test_groups_of_three_may_be_decimals_or_thousands_and_both_are_named(file: Path) -> None:
    said = refused(file, 'month,sales\n2020-01,"1,234"\n2020-02,"12,345"\n', features=())
    assert said.endswith(': add  decimal: "," (or decimal: ".", thousands: ",", whichever it is)')


def test_what_is_already_said_to_be_missing_stays_so_in_the_proposal(file: Path) -> None:
    said = refused(file, "month,sales\n2020-01,5\n2020-02,--\n2020-03,.\n", features=(), missing_values=["--"])
    assert added(said) == {"missing_values": ["--", "."]}


@pytest.mark.parametrize("cell", ["1_000", "6%", "(5)", "\u22125", "x" * 100_000])
def test_a_number_that_is_written_oddly_is_not_proposed_as_missing(file: Path, cell: str) -> None:
    said = refused(file, f"month,sales\n2020-01,5\n2020-02,7\n2020-03,{cell}\n2020-04,8\n", features=())
    assert "add" not in said
    assert len(said) < 200


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


def test_one_column_has_one_role(file: Path) -> None:
    assert (
        refused(file, "month,sales\n2020-01,5\n", target="1", features=())
        == "the column 'month' has more than one role"
    )


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
