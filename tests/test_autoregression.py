"""Autoregressions and their order, against least squares by hand and the literature."""

import numpy as np
import pytest
from statsmodels.datasets import sunspots

from cellbench.evaluate.baselines import autoregression, best_order, forecast
from cellbench.prepare.arma import simulate
from cellbench.streams import stream

HORIZON = 5
LEVEL = 20 + simulate([0.7], [0.4], 2.0, 300, stream(0, "level"))


def test_an_autoregression_of_the_sunspots_has_the_published_errors() -> None:
    """AR(12) fitted to 1700-1920, one year ahead: 0.126 in 1921-1955, 0.358 in 1956-1979, relative to 1535."""
    series = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    origins = np.arange(1920, 1979) - 1700
    squared = np.square(autoregression(series, 221, origins, 1, order=12)[:, 0] - series[origins + 1]) / 1535
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
    forecasts = autoregression(LEVEL, train, np.array([220, 250]), HORIZON, order)
    assert forecasts[1] == pytest.approx(known[251:], rel=1e-9)


def test_the_order_of_an_autoregression_is_that_of_the_process_or_little_more() -> None:
    process = simulate([0.5, 0.0, 0.3], [], 1.0, 3000, stream(0, "order"))
    origins = np.arange(1999, 2990)
    order = best_order(process[:2000])
    assert 3 <= order <= 5
    forecasts, label = forecast("ar", process, 2000, origins, HORIZON, None)
    assert label == f"AR({order}) by AICc"
    assert np.array_equal(forecasts, autoregression(process, 2000, origins, HORIZON, order))


def test_a_training_part_allows_a_fifth_of_its_length_as_order_and_a_long_one_r_s_highest() -> None:
    beats = np.tile([0.0, 0, 0, 0, 0, 0, 0, 1], 30)  # the order of the beat is always worth it, if it is allowed
    assert best_order(beats[:40]) == 8
    assert best_order(beats[:39]) <= 7
    rare = np.tile([0.0] * 23 + [1], 20)  # 23 values back, all is known of it: 10 log10(250) is 23.98, of 190 22.79
    assert best_order(rare[:250]) == 23
    assert best_order(rare[:190]) <= 22


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
    assert best_order(LEVEL[:train]) == int(np.argmin(criteria))
