"""A dataset of many series: each is cut, scaled and scored by itself, and one network learns from all."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellbench import InputError
from cellbench.config.recipe import Recipe
from cellbench.config.sources import Competition, CsvFile
from cellbench.data.dataset import Dataset
from cellbench.data.scaling import View
from cellbench.data.stored import KNOWN, TEST, load_dataset, save_dataset
from cellbench.evaluate.baselines import forecast
from cellbench.evaluate.baselines_of_series import forecast_each
from cellbench.evaluate.forecasters import evaluate_baselines
from cellbench.evaluate.holdout import Holdout
from cellbench.prepare.periods import divide
from cellbench.prepare.stage import read_series
from cuts import series

LENGTHS = {"b": 40, "a": 25, "short": 9, "long": 60}
"""In the order of the file, which is not that of the alphabet."""
UNTIL = {"train": -6, "validation": -3, "test": 0}


def walks(**changed: Any) -> dict[str, np.ndarray]:
    """Random walks of different lengths and sizes."""
    random = np.random.default_rng(3)
    return {
        name: 10.0 ** (n + 1) * (5 + random.normal(size=length).cumsum() / 10)
        for n, (name, length) in enumerate(LENGTHS.items())
    } | changed


def source(**said: Any) -> CsvFile:
    keys = {"target": "y", "series": "id", "horizon": 3, "until": UNTIL} | said
    return CsvFile.model_validate({"source": "csv", "path": "data/raw/x.csv"} | keys)


def many(values: dict[str, np.ndarray] | None = None, **said: Any) -> Dataset:
    named = [series(of, name=name) for name, of in (walks() if values is None else values).items()]
    return divide(named, source(**said), "datasets.own")


def view_of(data: Dataset, scaling: Any = "last", window: int = 5) -> View:
    view = data.view(Recipe(window=window, scaling=scaling), "experiments.own")
    assert view is not None
    return view


def test_every_sample_lies_in_one_series_and_ends_where_its_period_does() -> None:
    data, start = many(), 0
    expected: dict[str, list[int]] = {"train": [], "validation": [], "test": [], "future": []}
    for length in LENGTHS.values():  # three rows of the future follow the last one of each series
        expected["train"] += range(start, start + length - 6 - 3)
        expected["validation"].append(start + length - 6 - 1)
        expected["test"].append(start + length - 3 - 1)
        expected["future"].append(start + length - 1)
        start += length + 3
    assert {period: data.origins(period).tolist() for period in expected} == expected


def test_a_series_shorter_than_its_window_gives_no_sample_to_learn_from_and_is_still_forecast() -> None:
    data = many()
    learned, asked = data.origins("train", window=5), data.origins("test")
    assert "short" not in set(data.rows["series"].iloc[learned])
    assert "short" in set(data.rows["series"].iloc[asked])
    windows = data.windows(asked, view_of(data, window=8), "e")[:, :, 0]
    values = walks()
    for window, (name, length) in zip(windows, LENGTHS.items(), strict=True):
        seen = values[name][: length - 3][-8:]
        np.testing.assert_array_equal(window, np.append(np.repeat(seen[0], 8 - len(seen)), seen))


@pytest.mark.parametrize("scaling", ["train", "window", "mean", "last"])
def test_each_series_is_scaled_by_its_own_training_part(scaling: str) -> None:
    plain, larger = many(), many({name: values * 1024 if name == "a" else values for name, values in walks().items()})
    origins = plain.origins("train", "validation", window=5)
    views = [view_of(data, scaling) for data in (plain, larger)]
    before, after = (d.samples(origins, view, "e") for d, view in zip((plain, larger), views, strict=True))
    np.testing.assert_array_equal(before.x, after.x)  # a power of two: to the last bit
    np.testing.assert_array_equal(before.y, after.y)
    back = after.scaling.to_units(after.y.astype(float))
    np.testing.assert_allclose(back, after.truth, rtol=1e-5)


@pytest.mark.parametrize("scaling", ["train", "window", "mean", "last"])
def test_one_series_among_others_looks_to_a_network_as_it_does_alone(scaling: str) -> None:
    data, view = many(), view_of(many(), scaling)
    alone = many({"a": walks()["a"]})
    own = view_of(alone, scaling)
    number = list(LENGTHS).index("a")
    assert view.scaling.deviation[number] == own.scaling.deviation[0]
    origins = [o for o in data.origins("train", window=5) if data.series[o] == number]
    x = data.samples(np.array(origins), view, "e").x
    np.testing.assert_array_equal(x, alone.samples(alone.origins("train", window=5), own, "e").x)


@pytest.mark.parametrize("name", list(LENGTHS))
def test_what_follows_the_known_rows_of_a_series_changes_nothing_that_is_learned(name: str) -> None:
    values = walks()
    changed = values | {name: np.append(values[name][:-3], [1e5, -1e5, 0.5])}
    for scaling in ("train", "window", "mean", "last"):
        first, second = (many(v) for v in (values, changed))
        assert view_of(first, scaling) == view_of(second, scaling)
        origins = first.origins("train", "validation", window=5)
        one, two = (d.samples(origins, view_of(d, scaling), "e") for d in (first, second))
        np.testing.assert_array_equal(one.x, two.x)
        np.testing.assert_array_equal(one.y, two.y)
        np.testing.assert_array_equal(first.naive_errors("train"), second.naive_errors("train"))


def test_what_was_saved_is_read_again_series_by_series(tmp_path: Path) -> None:
    data = many()
    save_dataset(data, tmp_path)
    known, whole = load_dataset(tmp_path, KNOWN), load_dataset(tmp_path, KNOWN, TEST)
    pd.testing.assert_frame_equal(whole.rows, data.rows, check_dtype=False)
    assert whole.card.names == list(LENGTHS)
    assert set(known.rows["period"]) == {"train", "validation"}
    np.testing.assert_array_equal(known.values, data.values[data.until("train", "validation")])


@pytest.mark.parametrize("labels", [[f"{2000 + year}" for year in range(7)], ["2000"]])
def test_a_series_without_rows_to_learn_from_is_named(labels: list[str]) -> None:
    new = series(np.arange(len(labels)), labels, name="new")
    with pytest.raises(
        InputError, match="fewer than two observed rows lie before the end of train in 1 series, such as 'new'"
    ):
        divide([series(walks()["long"], name="long"), new], source(), "datasets.own")


def test_a_series_whose_calendar_ends_is_named() -> None:
    late = series(np.arange(20) % 3, [f"{9998 + m // 12}-{m % 12 + 1:02}" for m in range(4, 24)], name="late")
    with pytest.raises(InputError, match=r"^datasets\.own: series 'late': 3 time labels after '9999-12' reach beyond"):
        divide([series(walks()["long"], name="long"), late], source(), "datasets.own")


def test_series_that_only_repeat_their_season_are_refused_and_one_that_does_not_is_enough() -> None:
    same = {name: np.tile([1.0, 5.0], 15) for name in ("a", "b")}
    with pytest.raises(InputError, match=r"^datasets\.own: 'y' only repeats its season until the end of train"):
        many(same, season=2)
    assert len(many(same | {"c": np.arange(30.0)}, season=2).origins("train"))


def test_a_series_that_ends_early_is_learned_from_and_not_scored() -> None:
    labels = {name: [str(year) for year in range(1990, last + 1)] for name, last in {"a": 2020, "b": 2013}.items()}
    own = [series(np.arange(len(of)) ** 1.5, of, name=name) for name, of in labels.items()]
    until = {"train": 2010, "validation": 2015, "test": 2020}
    data = divide(own, source(time="year", until=until, horizon=2), "datasets.own")
    counts = data.rows.groupby("series")["period"].value_counts()
    assert counts["b"].to_dict() == {"train": 21, "validation": 3, "future": 2}
    test = Holdout(data)
    assert test.losses(np.zeros((1, len(test.origins), 2))).shape == (1, 1)
    found = evaluate_baselines(test, "own", source(baselines=["last", "drift"], horizon=2))
    assert len(found["drift"].forecasts[0]) == len(test.origins)


def test_a_series_that_does_not_change_is_scaled_like_the_median_one_and_not_scored() -> None:
    data = many(walks(flat=np.full(30, 7.0)))
    view, others = view_of(data, "train"), view_of(many(), "train")
    assert view.scaling.deviation[-1][0] == pytest.approx(np.median(others.scaling.deviation), rel=1e-8)
    assert np.isnan(data.naive_errors("train")[1][-1])
    test = Holdout(data)
    assert test.losses(np.zeros((2, len(test.origins), 3))).shape == (2, len(LENGTHS))


def test_scores_of_a_series_are_the_formulas_of_the_literature() -> None:
    """MASE and RMSSE by Hyndman & Koehler (2006), sMAPE by Makridakis & Hibon (2000), in plain loops."""
    data = many(season=2)
    test, random = Holdout(data), np.random.default_rng(0)
    forecasts = test.truth * random.uniform(0.8, 1.2, (2, *test.truth.shape))
    scores = test.scores(forecasts)
    for s, values in enumerate(walks().values()):
        known, truth = values[:-3], values[-3:]
        changes = [later - earlier for earlier, later in zip(known[:-2], known[2:], strict=True)]
        for r in range(2):
            error = [f - y for f, y in zip(forecasts[r, s], truth, strict=True)]
            mae, mse = sum(map(abs, error)) / 3, sum(e * e for e in error) / 3
            smape = sum(200 * abs(f - y) / (abs(f) + abs(y)) for f, y in zip(forecasts[r, s], truth, strict=True)) / 3
            assert scores["test_mase"][r, s] == pytest.approx(mae / (sum(map(abs, changes)) / len(changes)))
            squared = sum(c * c for c in changes) / len(changes)
            assert scores["test_rmsse"][r, s] == pytest.approx((mse / squared) ** 0.5)
            assert scores["test_smape"][r, s] == pytest.approx(smape)
    np.testing.assert_allclose(test.losses(forecasts), scores["test_rmsse"] ** 2)


def test_the_baselines_of_a_series_are_those_that_it_has_alone() -> None:
    values = {name: own for name, own in walks().items() if name != "short"}  # of which ETS makes nothing
    data = many(values, season=2)
    later = np.concatenate([data.origins("test"), data.origins("future")])
    found = forecast_each(
        data, source(season=2, baselines=["drift", "seasonal", "ets"]), data.origins("validation"), later
    )
    for name in ("drift", "seasonal", "ets"):
        for s, own in enumerate(values.values()):
            ends = ((len(own) - 6, [len(own) - 7]), (len(own) - 3, [len(own) - 4, len(own) - 1]))
            (validated, _), (later, _) = (forecast(name, own, end, np.array(at), 3, 2) for end, at in ends)
            first, second, *_ = found[name]
            np.testing.assert_array_equal([first[s], second[s], second[len(values) + s]], [validated[0], *later])


def test_a_baseline_that_cannot_be_fitted_to_a_series_forecasts_its_last_value() -> None:
    data = many(walks(tiny=np.array([1.0, 2, 4, 3, 7, 5, 6, 8])))
    parts = data.origins("validation"), data.origins("test")
    _, forecasts, label, missed = forecast_each(data, source(baselines=["ets"]), *parts)["ets"]
    assert (label, missed) == ("ETS by AICc", 2)
    np.testing.assert_array_equal(forecasts[-1], [7, 7, 7])


@pytest.mark.parametrize(
    ("collection", "frequency", "last", "seasonal"),
    [("m1", "monthly", 1.468, 1.314), ("m3", "yearly", 3.172, None), ("tourism", "yearly", 3.007, None)],
)
def test_naive_forecasts_of_a_competition_have_the_published_mase(
    collection: str, frequency: str, last: float, seasonal: float | None
) -> None:
    expected = {"last": last} | ({"seasonal": seasonal} if seasonal else {})
    said = {"source": "competition", "collection": collection, "frequency": frequency, "baselines": list(expected)}
    official = Competition.model_validate(said)
    test = Holdout(divide(read_series(official, 0, "own"), official, "datasets.own"))
    values, horizon = test.data.values[:, 0], official.horizon
    for name, mase in expected.items():
        season = 1 if name == "last" else official.season or 1
        ahead = test.origins[:, None] - season + 1 + np.arange(horizon) % season
        assert np.nanmean(test.scores(values[ahead][None])["test_mase"]) == pytest.approx(mase, abs=5e-4)
    few = Holdout(divide(read_series(official, 0, "own")[:5], official, "datasets.own"))
    found = evaluate_baselines(few, "own", official)
    for name in expected:
        season = 1 if name == "last" else official.season or 1
        ahead = few.origins[:, None] - season + 1 + np.arange(horizon) % season
        np.testing.assert_allclose(found[name].forecasts[0], few.data.values[ahead, 0], rtol=1e-6)


def test_periods_are_counted_from_the_end_of_each_series() -> None:
    for _, part in many().rows.groupby("series"):
        counts = part["period"].value_counts()
        assert (counts["validation"], counts["test"], counts["future"]) == (3, 3, 3)
        borders = [first for first, second in pairwise(part["period"]) if first != second]
        assert borders == ["train", "validation", "test"]
