"""Files as offices, exchanges, stations and spreadsheets write them: read, or refused with the keys to add."""

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from csv_files import added
from real_files import FILES, prepared, read, refused

LONG = "Somewhere average monthly bus ridership (/100), January 1973 through June 1982, n=114"
PLAIN = FILES / "history-of-another-kind/monthly.csv"
"""Most files have these values."""


@pytest.fixture(autouse=True)
def _in_a_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data/raw").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)


KEYS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("excel-europe/sales.csv", {"target": "Umsatz", "time": "Monat"}, {"sep": ";", "decimal": ","},
     "sales.csv: row 1: columns seem to be separated by ';', decimals by ','"),
    ("excel-europe/thousands.csv", {"target": "Umsatz", "time": "Monat"},
     {"sep": ";", "decimal": ",", "thousands": "."},
     "thousands.csv: row 1: columns seem to be separated by ';', decimals by ',', thousands by '.'"),
    ("excel-europe/thousands.csv", {"target": "Umsatz", "time": "Monat", "sep": ";"},
     {"decimal": ",", "thousands": "."},
     "thousands.csv: row 2, column 'Umsatz': expected a number, got '1.106,44'"),
    ("excel-europe/onecolumn.csv", {"target": "Umsatz"}, {"sep": ";", "decimal": ","},
     "onecolumn.csv: row 1: columns seem to be separated by ';', decimals by ','"),
    ("day-first-month-first/german.csv", {"target": "T (degC)", "time": "Date Time"},
     {"time_format": "%d.%m.%Y %H:%M:%S"}, "german.csv: row 2, column 'Date Time': expected a whole number, or a date"),
    ("day-first-month-first/american.csv", {"target": "Close", "time": "Date"}, {"time_format": "%m/%d/%Y %H:%M:%S"},
     "american.csv: row 2, column 'Date': expected a whole number, or a date"),
    *((f"missing-markers/{name}.csv", {"target": "value", "time": "date", "missing": "interpolate"},
       {"missing_values": [mark]}, f"{name}.csv: row 32, column 'value': expected a number, got '{mark}'")
      for name, mark in {"fred": ".", "eia": "--", "uci": "?", "eurostat": ":", "dash": "-", "trends": "<1"}.items()),
    ("preamble-and-footer/trends.csv", {"target": "oats: (Worldwide)", "time": "Month"}, {"skip_rows": 2},
     "trends.csv: row 1: the table seems to begin in row 3"),
    ("preamble-and-footer/footer.csv", {"target": "value", "time": "Month"}, {"skip_footer": 1},
     "footer.csv: row 122, column 'Month': expected a time label written like '2014-01', got 'Source: my office'"),
    ("several-series-in-one-file/panel.csv", {"target": "y", "time": "ds"}, {"series": "unique_id"},
     "panel.csv: row 122, column 'ds': expected a time label later than the one before, got '2014-01' again"),
    ("several-series-in-one-file/interleaved.csv", {"target": "y", "time": "ds"}, {"series": "unique_id"},
     "interleaved.csv: row 3, column 'ds': expected a time label later than the one before, got '2014-01' again"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "keys", "needed", "message"), KEYS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_file_that_needs_keys_names_them_and_is_read_with_them(
    file: str, keys: dict[str, Any], needed: dict[str, Any], message: str
) -> None:
    said = refused(file, **keys)
    assert said.startswith(message)
    assert added(said) == needed
    series = read(file, **keys, **needed)
    plain = pd.read_csv(PLAIN)["y"].to_numpy()
    if "thousands" in file:
        plain = plain + 1000
    if file.endswith("trends.csv") and "preamble" in file:
        plain = plain.round()
    observed = series[0].observed
    np.testing.assert_array_equal(series[0].target[observed], plain[observed])
    assert (~observed).sum() == (3 if "missing" in file else 0)


def test_of_several_series_each_has_its_own_rows() -> None:
    for file in ("panel", "interleaved"):
        found = read(f"several-series-in-one-file/{file}.csv", target="y", time="ds", series="unique_id")
        table = pd.read_csv(FILES / f"several-series-in-one-file/{file}.csv").set_index("unique_id")["y"]
        assert [one.name for one in found] == ["shop1", "shop2", "shop3"]
        for one in found:
            np.testing.assert_array_equal(one.target, table[one.name])


@pytest.mark.parametrize(
    ("file", "keys", "last", "following"),
    [
        ("business-days-with-holidays/stock.csv", {"target": "close", "time": "date", "spacing": "rows"},
         "2022-12-29", ("2022-12-30", "2023-01-02")),
        ("quarter-labels/q1.csv", {"target": "value", "time": "date"}, "2019Q4", ("2020Q1", "2020Q2")),
        ("quarter-labels/q2.csv", {"target": "value", "time": "date"}, "2019-Q4", ("2020-Q1", "2020-Q2")),
        ("quarter-labels/q3.csv", {"target": "value", "time": "date"}, "2019-10-01", ("2020-01-01", "2020-04-01")),
        ("quarter-labels/q4.csv", {"target": "value", "time": "date"}, "2019-12-31", ("2020-03-31", "2020-06-30")),
        ("decimal-years-from-r/air.csv", {"target": "value", "time": "time"},
         "1958.91666666667", ("1959", "1959.08333333333")),
        ("preamble-and-footer/long.csv", {"target": LONG, "time": "Month"}, "2023-06", ("2023-07", "2023-08")),
        ("day-first-month-first/american.csv",
         {"target": "Close", "time": "Date", "time_format": "%m/%d/%Y %H:%M:%S"},
         "5/2/2022 16:00:00", ("5/3/2022 16:00:00", "5/4/2022 16:00:00")),
        ("day-first-month-first/german.csv",
         {"target": "T (degC)", "time": "Date Time", "time_format": "%d.%m.%Y %H:%M:%S"},
         "02.05.2022 00:10:00", ("03.05.2022 00:10:00", "04.05.2022 00:10:00")),
    ],
)  # fmt: skip
def test_times_are_continued_as_they_are_written(
    file: str, keys: dict[str, Any], last: str, following: tuple[str, ...]
) -> None:
    (series,) = read(file, **keys)
    assert series.timeline.labels[-1] == last
    assert series.timeline.future(2) == following
    np.testing.assert_array_equal(series.target, pd.read_csv(FILES / file)[keys["target"]])


def test_trading_days_are_refused_with_the_key_that_makes_rows_the_steps() -> None:
    said = refused("business-days-with-holidays/stock.csv", target="close", time="date")
    assert "row 12, column 'date': expected '2022-01-17', got '2022-01-18': " in said
    assert "add  spacing: rows" in said
    data = prepared(
        "business-days-with-holidays/stock.csv", target="close", time="date", spacing="rows",
        until={"train": "2022-06-30", "validation": "2022-09-30", "test": "2022-12-31"},
    )  # fmt: skip
    days = pd.read_csv(FILES / "business-days-with-holidays/stock.csv")["date"]
    assert (data.rows["period"] == "train").sum() == (days <= "2022-06-30").sum()


@pytest.mark.parametrize("name", ["excel", "pandas", "na", "r", "nan"])
def test_what_pandas_takes_for_missing_is_missing(name: str) -> None:
    (series,) = read(f"missing-markers/{name}.csv", target="value", time="date", missing="interpolate")
    values = pd.read_csv(FILES / f"missing-markers/{name}.csv")["value"]
    assert values.isna().sum() == 3
    np.testing.assert_array_equal(series.observed, values.notna())
    np.testing.assert_allclose(series.target, values.interpolate(), rtol=1e-15)


@pytest.mark.parametrize(("name", "target"), [("nfd", "Umsätze"), ("nbsp", "Net sales")])
def test_headers_that_look_alike_are_the_same(name: str, target: str) -> None:
    header = (FILES / f"composed-and-decomposed-letters/{name}.csv").read_text().splitlines()[0].split(",")[1]
    assert header != target
    assert unicodedata.normalize("NFKC", header) == target
    (series,) = read(f"composed-and-decomposed-letters/{name}.csv", target=target, time="Monat")
    np.testing.assert_array_equal(series.target, pd.read_csv(PLAIN)["y"])
