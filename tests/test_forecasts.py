"""Forecasts and their intervals in the units of the series, whatever was done to it on the way."""

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
from cellbench.evaluate import forecasts
from cellbench.evaluate.baselines import fitted_autoregression
from cellbench.evaluate.forecasts import baseline_forecasts, network_forecasts
from cellbench.evaluate.holdout import Holdout
from cellbench.intervals import conformal_ends, half_width
from cellbench.network import Shape, build_network, initial_weights
from cellbench.prepare.noise import make_noise
from cellbench.prepare.periods import divide
from cellbench.prepare.stage import read_series
from cellbench.streams import stream

ROOT = Path(__file__).parents[1]
SOURCE = load_params(ROOT / "params.yaml").datasets["sunspots"]
SUNSPOTS = read_series(SOURCE, 0, "sunspots")


def sunspots(**other: object) -> Dataset:
    return divide(SUNSPOTS, SOURCE.model_copy(update=other), "datasets.sunspots", None)


@pytest.fixture
def arima_sees(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The series that the ARIMA was to be fitted to, which takes seconds; it says that everything stays as it is."""
    seen = []

    def stands_in(series: np.ndarray, train: int, origins: np.ndarray, horizon: int) -> tuple[np.ndarray, tuple]:
        seen.append(series)
        return np.repeat(series[origins, None], horizon, axis=1), (0, 1, 0)

    monkeypatch.setattr(forecasts, "arima", stands_in)
    return seen


# The sunspots


@pytest.mark.parametrize(("period", "published"), [("1921-1955", 0.126), ("1956-1979", 0.358)])
def test_an_ar_12_has_the_published_errors_by_way_of_the_pipelines_data(period: str, published: float) -> None:
    test = Holdout(sunspots(), variance=SOURCE.variance)
    forecast = fitted_autoregression(SUNSPOTS.target, test.data.known, test.origins, 1, order=12)
    assert test.score(forecast[None], period)["test_arv"] == pytest.approx([published], abs=5e-4)


@pytest.mark.parametrize("transform", ["none", "sqrt"])
def test_windows_origins_and_truths_are_of_the_same_years(transform: Any) -> None:
    dataset = sunspots()
    view, test = dataset.view(Recipe(window=12, transform=transform, scaling="train"), "e"), Holdout(dataset)
    samples = dataset.samples(test.origins, view, "e")
    np.testing.assert_allclose(samples.truth[:, 0], SUNSPOTS.target[test.origins + 1], rtol=1e-12)
    last_input = samples.scaling.to_units(samples.x[:, -1:, 0].astype(float))[:, 0]
    np.testing.assert_allclose(last_input, SUNSPOTS.target[test.origins], atol=1e-3)
    assert len(samples.x) == 2008 - 1920


@pytest.mark.usefixtures("arima_sees")
def test_every_forecaster_speaks_of_every_test_sample() -> None:
    dataset = sunspots(horizon=3, season=11)
    test = Holdout(dataset)
    found, _ = baseline_forecasts(test)
    assert list(found) == ["mean", "last", "seasonal", "ar1", "ar", "ar_sqrt", "arima"]  # some years have no spot
    weights = initial_weights("gru", Shape(12, 1, 2, 3), [stream(0, replicate) for replicate in range(4)])
    view = dataset.view(Recipe(window=12, scaling="last"), "e")
    network = network_forecasts(build_network("gru", weights, {}), dataset.samples(test.origins, view, "e"))
    assert network.shape == (4, len(test.origins), 3)
    assert {forecast.shape for forecast in found.values()} == {(1, *network.shape[1:])}
    np.testing.assert_array_equal(
        found["mean"][0, 0], single(dataset.truth(dataset.origins("train", "validation")).mean(axis=0))
    )  # of each step
    years_seen = test.origins[:, None] + np.arange(1, 4) - 11
    np.testing.assert_array_equal(found["seasonal"][0], single(SUNSPOTS.target[years_seen]))


# Baselines


def test_baselines_see_the_series_as_it_is_and_an_autoregression_its_square_roots_as_well(
    arima_sees: list[np.ndarray],
) -> None:
    test = Holdout(sunspots())
    found, orders = baseline_forecasts(test)
    np.testing.assert_array_equal(found["last"][0, :, 0], single(SUNSPOTS.target[test.origins]))
    mean = SUNSPOTS.target[1:221].mean()  # of all targets up to 1920
    np.testing.assert_allclose(found["mean"], np.full((1, 88, 1), mean), rtol=1e-7)
    one_lag = fitted_autoregression(SUNSPOTS.target, 221, test.origins, 1, 1)
    np.testing.assert_array_equal(found["ar1"][0], single(one_lag))
    np.testing.assert_array_equal(arima_sees, [SUNSPOTS.target])
    np.testing.assert_allclose(found["arima"], found["last"])
    roots = fitted_autoregression(np.sqrt(SUNSPOTS.target), 221, test.origins, 1, 9)
    np.testing.assert_array_equal(found["ar_sqrt"][0], single(roots**2))
    assert orders == {"ar": {"p": 8}, "ar_sqrt": {"p": 9}, "arima": {"p": 0, "d": 1, "q": 0}}
    assert "seasonal" not in found


def test_noise_has_no_order_to_learn_from_only_a_mean() -> None:
    noise = make_noise(
        Noise(source="noise", samples=9, test_samples=5, predict_samples=1, timesteps=3, features=2), 0, "noise"
    )
    found, orders = baseline_forecasts(Holdout(noise))
    assert (list(found), orders) == (["mean"], {})
    np.testing.assert_allclose(found["mean"], np.full((1, 5, 1), noise.truth(noise.origins("train")).mean()))


@pytest.mark.usefixtures("arima_sees")
def test_a_season_may_be_all_of_the_training_part_but_one_row_and_no_longer() -> None:
    dataset = sunspots(season=220)
    test = Holdout(dataset)
    found, _ = baseline_forecasts(test)
    np.testing.assert_array_equal(found["seasonal"][0, :, 0], single(SUNSPOTS.target[test.origins - 219]))
    for season in (221, 1000):
        with pytest.raises(InputError, match=r"datasets\.sunspots\.season: .* 221 rows"):
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
