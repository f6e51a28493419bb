"""Sentences about strange series: said where a series is strange, and not where it is only rough."""

from typing import Any

import numpy as np
import pytest

from cellbench.config.sources import CsvFile, Noise
from cellbench.data.doubts import doubts
from cellbench.evaluate.holdout import Holdout
from cellbench.prepare.noise import make_noise
from cellbench.prepare.periods import divide
from csv_files import added
from cuts import rows, series

UNTIL = {"train": 70, "validation": 85, "test": 100}
Array = np.ndarray


def wave(level: float = 10.0, size: float = 1.0) -> Array:
    """A hundred rows, rough and without a trend."""
    return level + size * np.random.default_rng(0).normal(size=100)


def changed(values: Array, **at: float) -> Array:
    """The values with others in some rows: `r7=5` puts 5 into row 7."""
    values = values.copy()
    for row, value in at.items():
        values[int(row[1:])] = value
    return values


def said_of(values: Array, **keys: Any) -> list[str]:
    return doubts(rows(series(values), UNTIL, **keys))


@pytest.mark.parametrize(
    "values",
    [
        wave(),
        wave().cumsum(),
        np.arange(100.0),
        np.exp(np.arange(100) / 9),
        np.sin(np.arange(100) / 3),
        np.arange(100) // 3,  # each value three times
        np.where(np.random.default_rng(1).uniform(size=100) < 0.4, 0, 3.0),
        changed(wave(), r7=-9999),  # once is chance
        changed(wave(), r7=99, r8=98),
        changed(wave(), r7=15, r9=15),
    ],
    ids=["noise", "walk", "line", "growth", "sine", "stairs", "rare", "one outlier", "two outliers", "a small mark"],
)
def test_of_a_series_that_is_only_rough_nothing_is_said(values: Array) -> None:
    assert said_of(values) == []


@pytest.mark.parametrize("mark", [-9999, -999, 9999, 99999, -99.9, 1e20, -1000])
def test_a_value_far_from_all_others_that_stands_again_and_again_may_mean_missing(mark: float) -> None:
    (said,) = said_of(changed(wave(), r7=mark, r30=mark, r31=mark))
    assert said.startswith(f"{mark:g} occurs 3 times in 'y', far from all other values (")
    assert added(said) == {"missing_values": [mark], "missing": "interpolate"}


def test_nines_need_not_be_as_far_from_the_others_as_another_value() -> None:
    for mark, counted in ((99.0, True), (98.0, False)):
        assert (said_of(changed(wave(40, 9), r7=mark, r30=mark)) != []) == counted


def test_a_long_stretch_without_a_change_is_said_with_its_times() -> None:
    still = {f"r{row}": 10.5 for row in range(20, 30)}
    (said,) = said_of(changed(wave(), **still))
    assert said.startswith("'y' does not change from 21 to 30, for 10 rows: there, a forecast of the last value is")
    still.pop("r29")
    assert said_of(changed(wave(), **still)) == []


def test_filled_in_rows_are_no_values_that_stand_still() -> None:
    observed = np.ones(100, bool)
    observed[20:40] = False
    values = np.where(observed, wave(), 10.5)
    assert doubts(rows(series(values, observed=observed), UNTIL)) == []


def test_of_a_series_that_is_mostly_zero_it_is_said_that_its_scores_say_little() -> None:
    demand = np.where(np.arange(100) % 3 == 0, wave(), 0)
    (said,) = said_of(demand)
    assert said.startswith("'y' is 0 in 66 of 100 rows: ")
    assert "MSE and MASE say little" in said
    assert said_of(np.where(np.arange(100) % 2 == 0, wave(), 0)) == []


@pytest.mark.parametrize(("row", "period"), [(70, "validation"), (85, "test")])
@pytest.mark.parametrize("move", [40, -40])
def test_a_level_that_moves_where_a_period_begins_is_said(row: int, period: str, move: float) -> None:
    (said,) = said_of(wave() + np.where(np.arange(100) < row, 0, move), season=5)
    assert said.startswith(f"where the period {period} begins, at {row + 1}, the level of 'y' moves by ")
    assert said_of(wave() + np.where(np.arange(100) < 30, 0, move)) == []  # and learned from


def test_of_several_series_one_is_named_and_those_that_do_not_change_are_counted() -> None:
    source = CsvFile(source="csv", path="data/raw/x.csv", target="y", series="id", until=UNTIL)
    flat, marked = np.full(100, 5.0), changed(wave(), r7=-9999, r8=-9999)
    named = {"a": wave(), "b": flat, "c": marked, "d": flat}
    found = doubts(divide([series(values, name=name) for name, values in named.items()], source, "datasets.own"))
    assert sorted(text[:60] for text in found) == [
        "In 1 of 4 series, such as 'c': -9999 occurs 2 times in 'y', ",
        "In 2 of 4 series, such as 'b': 'y' does not change in the pe",
    ]


def test_noise_is_not_doubted() -> None:
    noise = Noise(source="noise", samples=9, test_samples=5, predict_samples=1, timesteps=3, features=2)
    assert doubts(make_noise(noise, 0, "noise")) == []


def test_rows_after_the_last_test_period_are_neither_doubted_nor_counted() -> None:
    later = np.append(wave(), np.full(30, 1000.0))
    data = rows(series(later), UNTIL)
    assert doubts(data) == doubts(rows(series(wave()), UNTIL))
    assert Holdout(data, None).beyond == Holdout(rows(series(wave()), UNTIL), None).beyond
    assert Holdout(rows(series(later), UNTIL | {"test": 130}), None).beyond >= 30
