"""ARMA processes and their true forecasts against the closed forms of the textbooks, loops, and a Kalman filter."""

import numpy as np
import pytest
from pydantic import ValidationError
from statsmodels.tsa.statespace.sarimax import SARIMAX

from cellbench.config.sources import Arma
from cellbench.evaluate.arma import arma_forecasts
from cellbench.evaluate.baselines import autoregression
from cellbench.prepare.arma import simulate
from cellbench.streams import stream

PHI, THETA, SIGMA = 0.7, 0.4, 2.0
STEPS = np.arange(1, 6)
PROCESSES = {
    "AR(1)": ([PHI], [], SIGMA**2 * (1 - PHI ** (2 * STEPS)) / (1 - PHI**2)),
    "MA(1)": ([], [THETA], SIGMA**2 * np.array([1] + 4 * [1 + THETA**2])),
    "ARMA(1,1)": (
        [PHI],
        [THETA],
        SIGMA**2 * (1 + (PHI + THETA) ** 2 * (1 - PHI ** (2 * (STEPS - 1))) / (1 - PHI**2)),
    ),
}
each_process = pytest.mark.parametrize(("ar", "ma", "expected"), PROCESSES.values(), ids=PROCESSES.keys())


@each_process
def test_the_true_forecast_has_the_error_of_theory_and_a_long_autoregression_nearly(
    ar: list[float], ma: list[float], expected: np.ndarray
) -> None:
    """The forecast by hand: x falls back by phi each step, and of the innovations only the last one is known."""
    train, length = 10_000, 60_000
    x = simulate(ar, ma, SIGMA, length, stream(0, "optimum", *ar, "and", *ma))
    phi, theta = sum(ar), sum(ma)
    innovations = [0.0]
    for now, before in zip(x[1:].tolist(), x[:-1].tolist(), strict=True):
        innovations.append(now - phi * before - theta * innovations[-1])
    origins = np.arange(train - 1, length - 5)
    one_ahead = phi * x + theta * np.array(innovations)
    by_hand = one_ahead[origins, None] * phi ** (STEPS - 1.0)
    targets = x[origins[:, None] + STEPS]
    assert arma_forecasts(x, origins, 5, ar, ma) == pytest.approx(by_hand)
    reached = np.square(by_hand - targets).mean(axis=0)
    assert reached == pytest.approx(expected, rel=0.03)
    fitted_mse = np.square(autoregression(x, train, origins, 5, order=12) - targets).mean(axis=0)
    assert fitted_mse == pytest.approx(reached, rel=0.005)


@pytest.mark.parametrize(
    ("ar", "ma"), [([1.2, -0.5, 0.1], []), ([], [0.4, -0.3, 0.1]), ([0.5, 0.3], [0.4, 0.0, -0.3]), ([], [])]
)
def test_the_true_forecast_is_that_of_a_kalman_filter_which_knows_the_process(ar: list[float], ma: list[float]) -> None:
    x, origins = simulate(ar, ma, SIGMA, 200, stream(0, "kalman")), np.array([100, 150, 199])
    model = SARIMAX(x, order=(len(ar), 0, len(ma)))
    found = arma_forecasts(x, origins, 4, ar, ma)
    for origin, ours in zip(origins, found, strict=True):
        theirs = model.clone(x[: origin + 1]).smooth([*ar, *ma, SIGMA**2]).forecast(4)
        assert ours == pytest.approx(theirs, abs=1e-4)


def test_before_the_first_value_a_true_forecast_takes_everything_to_have_been_zero() -> None:
    found = arma_forecasts(np.array([2.0, 1.0]), np.array([0]), 2, [0.5, 0.3], [0.4])
    assert found.tolist() == [pytest.approx([0.5 * 2 + 0.4 * 2, 0.5 * 1.8 + 0.3 * 2])]


def test_a_wrong_model_pays_what_the_theory_says() -> None:
    """An AR(1) on an MA(1): gamma_0 (1 - rho_1^2) one step ahead."""
    theta, train, length = 0.8, 10_000, 60_000
    x = simulate([], [theta], SIGMA, length, stream(0, "wrong model"))
    origins = np.arange(train - 1, length - 1)
    error = np.square(autoregression(x, train, origins, 1, order=1)[:, 0] - x[origins + 1]).mean()
    gamma_0, rho_1 = SIGMA**2 * (1 + theta**2), theta / (1 + theta**2)
    assert error == pytest.approx(gamma_0 * (1 - rho_1**2), rel=0.02)
    assert error > 1.2 * SIGMA**2


def test_a_simulation_has_the_moments_of_the_process_from_its_first_value_on() -> None:
    """An AR(1): variance sigma^2 / (1 - phi^2), also where the memory is long and the series short."""
    phi = 0.99
    random = stream(0, "moments")
    first, second = np.array([simulate([phi], [], SIGMA, 2, random) for _ in range(4000)]).T
    assert np.var(first) == pytest.approx(SIGMA**2 / (1 - phi**2), rel=0.08)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(phi, abs=0.002)
    assert np.std(second - phi * first) == pytest.approx(SIGMA, rel=0.04)


def test_a_simulation_follows_its_generator() -> None:
    x = simulate([0.5], [0.3], 1.0, 50, stream(0, "x"))
    assert np.array_equal(x, simulate([0.5], [0.3], 1.0, 50, stream(0, "x")))
    assert np.array_equal(x, simulate([0.5], [0.3], 1.0, 80, stream(0, "x"))[:50])
    assert not np.array_equal(x, simulate([0.5], [0.3], 1.0, 50, stream(1, "x")))


def test_without_memory_a_simulation_is_its_innovations() -> None:
    x = simulate([], [], SIGMA, 20_000, stream(0, "white"))
    assert np.std(x) == pytest.approx(SIGMA, rel=0.02)


@pytest.mark.parametrize(
    ("ar", "stationary"),
    [
        ([], True),
        ([0.99], True),
        ([1.0], False),
        ([-1.01], False),
        ([1.2, -0.5], True),
        ([0.5, 0.5], False),
        ([2.0, -1.0], False),  # a double root on the circle, found only to within rounding
        ([3.0, -3.0, 1.0], False),
        ([0.0, 0.0, 0.9], True),
    ],
)
def test_a_process_must_be_stationary_and_invertible(ar: list[float], stationary: bool) -> None:
    """All roots of `1 - sum_i ar_i z^i` lie outside the unit circle."""
    for key, coefficients, word in (("ar", ar, "stationary"), ("ma", [-a for a in ar], "invertible")):
        said = {"source": "arma", "sigma": 1.0, "length": 50, key: coefficients}
        if stationary:
            assert getattr(Arma.model_validate(said), key) == coefficients
        else:
            with pytest.raises(ValidationError, match=f"must be {word}"):
                Arma.model_validate(said)
