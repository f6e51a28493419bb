"""Forecasts without a network, against numbers by hand, by statsmodels itself and by the literature."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from statsforecast.models import AutoARIMA
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

from cellbench.evaluate.baselines import autoregression, forecast, meant_for
from cellbench.prepare.arma import simulate
from cellbench.streams import stream

Array = NDArray[np.float64]
HORIZON = 5
LEVEL = 20 + simulate([0.7], [0.4], 2.0, 300, stream(0, "level"))
WALK = np.cumsum(simulate([0.5], [], 2.0, 300, stream(0, "walk")))
MONTHS = np.exp(np.arange(150) / 100 + np.sin(np.arange(150) * np.pi / 6) / 5)
MONTHS *= np.exp(stream(0, "months").normal(0, 0.02, 150))
RAMP = np.arange(10.0)


def by(name: Any, series: Array, train: int, origins: Any, horizon: int, season: int | None = None) -> Array:
    """The forecasts of a baseline alone."""
    return forecast(name, series, train, np.array(origins), horizon, season)[0]


# By hand


def test_the_last_value_stays() -> None:
    assert by("last", RAMP, 3, [0, 4], 3) == pytest.approx(np.array([[0, 0, 0], [4, 4, 4]]))


def test_the_last_season_comes_back_also_beyond_one_season() -> None:
    expected = [[0, 1, 2, 0, 1, 2, 0], [3, 4, 5, 3, 4, 5, 3]]
    assert by("seasonal", RAMP, 5, [2, 5], 7, season=3) == pytest.approx(np.array(expected))


def test_the_mean_and_the_drift_are_of_all_values_so_far() -> None:
    series = np.array([1.0, 2.0, 6.0, 5.0, 10.0])
    assert by("mean", series, 3, [2, 3], 2) == pytest.approx(np.array([[3, 3], [3.5, 3.5]]))
    assert by("drift", series, 3, [2, 3], 2) == pytest.approx(np.array([[8.5, 11], [5 + 4 / 3, 5 + 8 / 3]]))


def test_croston_forecasts_the_mean_demand_over_the_mean_interval_less_a_twentieth() -> None:
    """Both smoothed by 0.1: from 4 to 3.9 with the demand of 3, from 3 rows to 2.9 with the interval of 2."""
    assert by("croston", np.array([0.0, 0, 4, 0, 3, 0]), 5, [5], 1) == pytest.approx(0.95 * (4 - 0.1) / (3 - 0.1))


def test_a_forecast_that_needs_more_values_than_there_are_is_refused_rather_than_taken_from_the_end() -> None:
    with pytest.raises(ValueError, match="not finite"):
        by("seasonal", RAMP, 3, [1], 1, season=3)
    with pytest.raises(ValueError, match="needs 2 values"):
        autoregression(LEVEL, 200, np.array([0]), 1, order=2)


def test_a_baseline_that_cannot_be_fitted_says_so() -> None:
    with pytest.raises(ValueError, match="tiny"):
        by("ets", LEVEL, 5, [6], 1)


# By statsmodels


def test_an_arima_forecasts_what_statsmodels_does_with_the_same_coefficients() -> None:
    """Seasonal, carried forward without fitting again: the Kalman filter of another library, from each origin."""
    series, train, origins = np.log(MONTHS) * 10, 100, np.array([99, 120, 137])
    forecasts, label = forecast("arima", series, train, origins, 12, 12)
    p, d, q, P, D, Q, m = map(int, re.findall(r"\d+", label))
    assert (d + D, m) == (2, 12) or "drift" in label
    scale = series[:train].std()
    model = AutoARIMA(season_length=12).fit(series[:train] / scale).model_
    names = [*(f"ar{i}" for i in range(1, p + 1)), *(f"ma{i}" for i in range(1, q + 1))]
    names += [*(f"sar{i}" for i in range(1, P + 1)), *(f"sma{i}" for i in range(1, Q + 1))]
    drift = model["coef"].get("drift", 0.0)
    for origin, ours in zip(origins, forecasts, strict=True):
        time = drift * np.arange(1, origin + 14)
        values = series[: origin + 1] / scale - time[: origin + 1]
        theirs = SARIMAX(values, order=(p, d, q), seasonal_order=(P, D, Q, m)).smooth(
            [*(model["coef"][name] for name in names), model["sigma2"]]
        )
        assert ours == pytest.approx(scale * (theirs.forecast(12) + time[origin + 1 :]), rel=1e-3)


def test_ets_forecasts_what_statsmodels_does_with_the_same_smoothing() -> None:
    """Its level and seasons follow the values after the fit, in the same proportions as before it."""
    forecasts, label = forecast("ets", MONTHS, 100, np.array([130]), 12, 12)
    assert re.fullmatch(r"ETS\(M,Ad?,M\)", label)
    theirs = ETSModel(MONTHS[:131], error="mul", trend="add", seasonal="mul", seasonal_periods=12)
    assert forecasts[0] == pytest.approx(theirs.fit(disp=False).forecast(12), rel=0.03)


@pytest.mark.parametrize("name", ["arima", "ets", "theta"])
def test_the_models_learn_trend_and_season_of_which_a_last_value_knows_nothing(name: Any) -> None:
    origins = np.arange(99, 138)
    steps = origins[:, None] + np.arange(1, 13)
    ours, last = (np.square(by(n, MONTHS, 100, origins, 12, 12) - MONTHS[steps]).mean() for n in (name, "last"))
    assert ours < 0.2 * last


def test_an_arima_forecasts_an_arma_process_nearly_as_well_as_is_possible() -> None:
    process = simulate([0.8], [0.5], 1.0, 6_000, stream(0, "nearly"))
    origins = np.arange(1999, 6_000 - HORIZON)
    steps = origins[:, None] + np.arange(1, HORIZON + 1)
    errors = np.square(by("arima", process, 2000, origins, HORIZON) - process[steps]).mean(axis=0)
    psi = np.append(1, 1.3 * 0.8 ** np.arange(HORIZON - 1))  # 1, then (phi + theta) phi^(j - 1)
    assert np.all(errors < 1.07 * np.cumsum(psi**2))


def test_an_arima_differences_a_random_walk_and_not_a_level() -> None:
    orders = [forecast("arima", series, 200, np.array([250]), 1, None)[1] for series in (LEVEL, WALK)]
    assert [label[: len("ARIMA(1,0")][-1] for label in orders] == ["0", "1"]


def test_an_arima_of_a_long_season_has_none() -> None:
    """With 25 rows and more the choice of its orders would take hours."""
    assert forecast("arima", LEVEL, 200, np.array([250]), 1, 25) == forecast("arima", LEVEL, 200, np.array([250]), 1, 1)


# Which of them


def test_what_a_baseline_is_meant_for() -> None:
    always, level = ["mean", "last", "drift", "ar1", "ar", "arima", "ets"], LEVEL - LEVEL.min() + 1
    assert meant_for(WALK - WALK.max(), 300, None, False) == [*always, "theta"]
    assert meant_for(np.maximum(WALK, 0) + 0.0, 300, 12, False) == [*always, "seasonal", "ar_sqrt", "theta", "croston"]
    assert meant_for(level, 300, None, False) == [*always, "ar_sqrt", "ar_log", "theta"]
    assert meant_for(level, 2001, None, False) == [*always, "ar_sqrt", "ar_log"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "value"), [("ar_log", 0.0), ("ar_sqrt", -1.0)])
@pytest.mark.parametrize("place", [10, 290])
def test_a_transform_that_a_value_does_not_have_is_said(name: Any, value: float, place: int) -> None:
    series = LEVEL - LEVEL.min() + 1
    series[place] = value
    with pytest.raises(ValueError, match="not defined on all values"):
        by(name, series, 200, [250], 1)


# For all


@pytest.mark.parametrize("series", [np.full(60, 3.0), np.arange(60.0)], ids=["constant", "line"])
@pytest.mark.parametrize("name", ["ar", "arima", "ets", "drift"])
def test_a_series_without_noise_goes_on(name: Any, series: Array) -> None:
    origins = np.array([39, 50])
    expected = series[origins, None] + np.ptp(series[:2]) * np.arange(1, 4)
    assert by(name, series, 40, origins, 3) == pytest.approx(expected, rel=1e-3)


NAMES = ["mean", "last", "drift", "seasonal", "ar1", "ar", "arima", "ets", "theta"]


@pytest.mark.parametrize("series", [LEVEL, WALK], ids=["level", "walk"])
@pytest.mark.parametrize("name", NAMES)
def test_no_forecast_sees_what_comes_after_its_origin(name: Any, series: Array) -> None:
    origins = np.arange(99, 226, 9)
    later = series.copy()
    later[151:] += stream(0, "later").normal(10, 10, size=149)
    before, after = (by(name, values, 100, origins, 24, 4) for values in (series, later))
    seen = origins <= 150
    assert np.array_equal(before[seen], after[seen])
    assert not np.any(np.all(before[~seen] == after[~seen], axis=1))


@pytest.mark.parametrize("name", NAMES)
def test_thirty_values_are_enough_and_units_make_no_difference(name: Any) -> None:
    origins = np.arange(29, 270, 5)
    forecasts = by(name, LEVEL, 30, origins, 12, 12)
    assert np.all(np.abs(forecasts - LEVEL.mean()) < 8 * LEVEL.std())
    for unit in (1e-5, 1e5):
        assert by(name, unit * LEVEL, 30, origins, 12, 12) / unit == pytest.approx(forecasts, rel=1e-5)
