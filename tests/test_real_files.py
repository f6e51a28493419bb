"""Files as offices, exchanges, stations and spreadsheets write them: read, or refused with the keys to add."""

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellbench import InputError
from cellbench.config.sources import CsvFile
from cellbench.data.dataset import Dataset
from cellbench.data.doubts import doubts
from cellbench.data.series import Series
from cellbench.data.stored import load_dataset, save_dataset
from cellbench.evaluate.baselines_of_series import forecast_each
from cellbench.evaluate.holdout import Holdout
from cellbench.forecast.trust import unlike
from cellbench.intervals import conformal_ends
from cellbench.prepare.periods import divide
from cellbench.prepare.stage import read_series
from csv_files import added

FILES = Path(__file__).parent / "files"
LONG = "Somewhere average monthly bus ridership (/100), January 1973 through June 1982, n=114"
PLAIN = FILES / "history-of-another-kind/monthly.csv"
"""Most files have these values."""


@pytest.fixture(autouse=True)
def _in_a_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data/raw").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)


def source(file: str, **keys: Any) -> CsvFile:
    raw = Path("data/raw") / Path(file).name
    raw.write_bytes((FILES / file).read_bytes())
    return CsvFile.model_validate({"source": "csv", "path": str(raw), **keys})


def read(file: str, **keys: Any) -> list[Series]:
    return read_series(source(file, **keys), 0, "own")


def prepared(file: str, **keys: Any) -> Dataset:
    return divide(read(file, **keys), source(file, **keys), "datasets.own")


def refused(file: str, **keys: Any) -> str:
    with pytest.raises(InputError) as error:
        read(file, **keys)
    assert str(error.value).startswith(f"data/raw/{Path(file).name}: row")
    return str(error.value).removeprefix("data/raw/")


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


def test_a_mark_that_nobody_declared_is_doubted_and_with_the_key_it_is_missing() -> None:
    keys = {"target": "temp", "time": "date"}
    (said,) = doubts(prepared("sentinel-9999/station.csv", **keys))
    assert said.startswith("-9999 stands 4 times in 'temp', far from all other values (70.94 to 127.22)")
    assert added(said) == {"missing_values": [-9999], "missing": "interpolate"}
    data = prepared("sentinel-9999/station.csv", **keys, **added(said))
    assert doubts(data) == []
    assert data.values[:-1].min() == pytest.approx(70.94)


def test_a_flat_stretch_and_a_shift_where_the_test_part_begins_are_said() -> None:
    keys = {"target": "y", "time": "t", "horizon": 3, "season": 12}
    (flat,) = doubts(prepared("level-shift-and-flat-stretch/flat.csv", **keys))
    assert flat.startswith("'y' stands still from 80 to 119, for 40 rows")
    (shift,) = doubts(prepared("level-shift-and-flat-stretch/shift.csv", **keys))
    values = pd.read_csv(FILES / "level-shift-and-flat-stretch/shift.csv")["y"]
    moved = values[170:182].mean() - values[158:170].mean()
    assert shift.startswith(f"where the period test begins, at 170, the level of 'y' moves by {moved:.4g}; before, by ")


@pytest.mark.parametrize(
    ("file", "keys"),
    [
        ("trend-beyond-training/line.csv", {"target": "y", "time": "t"}),
        ("trend-beyond-training/growth.csv", {"target": "y", "time": "t"}),
        ("random-walk-echo/walk.csv", {"target": "y", "time": "t"}),
        ("intermittent-demand/parts.csv", {"target": "demand", "time": "week"}),
        ("history-of-another-kind/monthly.csv", {"target": "y", "time": "t"}),
    ],
)
def test_a_trend_a_walk_and_a_rare_demand_are_not_doubted(file: str, keys: dict[str, Any]) -> None:
    assert doubts(prepared(file, **keys)) == []


def test_a_line_leaves_the_range_of_the_period_train_and_this_is_counted() -> None:
    data = prepared("trend-beyond-training/line.csv", target="y", time="t")
    assert Holdout(data).beyond == 30


def test_the_last_value_again_is_an_echo_and_a_forecast_that_knows_more_is_none() -> None:
    test = Holdout(prepared("random-walk-echo/walk.csv", target="y", time="t"))
    last, truth = test.data.values[test.origins], test.truth
    noise = np.random.default_rng(0).normal(scale=0.1, size=last.shape)
    assert test.is_echo(last + noise)
    assert not test.is_echo((last + 3 * truth) / 4)  # far nearer to the truth than the last value
    assert not test.is_echo(last + 3 * (last - truth))  # further from it


def test_a_demand_is_never_forecast_below_its_minimum() -> None:
    keys = {"target": "demand", "time": "week", "horizon": 4}
    data = prepared("intermittent-demand/parts.csv", **keys, minimum=0)
    own = source("intermittent-demand/parts.csv", **keys, minimum=0, baselines=["drift", "ar"])
    test = Holdout(data)
    free = prepared("intermittent-demand/parts.csv", **keys)
    for name, (validated, later, *_) in forecast_each(data, own, data.origins("validation"), test.origins).items():
        before, after, *_ = forecast_each(free, own, data.origins("validation"), test.origins)[name]
        np.testing.assert_array_equal(validated, np.maximum(before, 0))
        np.testing.assert_array_equal(later, np.maximum(after, 0))
    forecasts = np.zeros((len(test.origins), 4))
    lower, upper = conformal_ends(forecasts, np.full((30, 4), 2.0), test.scaling(test.origins), 0.8)
    assert (lower.min(), upper.max()) == (0, 2)
    with pytest.raises(InputError, match=r"^datasets.own.minimum: must be at most 0, that of 'demand' at 2020-01-06"):
        prepared("intermittent-demand/parts.csv", **keys, minimum=0.5)


def test_inputs_known_of_the_future_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError) as error:
        read("known-future-inputs/promo.csv", target="sales", time="week", features=["promo"])
    assert str(error.value) == (
        "data/raw/promo.csv: rows 194 to 201 have features, but no 'sales': inputs that are known of the future are "
        "not used, so leave these rows out, in `cellbench forecast` as well"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("monthly", []),
        ("daily", ["its rows are 1 day(s) apart; those that were learned: 31 day(s)"]),
        ("kilo", ["the mean of its last 12 values is 99131; those that were learned: 72.25 to 127.2"]),
        ("old", ["it ends at 2017-04, about 61 of its rows before what was learned ends (2022-06)"]),
    ],
)
def test_a_history_of_another_kind_is_remarked_on(name: str, said: list[str], tmp_path: Path) -> None:
    save_dataset(prepared("history-of-another-kind/monthly.csv", target="y", time="t", horizon=3), tmp_path / "own")
    card = load_dataset(tmp_path / "own", "known.csv").card
    history = read(f"history-of-another-kind/{name}.csv", target="y", time="t")
    assert unlike(card, 12, history, np.zeros(1, int)) == said
