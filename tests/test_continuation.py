"""A series continued by hand, and where it is known how errors add up."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.data.scaling import Standardisation
from cellbench.data.windows import View
from cellbench.forecast import continuation
from cellbench.forecast.continuation import Forecast, continue_series
from cellbench.network import Network, Shape, build_network, initial_weights
from cellbench.streams import stream

Array = NDArray[np.float64]
BACK: dict[str, Callable[[Any], Any]] = {
    "none": lambda value: value,
    "sqrt": lambda root: np.maximum(root, 0) ** 2,
    "log": np.exp,
}
FORTH: dict[str, Callable[[Any], Any]] = {"none": lambda value: value, "sqrt": np.sqrt, "log": np.log}


def view(transform: Any = "none", by: Any = "train", mean: Any = (3.0,), deviation: Any = (2.0,)) -> View:
    """What a network sees of a series; the window is made up, since a forecast is given one."""
    scaling = Standardisation(by=by, mean=mean, deviation=deviation, target_deviation=deviation[0], outputs=1)
    return View(window=1, transform=transform, scaling=scaling)


def some_network(outputs: int) -> Network:
    """Three replicates that look back on four rows."""
    return build_network("gru", initial_weights("gru", Shape(4, 1, 3, outputs), [stream(0, r) for r in range(3)]), {})


def last_value() -> Network:
    """Nothing but a skip with coefficient 1 on the last of two rows."""
    weights = initial_weights("gru", Shape(2, 1, 1, 1, skip=True), [stream(0)])
    weights = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    weights["skip.W"][0, 1] = 1
    return build_network("gru", weights, {})


def block_by_hand(network: Network, window: list[float], transform: str, by: str) -> tuple[Array, float, float]:
    """The ensemble's forecast in units after the last four values, and the shift and scale of its window."""
    seen = FORTH[transform](np.array(window[-4:]))
    shift, scale = (seen.mean(), seen.std()) if by == "window" else (3.0, 2.0)
    x = torch.tensor((seen - shift) / scale, dtype=torch.float32).view(1, 1, 4, 1)
    replicates = network(x).detach().double().numpy()[:, 0]
    return np.mean([BACK[transform](outputs * scale + shift) for outputs in replicates], axis=0), shift, scale


VALUES = [4.0, 5.5, 5.0, 7.0]
NORMAL = stream(0, "normal").normal(size=(60, 3))


def forecast(
    network: Network, residuals: Array, horizon: int, levels: tuple[float, ...] = (0.8,), **how: str
) -> Forecast:
    window = FORTH[how.get("transform", "none")](np.array(VALUES))[:, None]
    return continue_series(network, view(**how), residuals, window, horizon, levels, stream(0, "paths"))


WAYS = [("none", "train"), ("sqrt", "train"), ("sqrt", "window"), ("log", "window")]


@pytest.mark.parametrize(("transform", "by"), WAYS)
def test_up_to_its_horizon_the_networks_own_forecast_and_conformal_intervals(transform: str, by: str) -> None:
    """Of 9 residuals the 8th smallest, signs aside, is the half width at level 0.8, where the network sees them."""
    network, residuals = some_network(3), 0.4 * NORMAL[:9]
    expected, shift, scale = block_by_hand(network, VALUES, transform, by)
    centre = (FORTH[transform](expected) - shift) / scale
    width = np.array([sorted(abs(step))[7] for step in residuals.T])
    for horizon in (1, 2, 3):
        found = forecast(network, residuals, horizon, transform=transform, by=by)
        lower, upper = found.ends[0.8]
        assert found.centre == pytest.approx(expected[:horizon], rel=1e-5)
        assert lower == pytest.approx(BACK[transform]((centre - width) * scale + shift)[:horizon], rel=1e-5)
        assert upper == pytest.approx(BACK[transform]((centre + width) * scale + shift)[:horizon], rel=1e-5)


def test_with_features_there_is_a_forecast_up_to_the_networks_horizon() -> None:
    """A skip from the feature's last value alone: what it is off its mean in deviations, the target is as well."""
    weights = initial_weights("gru", Shape(2, 2, 1, 1, skip=True), [stream(0)])
    weights = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    weights["skip.W"][0, 3] = 1
    seen = view(mean=(3.0, 1.0), deviation=(2.0, 4.0))
    window = np.array([[9.0, 9.0], [9.0, 5.0]])
    found = continue_series(build_network("gru", weights, {}), seen, NORMAL[:4, :1], window, 1, (0.8,), stream(0))
    assert found.centre.tolist() == [3 + 2 * 1]


@pytest.mark.parametrize(("transform", "by"), WAYS)
def test_beyond_its_horizon_the_network_takes_its_own_forecasts_for_the_series(transform: str, by: str) -> None:
    network, values = some_network(3), list(VALUES)
    for _ in range(3):
        values += block_by_hand(network, values, transform, by)[0].tolist()
    found = forecast(network, 0 * NORMAL, 8, transform=transform, by=by)
    assert found.centre == pytest.approx(np.array(values[4:12]), rel=1e-4)


@pytest.mark.parametrize(("transform", "by"), WAYS)
def test_beyond_its_horizon_a_path_is_off_by_the_residuals_of_a_sample_in_every_block(transform: str, by: str) -> None:
    """Where all samples have the same residuals, all paths are one, and the interval has no width."""
    network, values, error = some_network(3), list(VALUES), np.array([0.3, -0.1, 0.2])
    for _ in range(3):
        block, _, scale = block_by_hand(network, values, transform, by)
        values += BACK[transform](FORTH[transform](block) + error * scale).tolist()
    lower, upper = forecast(network, np.tile(error, (4, 1)), 8, transform=transform, by=by).ends[0.8]
    assert lower[3:] == pytest.approx(np.array(values[7:12]), rel=1e-4)
    assert upper[3:] == pytest.approx(lower[3:])


def test_the_steps_of_a_block_are_off_by_the_residuals_of_one_and_the_same_sample() -> None:
    """The third step adds up the two before it, whose residuals cancel in every sample, and its own residual."""
    weights = initial_weights("gru", Shape(2, 1, 1, 2, skip=True), [stream(0)])
    weights = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    weights["skip.W"][0, :, 0] = 1
    residuals = np.array([[1.0, -1.0], [-1.0, 1.0], [2.0, -2.0], [-2.0, 2.0]])
    seen = view(mean=(0.0,), deviation=(1.0,))
    found = continue_series(
        build_network("gru", weights, {}), seen, residuals, np.zeros((2, 1)), 3, (0.8,), stream(0, "paths")
    )
    lower, upper = found.ends[0.8]
    assert (lower[2], upper[2]) == pytest.approx((-2, 2))  # its own residual alone: were they drawn apart, up to 6


def test_of_a_random_walk_the_forecast_is_flat_and_its_errors_grow_as_the_root_of_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(continuation, "PATHS", 20_000)
    residuals = stream(0, "steps").normal(0, 0.7, size=(500, 1))
    residuals -= residuals.mean()
    window = np.array([[1.0], [8.0]])
    found = continue_series(last_value(), view(), residuals, window, 25, (0.8, 0.95), stream(0, "paths"))
    assert found.centre == pytest.approx(np.full(25, 8.0), abs=0.3)
    steps = np.arange(1, 26)
    for level, normal in ((0.8, 1.2816), (0.95, 1.96)):
        lower, upper = found.ends[level]
        expected = normal * 2 * residuals.std() * np.sqrt(steps)  # 2 is the deviation of the scaling
        assert (upper - lower)[4:] / 2 == pytest.approx(expected[4:], rel=0.04)
        assert ((upper + lower) / 2)[4:] == pytest.approx(8, abs=0.3)
    assert np.all(found.ends[0.95][0] < found.ends[0.8][0])
    assert np.all(found.ends[0.95][1] > found.ends[0.8][1])


def test_the_forecast_lies_within_its_intervals_also_where_the_residuals_are_biased() -> None:
    found = forecast(some_network(1), 0.5 + 0.3 * NORMAL[:, :1], 40, (0.8, 0.95))
    for lower, upper in found.ends.values():
        assert np.all((lower <= found.centre) & (found.centre <= upper))


def test_with_the_logarithm_no_end_is_below_zero() -> None:
    window = np.log([[0.02], [0.01]])
    seen = view("log", mean=(-3.0,), deviation=(1.5,))
    found = continue_series(last_value(), seen, 2 * NORMAL[:, :1], window, 20, (0.8, 0.95), stream(0, "paths"))
    for lower, upper in found.ends.values():
        assert np.all(lower > 0)
        assert np.all(lower < 0.01)
        assert np.all(upper > 0.01)


def test_the_same_stream_gives_the_same_numbers_and_another_one_other_intervals() -> None:
    def ends(*names: str) -> tuple[Array, tuple[Array, Array]]:
        window = np.array(VALUES)[:, None]
        found = continue_series(some_network(1), view(), NORMAL[:, :1], window, 4, (0.8,), stream(0, *names))
        return found.centre, found.ends[0.8]

    np.testing.assert_array_equal(ends("a")[1], ends("a")[1])
    np.testing.assert_array_equal(ends("a")[0], ends("a")[0])
    assert ends("a")[0][0] == ends("b")[0][0]  # within its own horizon nothing is drawn
    assert np.all(np.not_equal(ends("a")[1], ends("b")[1])[:, 1:])


@pytest.mark.parametrize(("level", "needed"), [(0.8, 4), (0.95, 19)])
def test_a_level_that_the_residuals_are_too_few_for_says_how_many_it_needs(level: float, needed: int) -> None:
    network = some_network(3)
    assert list(forecast(network, NORMAL[:needed], 5, (level,)).ends) == [level]
    for residuals in (NORMAL[: needed - 1], NORMAL[:0]):
        with pytest.raises(InputError, match=f"needs {needed} validation samples, got {len(residuals)}"):
            forecast(network, residuals, 5, (level,))


@pytest.mark.parametrize(
    ("by", "expected"), [("last", [9.0] * 7), ("mean", [6.0] * 2), ("seasonal", [5.0, 3.0, 9.0, 5.0, 3.0, 9.0, 5.0])]
)
def test_a_network_that_adds_nothing_repeats_the_level_that_it_is_relative_to(by: Any, expected: list[float]) -> None:
    """The last value, the mean of the window, the last season of three rows: two outputs a time, fed back to it."""
    weights = initial_weights("gru", Shape(4, 1, 3, 2), [stream(0, r) for r in range(3)])
    nothing = build_network("gru", {name: torch.zeros_like(weight) for name, weight in weights.items()}, {})
    scaling = Standardisation(by=by, mean=[3.0], deviation=[2.0], target_deviation=0.5, outputs=2, season=3)
    relative = View(window=4, transform="none", scaling=scaling)
    window = np.array([[7.0], [5.0], [3.0], [9.0]])
    found = continue_series(nothing, relative, np.zeros((60, 2)), window, len(expected), (0.8,), stream(0, "paths"))
    assert found.centre.tolist() == pytest.approx(expected, abs=1e-6)
