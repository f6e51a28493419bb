"""Forecasts and their intervals in the units of the series, whatever was done to it on the way."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellbench import InputError
from cellbench.config.params import load_params
from cellbench.config.recipe import Recipe
from cellbench.config.sources import Noise
from cellbench.data.dataset import Dataset
from cellbench.data.scaling import Scaling, single
from cellbench.data.timeline import numbered
from cellbench.evaluate.baselines import autoregression
from cellbench.evaluate.forecasters import evaluate_baselines, network_forecasts
from cellbench.evaluate.holdout import Holdout
from cellbench.intervals import conformal_ends, half_width
from cellbench.network import Shape, build_network, initial_weights
from cellbench.prepare.noise import make_noise
from cellbench.prepare.periods import divide
from cellbench.prepare.stage import read_series
from cellbench.streams import stream

ROOT = Path(__file__).parents[1]
SOURCE = load_params(ROOT / "params.yaml").datasets["sunspots"]
(SUNSPOTS,) = read_series(SOURCE, 0, "sunspots")


def sunspots(**other: object) -> Dataset:
    return divide([SUNSPOTS], SOURCE.model_copy(update=other), "datasets.sunspots")


# The sunspots


@pytest.mark.parametrize(("period", "published"), [("1921-1955", 0.126), ("1956-1979", 0.358)])
def test_an_ar_12_has_the_published_errors_by_way_of_the_pipelines_data(period: str, published: float) -> None:
    test = Holdout(sunspots(), variance=SOURCE.variance)
    known = int(test.data.until("train", "validation").sum())
    forecast = autoregression(SUNSPOTS.target, known, test.origins, 1, order=12)
    assert test.scores(forecast[None], period)["test_arv"][0] == pytest.approx([published], abs=5e-4)


@pytest.mark.parametrize("transform", ["none", "sqrt"])
def test_windows_origins_and_truths_are_of_the_same_years(transform: Any) -> None:
    dataset = sunspots()
    view, test = dataset.view(Recipe(window=12, transform=transform, scaling="train"), "e"), Holdout(dataset)
    samples = dataset.samples(test.origins, view, "e")
    np.testing.assert_allclose(samples.truth[:, 0], SUNSPOTS.target[test.origins + 1], rtol=1e-12)
    last_input = samples.scaling.to_units(samples.x[:, -1:, 0].astype(float))[:, 0]
    np.testing.assert_allclose(last_input, SUNSPOTS.target[test.origins], atol=1e-3)
    assert len(samples.x) == 2008 - 1920


def test_every_forecaster_speaks_of_every_test_sample_and_the_future() -> None:
    source = SOURCE.model_copy(update={"horizon": 3, "season": 4})
    dataset = divide([SUNSPOTS], source, "datasets.sunspots")
    test = Holdout(dataset)
    found = evaluate_baselines(test, "sunspots", source)
    every = ["mean", "last", "drift", "ar1", "ar", "arima", "ets", "seasonal", "ar_sqrt", "theta"]
    assert list(found) == every  # some years have no spot: no logarithms
    weights = initial_weights("gru", Shape(12, 1, 2, 3), [stream(0, replicate) for replicate in range(4)])
    view = dataset.view(Recipe(window=12, scaling="last"), "e")
    network = network_forecasts(build_network("gru", weights, {}), dataset.samples(test.origins, view, "e"))
    assert network.shape == (4, len(test.origins), 3)
    assert {baseline.forecasts.shape for baseline in found.values()} == {(1, *network.shape[1:])}
    years_seen = test.origins[:, None] + np.arange(1, 4) - 4
    np.testing.assert_allclose(found["seasonal"].forecasts[0], SUNSPOTS.target[years_seen], rtol=1e-7)
    for baseline in found.values():
        rows = baseline.tables["forecasts"]
        assert len(rows) == 3 * (len(test.origins) + 1)
        assert rows["time"].tolist()[-3:] == ["2009", "2010", "2011"]


# Baselines


@pytest.fixture(scope="module")
def baselines() -> dict:
    return evaluate_baselines(Holdout(sunspots()), "sunspots", SOURCE)


def test_baselines_see_the_series_as_it_is_and_an_autoregression_its_square_roots_as_well(baselines: dict) -> None:
    origins = Holdout(sunspots()).origins
    np.testing.assert_allclose(baselines["last"].forecasts[0, :, 0], SUNSPOTS.target[origins], rtol=1e-7)
    means = [SUNSPOTS.target[: origin + 1].mean() for origin in origins]
    np.testing.assert_allclose(baselines["mean"].forecasts[0, :, 0], means, rtol=1e-6)
    one_lag = autoregression(SUNSPOTS.target, 221, origins, 1, 1)
    np.testing.assert_array_equal(baselines["ar1"].forecasts[0], single(one_lag))
    roots = autoregression(np.sqrt(SUNSPOTS.target), 221, origins, 1, 9)
    np.testing.assert_array_equal(baselines["ar_sqrt"].forecasts[0], single(roots**2))
    assert [baselines[name].label for name in ("ar", "ar_sqrt")] == ["AR(8) by AICc", "AR(9) of square roots"]
    assert "seasonal" not in baselines


def test_a_baseline_is_validated_by_what_was_fitted_to_the_period_train_alone(baselines: dict) -> None:
    origins = np.arange(1880, 1920) - 1700
    one_lag = single(autoregression(SUNSPOTS.target, 181, origins, 1, 1))
    residuals = SUNSPOTS.target[origins + 1, None] - one_lag
    assert baselines["ar1"].metrics["val_mse"] == pytest.approx(np.square(residuals).mean())
    width = np.sort(np.abs(residuals[:, 0]))[32]  # the 33rd of 40: 0.8 × 41 rounded up
    rows = baselines["ar1"].tables["forecasts"]
    assert (rows["upper_80"] - rows["forecast"]).to_numpy() == pytest.approx(width)


def test_a_dataset_may_choose_its_baselines_and_one_that_cannot_be_fitted_is_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of ten rows the first five are the period train, too few for exponential smoothing."""
    until = {"train": 0.5, "validation": 0.7, "test": 1.0}
    short = SOURCE.model_copy(update={"baselines": ["ets", "last"], "until": until})
    first = replace(SUNSPOTS, timeline=numbered(10), values=SUNSPOTS.values[:10], observed=SUNSPOTS.observed[:10])
    test = Holdout(divide([first], short, "datasets.sunspots"))
    assert list(evaluate_baselines(test, "sunspots", short)) == ["last"]
    assert "sunspots: no forecasts by ets, which cannot be fitted: tiny datasets" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"datasets\.sunspots\.baselines: none of them can be fitted"):
        evaluate_baselines(test, "sunspots", short.model_copy(update={"baselines": ["ets"]}))


def test_noise_has_no_order_to_learn_from_only_a_mean() -> None:
    source = Noise(source="noise", samples=9, test_samples=5, predict_samples=1, timesteps=3, features=2)
    noise = make_noise(source, 0, "noise")
    found = evaluate_baselines(Holdout(noise), "noise", source)
    assert list(found) == ["mean"]
    mean = noise.truth(noise.origins("train")).mean()
    np.testing.assert_allclose(found["mean"].forecasts, np.full((1, 5, 1), mean), rtol=1e-6)


def test_a_season_may_be_all_of_the_period_train_but_one_row_and_no_longer() -> None:
    for season in (181, 1000):
        with pytest.raises(InputError, match=r"datasets\.sunspots\.season: .* 181 rows"):
            sunspots(season=season)


# Intervals

SCALING = Scaling("none", np.array([[10.0], [20.0]]), np.array([2.0, 4.0]))
FORECAST = np.array([[9.0, 16.0], [25.0, 36.0]])
"""Of two samples, two steps ahead."""


def residuals(count: int) -> np.ndarray:
    return stream(0, "residuals").normal(0, [0.1, 0.3], (count, 2))


def test_without_a_transform_they_are_as_wide_as_the_residuals_in_units() -> None:
    for level in (0.8, 0.95):
        lower, upper = conformal_ends(FORECAST, residuals(50), SCALING, level)
        width = half_width(residuals(50), level) * np.array([[2.0], [4.0]])
        np.testing.assert_allclose(lower, FORECAST - width)
        np.testing.assert_allclose(upper, FORECAST + width)


def test_with_a_transform_they_are_as_wide_as_there_and_come_back_in_units() -> None:
    for level in (0.8, 0.95):
        lower, upper = conformal_ends(FORECAST, residuals(50), SCALING._replace(transform="sqrt"), level)
        width = half_width(residuals(50), level) * np.array([[2.0], [4.0]])
        np.testing.assert_allclose(lower, (np.array([[3, 4], [5, 6]]) - width).clip(0) ** 2)
        np.testing.assert_allclose(upper, (np.array([[3, 4], [5, 6]]) + width) ** 2)


@pytest.mark.parametrize("transform", ["none", "sqrt", "log"])
def test_the_higher_the_level_the_wider_the_interval_about_the_forecast(transform: str) -> None:
    scaling = SCALING._replace(transform=transform)
    (lower_80, upper_80), (lower_95, upper_95) = (
        conformal_ends(FORECAST, residuals(50), scaling, level) for level in (0.8, 0.95)
    )
    bounds = np.stack([lower_95, lower_80, FORECAST, upper_80, upper_95])
    assert (np.diff(bounds, axis=0) > 0).all()
