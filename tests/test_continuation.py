"""A series continued by hand, and where it is known what comes next."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from cellbench.continuation import continued_forecasts
from cellbench.data.scaling import Standardisation, View
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
    """What a network sees of a series: four rows."""
    scaling = Standardisation(by=by, mean=[mean], deviation=[deviation], target_deviation=deviation[:1], outputs=1)
    return View(window=4, transform=transform, scaling=scaling)


def some_network(outputs: int) -> Network:
    """Three replicates that look back on four rows."""
    return build_network("gru", initial_weights("gru", Shape(4, 1, 3, outputs), [stream(0, r) for r in range(3)]), {})


def block_by_hand(network: Network, window: list[float], transform: str, by: str) -> tuple[Array, float, float]:
    """The ensemble's forecast in units after the last four values, and the shift and scale of its window."""
    seen = FORTH[transform](np.array(window[-4:]))
    shift, scale = (seen.mean(), seen.std()) if by == "window" else (3.0, 2.0)
    x = torch.tensor((seen - shift) / scale, dtype=torch.float32).view(1, 1, 4, 1)
    replicates = network(x).detach().double().numpy()[:, 0]
    return np.mean([BACK[transform](outputs * scale + shift) for outputs in replicates], axis=0), shift, scale


VALUES = [4.0, 5.5, 5.0, 7.0]
ONE = np.zeros(1, int)
"""The series of a window where there is one."""


WAYS = [("none", "train"), ("sqrt", "train"), ("sqrt", "window"), ("log", "window")]


def after(transform: str, *windows: list[float]) -> Array:
    """Transformed windows `(N, T, 1)`."""
    return FORTH[transform](np.array(windows))[:, :, None]


@pytest.mark.parametrize(("transform", "by"), WAYS)
def test_up_to_its_horizon_it_is_the_networks_own_forecast(transform: str, by: str) -> None:
    network = some_network(3)
    expected, _, _ = block_by_hand(network, VALUES, transform, by)
    for steps in (1, 2, 3):
        found = continued_forecasts(network, view(transform, by), after(transform, VALUES), ONE, steps)
        assert found == pytest.approx(expected[None, :steps], rel=1e-5)


@pytest.mark.parametrize(("transform", "by"), WAYS)
def test_beyond_its_horizon_the_network_takes_its_own_forecasts_for_the_series(transform: str, by: str) -> None:
    """From each of two windows for itself."""
    network, others = some_network(3), [5.0, 4.0, 6.0, 5.5]
    windows = after(transform, VALUES, others)
    found = continued_forecasts(network, view(transform, by), windows, np.zeros(2, int), 8)
    for start, ours in zip((VALUES, others), found, strict=True):
        values = list(start)
        for _ in range(3):
            values += block_by_hand(network, values, transform, by)[0].tolist()
        assert ours == pytest.approx(np.array(values[4:12]), rel=1e-3)


def test_with_features_there_is_a_forecast_up_to_the_networks_horizon() -> None:
    """A skip from the feature's last value alone: what it is off its mean in deviations, the target is as well."""
    weights = initial_weights("gru", Shape(2, 2, 1, 1, skip=True), [stream(0)])
    weights = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    weights["skip.W"][0, 3] = 1
    seen = view(mean=(3.0, 1.0), deviation=(2.0, 4.0))
    window = np.array([[[9.0, 9.0], [9.0, 5.0]]])
    found = continued_forecasts(build_network("gru", weights, {}), seen, window, ONE, 1)
    assert found.tolist() == [[3 + 2 * 1]]


@pytest.mark.parametrize(
    ("by", "expected"), [("last", [9.0] * 7), ("mean", [6.0] * 2), ("seasonal", [5.0, 3.0, 9.0, 5.0, 3.0, 9.0, 5.0])]
)
def test_a_network_that_adds_nothing_repeats_the_level_that_it_is_relative_to(by: Any, expected: list[float]) -> None:
    """The last value, the mean of the window, the last season of three rows: two outputs a time, fed back to it."""
    weights = initial_weights("gru", Shape(4, 1, 3, 2), [stream(0, r) for r in range(3)])
    nothing = build_network("gru", {name: torch.zeros_like(weight) for name, weight in weights.items()}, {})
    scaling = Standardisation(by=by, mean=[[3.0]], deviation=[[2.0]], target_deviation=[0.5], outputs=2, season=3)
    relative = View(window=4, transform="none", scaling=scaling)
    window = np.array([[[7.0], [5.0], [3.0], [9.0]]])
    found = continued_forecasts(nothing, relative, window, ONE, len(expected))
    assert found[0].tolist() == pytest.approx(expected, abs=1e-6)
