"""CSV files as spreadsheets and programs write them: the same table, by keys that the messages name."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from csv_files import added
from tables import GERMAN, NARROW, NBSP, TABLE, VALUES, followed, read, refused, signs

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
