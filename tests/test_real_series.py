"""What is said of series as people have them: marks, shifts, echoes, a demand, a history of another kind."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellbench import InputError
from cellbench.data.doubts import doubts
from cellbench.data.stored import load_dataset, save_dataset
from cellbench.evaluate.baselines_of_series import forecast_each
from cellbench.evaluate.holdout import Holdout
from cellbench.forecast.trust import unlike
from cellbench.intervals import conformal_ends
from csv_files import added
from real_files import FILES, prepared, read, source


@pytest.fixture(autouse=True)
def _in_a_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data/raw").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)


def test_a_mark_that_nobody_declared_is_doubted_and_with_the_key_it_is_missing() -> None:
    keys = {"target": "temp", "time": "date"}
    (said,) = doubts(prepared("sentinel-9999/station.csv", **keys))
    assert said.startswith("-9999 occurs 4 times in 'temp', far from all other values (70.94 to 127.22)")
    assert added(said) == {"missing_values": [-9999], "missing": "interpolate"}
    data = prepared("sentinel-9999/station.csv", **keys, **added(said))
    assert doubts(data) == []
    assert data.values[:-1].min() == pytest.approx(70.94)


def test_a_flat_stretch_and_a_shift_where_the_test_part_begins_are_said() -> None:
    keys = {"target": "y", "time": "t", "horizon": 3, "season": 12}
    (flat,) = doubts(prepared("level-shift-and-flat-stretch/flat.csv", **keys))
    assert flat.startswith("'y' does not change from 80 to 119, for 40 rows")
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
        ("history-of-another-kind/monthly.csv", {"target": "y", "time": "t"}),
    ],
)
def test_a_trend_and_a_walk_are_not_doubted(file: str, keys: dict[str, Any]) -> None:
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


def test_of_a_demand_that_is_mostly_zero_the_scores_say_little() -> None:
    (rare,) = doubts(prepared("intermittent-demand/parts.csv", target="demand", time="week"))
    demand = pd.read_csv(FILES / "intermittent-demand/parts.csv")["demand"]
    assert rare.startswith(f"'demand' is 0 in {(demand == 0).sum()} of {len(demand)} rows: a forecast that is always 0")


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
