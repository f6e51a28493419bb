"""From the units of a series to numbers that a network learns well, and back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cellbench.data.scaling import FLOOR, Scaling
from cuts import Cut, cut, rows, series

Array = NDArray[np.float64]
UNTIL = {"train": 6, "validation": 9, "test": 12}


def split(
    values: Any, observed: Any = True, horizon: int = 1, season: int | None = None, window: int = 3, **seen: Any
) -> Cut:
    return cut(rows(series(values, observed=observed), UNTIL, horizon=horizon, season=season), window, **seen)


def test_mean_and_deviation_are_those_of_the_observed_rows_of_train() -> None:
    observed = np.array([True, True, False, True, True, True] + [True] * 6)
    dataset = split([2, 4, 99, 4, 2, 8, 50, 60, 70, 80, 90, 95], observed)
    scaling = dataset.view.scaling
    assert scaling.by == "train"
    assert scaling.mean[0] == pytest.approx([4], abs=1e-8)
    assert scaling.deviation[0] == pytest.approx([4.8**0.5], rel=1e-8)
    test = dataset.tests["test"]
    np.testing.assert_allclose(test.x[0, :, 0], (np.array([50, 60, 70]) - 4) / 4.8**0.5, rtol=1e-6)
    np.testing.assert_allclose(test.y, (np.array([[80], [90], [95]]) - 4) / 4.8**0.5)


def test_the_transform_comes_before_mean_and_deviation_and_is_of_the_target_alone() -> None:
    values = np.column_stack([np.arange(12) ** 2, np.arange(12)])
    scaling = split(values, transform="sqrt").view.scaling
    assert scaling.mean[0] == pytest.approx([2.5, 2.5], abs=1e-8)
    assert scaling.deviation[0] == pytest.approx([(35 / 12) ** 0.5] * 2, rel=1e-8)


def test_a_window_may_have_its_own_mean_and_deviation() -> None:
    values = np.column_stack([[1, 2, 6, 1, 2, 6, 1, 2, 6, 4, 4, 4], np.arange(12) * 10])
    test = split(values, scaling="window").tests["test"]  # the first sees 1, 2, 6 and then 4
    deviation = np.std([1, 2, 6])
    np.testing.assert_allclose(test.x[0, :, 0], np.array([-2, -1, 3]) / deviation, rtol=1e-6)
    np.testing.assert_allclose(test.x[:, :, 1], [[-(1.5**0.5), 0, 1.5**0.5]] * 3, rtol=1e-6, atol=1e-8)
    assert (test.scaling.shift[0, 0], test.scaling.scale[0], test.y[0, 0]) == pytest.approx(
        (3, deviation, 1 / deviation)
    )


GROWTH = np.array([3, 5, 4, 8, 9, 7, 12, 16, 13, 18, 17, 21], float)
PAIRS = GROWTH[[[0, 1, 2], [1, 2, 3], [2, 3, 4]]]  # the windows of period train, rows 1 to 6, two steps ahead: two
FOLLOWING = GROWTH[[[3, 4], [4, 5], [5, 6]]]


def rms(values: Any) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.parametrize(
    ("scaling", "level", "of_targets"),
    [
        ("mean", lambda w: w.mean(1, keepdims=True), lambda w: w.mean(1, keepdims=True)),
        ("last", lambda w: w[:, -1:], lambda w: w[:, -1:]),
        ("seasonal", lambda w: w.mean(1, keepdims=True), lambda w: w[:, 1:]),
    ],
)
def test_windows_may_be_relative_to_a_level_of_their_own_with_one_deviation(
    scaling: str, level: Callable[[Array], Array], of_targets: Callable[[Array], Array]
) -> None:
    """A season of two rows: two steps ahead, the values of the last two rows are those one season before."""
    dataset = split(GROWTH, scaling=scaling, horizon=2, season=2)
    known, following = PAIRS[:2], FOLLOWING[:2]
    deviation, of_target = rms(known - level(known)), rms(following - of_targets(known))
    windows, targets = GROWTH[[[7, 8, 9]]], GROWTH[[[10, 11]]]
    test = dataset.tests["test"]
    np.testing.assert_allclose(test.x[-1:, :, 0], (windows - level(windows)) / deviation, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(test.y[-1:], (targets - of_targets(windows)) / of_target, rtol=1e-6, atol=1e-7)


def test_relative_to_its_last_value_a_series_may_go_anywhere() -> None:
    """A trend looks the same to the network at any height, and a forecast of zero is the naive one."""
    trend = split(10.0 * np.arange(12), scaling="last")
    np.testing.assert_allclose(trend.tests["test"].x, trend.train.x[:3], atol=1e-8)
    np.testing.assert_allclose(trend.tests["test"].y, 1)
    naive = trend.tests["test"].scaling.to_units(np.zeros((3, 1)))
    assert naive.ravel().tolist() == pytest.approx([80, 90, 100])


def test_what_repeats_itself_exactly_is_not_blown_up() -> None:
    dataset = split([1, 5, 2] * 4, scaling="seasonal", season=3)
    assert dataset.view.scaling.target_deviation == pytest.approx([FLOOR * np.std([1, 5, 2] * 2)])
    np.testing.assert_allclose(dataset.tests["test"].y, 0, atol=1e-6)


@pytest.mark.parametrize("horizon", [1, 2])
@pytest.mark.parametrize("scaling", ["train", "window", "mean", "last", "seasonal"])
@pytest.mark.parametrize("transform", ["none", "sqrt", "log"])
def test_scaled_targets_lead_back_to_the_series(transform: str, scaling: str, horizon: int) -> None:
    values = np.random.default_rng(1).uniform(0.5, 2000, 12)
    dataset = split(values, transform=transform, scaling=scaling, horizon=horizon, season=2)
    for part, periods in ((dataset.train, ("train", "validation")), (dataset.tests["test"], ("test",))):
        targets = values[dataset.origins(*periods)[:, None] + np.arange(1, horizon + 1)]
        np.testing.assert_array_equal(part.truth, targets)
        np.testing.assert_array_equal(part.scaling.from_units(targets).astype(np.float32), part.y)
        np.testing.assert_allclose(part.scaling.to_units(part.y), targets, rtol=1e-5)


@pytest.mark.parametrize("level", [7, 0.1])
def test_a_flat_window_is_not_blown_up(level: float) -> None:
    values = [1, 2, 3, 4, 5, 6, 7, level, level, level, level, 9]
    test = split(values, scaling="window").tests["test"]
    floor = FLOOR * (35 / 12) ** 0.5  # of the training period 1, ..., 6
    np.testing.assert_allclose(test.scaling.scale[1:], floor)
    np.testing.assert_allclose(test.x[1:, :, 0], 0, atol=1e-6)
    np.testing.assert_allclose(test.y[-1], (9 - level) / floor)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scaling", ["train", "window", "mean", "last"])
def test_a_feature_that_is_constant_in_train_is_neither_divided_by_zero_nor_by_next_to_nothing(scaling: str) -> None:
    feature = [0.1] * 10 + [0.4] * 2  # in binary, the mean of six 0.1 is not 0.1
    dataset = split(np.column_stack([np.arange(12), feature]), scaling=scaling)
    assert dataset.view.scaling.deviation[0][1] == 1
    np.testing.assert_allclose(dataset.train.x[:, :, 1], 0, atol=1e-6)
    later = dataset.future.x[0, :, 1]
    expected = {
        "train": [0, 0.3, 0.3], "window": np.array([-2, 1, 1]) / 2**0.5, "mean": [-0.2, 0.1, 0.1], "last": [-0.3, 0, 0]
    }[scaling]  # fmt: skip
    np.testing.assert_allclose(later, expected, atol=1e-6)


def test_each_sample_is_led_back_by_its_own_shift_and_scale() -> None:
    scaling = Scaling("sqrt", np.array([[0.0], [1.0]]), np.array([1.0, 2.0]))
    outputs = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    np.testing.assert_array_equal(scaling.to_units(outputs), [[[1, 4], [49, 81]]])
    np.testing.assert_array_equal(scaling.from_units(np.array([[1.0, 4.0], [49.0, 81.0]])), outputs[0])


def test_no_forecast_of_a_square_is_below_zero() -> None:
    scaling = Scaling("sqrt", np.zeros((1, 1)), np.ones(1))
    assert scaling.to_units(np.array([[-0.5]])).tolist() == [[0]]


def test_replicates_are_averaged_in_the_units_of_the_series() -> None:
    outputs = np.array([1.0, 3.0])[:, None, None]
    assert Scaling("sqrt", np.zeros((1, 1)), np.ones(1)).to_units(outputs).mean(axis=0).tolist() == [
        [5]
    ]  # not the square of 2


@pytest.mark.parametrize("scaling", ["train", "window", "mean", "last"])
@pytest.mark.parametrize("transform", ["none", "sqrt"])
@pytest.mark.parametrize("minimum", [0.0, 2.5, None])
def test_no_forecast_and_no_interval_is_below_the_minimum(transform: str, scaling: str, minimum: float | None) -> None:
    values = np.random.default_rng(0).uniform(3, 9, 12)
    data = rows(series(values), UNTIL, minimum=minimum)
    dataset = cut(data, 3, transform=transform, scaling=scaling)
    plain = cut(rows(series(values), UNTIL), 3, transform=transform, scaling=scaling)
    own, free = dataset.tests["test"].scaling, plain.tests["test"].scaling
    outputs = np.linspace(-99, 99, len(own.scale))[:, None]
    floor = -np.inf if minimum is None else minimum
    np.testing.assert_array_equal(own.to_units(outputs), np.maximum(free.to_units(outputs), floor))
    forecasts = own.to_units(outputs)
    near, far = (of.about(forecasts).to_units(outputs) for of in (own, free))
    np.testing.assert_array_equal(near, np.maximum(far, floor))
    assert forecasts.min() == (free.to_units(outputs).min() if minimum is None else minimum)
    np.testing.assert_array_equal(own.from_units(forecasts), free.from_units(forecasts))
