"""Forecasts without a network, against numbers by hand, by statsmodels itself and by the literature."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from statsmodels.datasets import sunspots
from statsmodels.tsa.arima.model import ARIMA

from cellbench.evaluate.baselines import (
    arima,
    autoregression,
    fitted_arima,
    fitted_autoregression,
    last_season,
)
from cellbench.prepare.arma import optimal_mse, simulate
from cellbench.streams import stream

Array = NDArray[np.float64]
HORIZON = 5
LEVEL = 20 + simulate([0.7], [0.4], 2.0, 300, stream(0, "level"))
WALK = np.cumsum(simulate([0.5], [], 2.0, 300, stream(0, "walk")))
RAMP = np.arange(10.0)


def mse(forecasts: Array, series: Array, origins: NDArray[np.int64]) -> Array:
    steps = origins[:, None] + np.arange(1, forecasts.shape[1] + 1)
    error: Array = np.square(forecasts - series[steps]).mean(axis=0)
    return error


def test_the_last_value_stays() -> None:
    assert last_season(RAMP, np.array([0, 4]), 3, season=1).tolist() == [[0, 0, 0], [4, 4, 4]]


def test_the_last_season_comes_back_also_beyond_one_season() -> None:
    assert last_season(RAMP, np.array([2, 5]), 7, season=3).tolist() == [
        [0, 1, 2, 0, 1, 2, 0],
        [3, 4, 5, 3, 4, 5, 3],
    ]


def test_an_origin_without_enough_values_before_it_is_refused_rather_than_taken_from_the_end() -> None:
    with pytest.raises(ValueError, match="needs 3 values"):
        last_season(RAMP, np.array([1]), 1, season=3)
    with pytest.raises(ValueError, match="needs 2 values"):
        fitted_autoregression(LEVEL, 200, np.array([0]), 1, order=2)


def test_an_autoregression_of_the_sunspots_has_the_published_errors() -> None:
    """AR(12) fitted to 1700-1920, one year ahead: 0.126 in 1921-1955, 0.358 in 1956-1979, relative to 1535."""
    series = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    origins = np.arange(1920, 1979) - 1700
    squared = np.square(fitted_autoregression(series, 221, origins, 1, order=12)[:, 0] - series[origins + 1]) / 1535
    assert squared[:35].mean() == pytest.approx(0.126, abs=5e-4)
    assert squared[35:].mean() == pytest.approx(0.358, abs=5e-4)


@pytest.mark.parametrize("order", [0, 1, 3])
def test_an_autoregression_forecasts_what_least_squares_by_hand_does(order: int) -> None:
    train = 200
    lags = [LEVEL[order - lag : train - lag] for lag in range(1, order + 1)]
    design = np.column_stack([np.ones(train - order), *lags])
    intercept, *phi = np.linalg.lstsq(design, LEVEL[order:train], rcond=None)[0]
    known = LEVEL[:251].tolist()
    for _ in range(HORIZON):
        known.append(intercept + sum(phi[lag - 1] * known[-lag] for lag in range(1, order + 1)))
    forecasts = fitted_autoregression(LEVEL, train, np.array([220, 250]), HORIZON, order)
    assert forecasts[1] == pytest.approx(known[251:], rel=1e-9)


def test_the_order_of_an_autoregression_is_that_of_the_process_or_little_more() -> None:
    process = simulate([0.5, 0.0, 0.3], [], 1.0, 3000, stream(0, "order"))
    origins = np.arange(1999, 2990)
    forecasts, order = autoregression(process, 2000, origins, HORIZON)
    assert 3 <= order <= 5
    assert np.array_equal(forecasts, fitted_autoregression(process, 2000, origins, HORIZON, order))


def test_a_training_part_allows_a_fifth_of_its_length_as_order_and_a_long_one_r_s_highest() -> None:
    beats = np.tile([0.0, 0, 0, 0, 0, 0, 0, 1], 30)  # the order of the beat is always worth it, if it is allowed
    assert autoregression(beats, 40, np.array([60]), 1)[1] == 8
    assert autoregression(beats, 39, np.array([60]), 1)[1] <= 7
    rare = np.tile([0.0] * 23 + [1], 20)  # 23 values back, all is known of it: 10 log10(250) is 23.98, of 190 22.79
    assert autoregression(rare, 250, np.array([300]), 1)[1] == 23
    assert autoregression(rare, 190, np.array([300]), 1)[1] <= 22


def test_the_order_is_that_of_the_lowest_corrected_criterion_by_hand() -> None:
    """n ln(residual variance) + 2 k n / (n - k - 1), with k the coefficients, the mean and the variance."""
    train, highest = 60, 12
    values, criteria = LEVEL[:train], []
    for order in range(highest + 1):
        lags = [values[highest - lag : train - lag] for lag in range(1, order + 1)]
        design, y = np.column_stack([np.ones(train - highest), *lags]), values[highest:]
        residuals = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        n, k = len(y), order + 2
        criteria.append(n * np.log(np.square(residuals).mean()) + 2 * k * n / (n - k - 1))
    assert autoregression(LEVEL, train, np.array([100]), 1)[1] == int(np.argmin(criteria))


@pytest.mark.filterwarnings("ignore")  # of the fit here, that starts from zeros
@pytest.mark.parametrize(
    ("series", "order"),
    [(LEVEL, (1, 0, 1)), (LEVEL, (2, 0, 0)), (LEVEL, (0, 0, 0)), (WALK, (1, 1, 0)), (WALK, (2, 1, 1))],
)
def test_an_arima_forecasts_what_statsmodels_does_from_each_origin(series: Array, order: tuple[int, int, int]) -> None:
    results = ARIMA(series[:200], order=order).fit()
    origins = np.array([199, 230, 280])
    expected = [results.apply(series[: origin + 1]).forecast(HORIZON) for origin in origins]
    assert fitted_arima(series, 200, origins, HORIZON, order) == pytest.approx(np.array(expected), abs=1e-3)


def test_an_arima_without_memory_forecasts_the_training_mean_or_the_last_value() -> None:
    origins = np.arange(199, 280)
    assert fitted_arima(LEVEL, 200, origins, HORIZON, (0, 0, 0)) == pytest.approx(LEVEL[:200].mean(), rel=1e-4)
    assert np.array_equal(
        fitted_arima(WALK, 200, origins, HORIZON, (0, 1, 0)), last_season(WALK, origins, HORIZON, season=1)
    )


def test_an_arima_differences_a_random_walk_and_not_a_level() -> None:
    assert [arima(series, 200, np.array([250]), 1)[1][1] for series in (LEVEL, WALK)] == [0, 1]


def test_an_arima_forecasts_an_arma_process_nearly_as_well_as_is_possible() -> None:
    process = simulate([0.8], [0.5], 1.0, 12_000, stream(0, "nearly"))
    origins = np.arange(1999, 12_000 - HORIZON)
    forecasts, order = arima(process, 2000, origins, HORIZON)
    assert np.all(mse(forecasts, process, origins) < 1.05 * optimal_mse([0.8], [0.5], 1.0, HORIZON))
    assert np.array_equal(forecasts, fitted_arima(process, 2000, origins, HORIZON, order))


def test_an_arima_that_would_never_forget_a_wrong_mean_is_not_chosen() -> None:
    """Of differenced noise the moving average has a root on the unit circle: its errors would add up without end."""
    noise = stream(0, "noise").normal(size=1000)
    differenced = np.diff(noise)
    with pytest.raises(ValueError, match="non-invertible"):
        fitted_arima(differenced, 900, np.array([950]), 1, (0, 0, 1))
    assert arima(differenced, 900, np.array([950]), 1)[1] != (0, 0, 1)


@pytest.mark.parametrize("series", [np.full(60, 3.0), np.arange(60.0)], ids=["constant", "line"])
def test_a_series_without_noise_goes_on(series: Array) -> None:
    origins = np.array([39, 50])
    expected = series[origins, None] + np.ptp(series[:2]) * np.arange(1, 4)
    assert autoregression(series, 40, origins, 3)[0] == pytest.approx(expected)
    assert arima(series, 40, origins, 3)[0] == pytest.approx(expected, rel=1e-4)


def test_rounding_an_arima_leaves_a_series_far_from_zero_its_forecasts() -> None:
    origins = np.array([199, 250])
    near, far = (fitted_arima(level + LEVEL, 200, origins, HORIZON, (1, 0, 1)) - level for level in (0, 1e6))
    assert near == pytest.approx(far, abs=1e-3)


def test_rounding_an_arima_never_makes_a_unit_root_of_it() -> None:
    """An autoregression of the constant differences of a line has a coefficient of 1 but for less than 1e-6."""
    forecasts = fitted_arima(np.arange(60.0), 40, np.array([39, 50]), 2, (1, 1, 0))
    assert forecasts == pytest.approx(np.array([[40, 41.0], [51, 52.0]]), rel=1e-4)


ON_A_PROCESSOR = """
import sys
import numpy as np
from cellbench.data.scaling import single
from cellbench.evaluate.baselines import arima, autoregression
for series in np.load(sys.argv[1]).values():
    origins = np.arange(139, len(series) - 3)
    for forecasts, order in (arima(series, 140, origins, 3), autoregression(series, 140, origins, 3)):
        print(order, single(forecasts).tobytes().hex())
"""


def test_forecasts_are_the_same_bytes_whatever_instructions_the_processor_has(tmp_path: Path) -> None:
    season = np.sin(np.arange(200) * np.pi / 6) / 5
    growth = np.arange(200) / 100 + season + stream(0, "growth").normal(0, 0.05, 200)
    np.savez(tmp_path / "series.npz", growth=growth, level=simulate([0.7], [], 1.0, 300, stream(0, "level")))
    command = [sys.executable, "-c", ON_A_PROCESSOR, str(tmp_path / "series.npz")]
    path = os.pathsep.join(sys.path)
    unset = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    processors: list[dict[str, str]] = [{}, {"OPENBLAS_CORETYPE": "Prescott"}, {"OPENBLAS_CORETYPE": "Haswell"}]
    started = [
        subprocess.Popen(
            command, env=unset | kind | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}, stdout=subprocess.PIPE
        )
        for kind in processors
    ]
    first, *others = [process.communicate()[0] for process in started]
    assert len(first.splitlines()) == 4
    assert all(printed == first for printed in others)


FORECASTERS: dict[str, Callable[[Array, int, NDArray[np.int64], int], Array]] = {
    "last value": lambda series, train, origins, horizon: last_season(series, origins, horizon, season=1),
    "season": lambda series, train, origins, horizon: last_season(series, origins, horizon, season=12),
    "autoregression": lambda series, train, origins, horizon: autoregression(series, train, origins, horizon)[0],
    "arima": lambda series, train, origins, horizon: arima(series, train, origins, horizon)[0],
}


@pytest.mark.parametrize("series", [LEVEL, WALK], ids=["level", "walk"])
@pytest.mark.parametrize("name", FORECASTERS)
def test_no_forecast_sees_what_comes_after_its_origin(name: str, series: Array) -> None:
    origins = np.arange(149, 276)
    later = series.copy()
    later[201:] += stream(0, "later").normal(10, 10, size=99)
    before, after = (FORECASTERS[name](values, 150, origins, 24) for values in (series, later))
    assert before.shape == (127, 24)
    seen = origins <= 200
    assert np.array_equal(before[seen], after[seen])
    assert not np.any(np.all(before[~seen] == after[~seen], axis=1))


@pytest.mark.parametrize("name", FORECASTERS)
def test_thirty_values_are_enough_and_units_make_no_difference(name: str) -> None:
    origins = np.arange(29, 270)
    forecasts = FORECASTERS[name](LEVEL, 30, origins, 24)
    assert np.all(np.abs(forecasts - LEVEL.mean()) < 5 * LEVEL.std())
    for unit in (1e-5, 1e5):
        assert FORECASTERS[name](unit * LEVEL, 30, origins, 24) / unit == pytest.approx(forecasts, rel=1e-5)
