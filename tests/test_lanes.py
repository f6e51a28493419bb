"""Numbers side by side: arithmetic on lanes against numpy's."""

from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from cellbench.learning.native import functions
from cellbench.learning.native.block import power
from cellbench.learning.native.lanes import LANES, get, put, sqrt

tanh, sigmoid = functions.tanh, functions.sigmoid


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def some_arithmetic(a: Any, b: Any, out: Any) -> None:
    for i in range(len(a)):
        x, y = get(a, i), get(b, i)
        put(out, (i, 0), x + y)
        put(out, (i, 1), x - y)
        put(out, (i, 2), x * y)
        put(out, (i, 3), x / y)
        put(out, (i, 4), 1 - 2.5 * x + 3)
        put(out, (i, 5), sqrt(x * x + y * y))
        put(out, (i, 6), 7)
        total = 0.0  # a plain number that becomes lanes
        for _ in range(3):
            total = total + x
        put(out, (i, 7), total)


def test_arithmetic_is_numpys_to_the_last_bit() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 50, LANES)).astype(np.float32)
    out = np.empty((50, 8, LANES), np.float32)
    some_arithmetic(a, b, out)
    number = np.float32
    expected = [a + b, a - b, a * b, a / b, number(1) - number(2.5) * a + number(3), np.sqrt(a * a + b * b)]
    expected += [0 * a + 7, a + a + a]
    np.testing.assert_array_equal(out, np.stack(expected, axis=1))


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def squashed(x: Any, out: Any) -> None:
    for i in range(len(x)):
        put(out, (0, i), tanh(get(x, i)))
        put(out, (1, i), sigmoid(get(x, i)))


def squash(x: NDArray[np.float32]) -> NDArray[np.float32]:
    out = np.empty((2, *x.shape), np.float32)
    squashed(x, out)
    return out


def test_tanh_and_sigmoid_are_those_of_double_precision() -> None:
    x = np.linspace(-30, 30, 800_000).astype(np.float32).reshape(-1, LANES)
    exact = x.astype(np.float64)
    hyperbolic, logistic = squash(x)
    np.testing.assert_allclose(hyperbolic, np.tanh(exact), atol=4e-7, rtol=0)
    np.testing.assert_allclose(logistic, 1 / (1 + np.exp(-exact)), atol=3e-7, rtol=0)
    assert np.abs(hyperbolic).max() == 1


def test_at_the_ends_they_are_exact_and_what_is_no_number_stays_none() -> None:
    x = np.array([[-np.inf, np.inf, np.nan, 0, -1e30, 1e30, -0.0, 1e9]], np.float32)
    hyperbolic, logistic = squash(x)
    np.testing.assert_array_equal(hyperbolic, [[-1, 1, np.nan, 0, -1, 1, 0, 1]])
    np.testing.assert_array_equal(logistic, [[0, 1, np.nan, 0.5, 0, 1, 0.5, 1]])


@pytest.mark.parametrize("base", [0.9, 0.999])
def test_a_power_by_squaring_is_the_power(base: float) -> None:
    raised = njit(lambda exponent: power(base, exponent))
    for exponent in (0, 1, 2, 3, 10, 1000, 123_456):
        assert raised(exponent) == pytest.approx(base**exponent, rel=1e-12)
