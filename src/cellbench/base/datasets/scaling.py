"""From the units of a series to numbers that a network learns well, and back.

Shape letters: R replicates, N samples, T timesteps, F features, O outputs.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FLOOR = 0.01
"""The least spread of a window, as a share of the training period's: a flat stretch must not be blown up."""


def _nothing(values: Array) -> Array:
    return values


def _square(values: Array) -> Array:
    """The square of what a root can be: a forecast below zero stands for zero."""
    squared: Array = np.square(np.maximum(values, 0))
    return squared


TRANSFORMS: Mapping[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "none": (_nothing, _nothing),
    "sqrt": (np.sqrt, _square),
    "log": (np.log, np.exp),
}


class Scaling(NamedTuple):
    """How the targets of N samples were scaled: `y = (transform(target) − shift) / scale`."""

    transform: str
    shift: Array
    """`(N,)`."""
    scale: Array
    """`(N,)`."""

    def to_units(self, outputs: Array) -> Array:
        """Outputs of a network `(..., N, O)` in the units of the series."""
        return TRANSFORMS[self.transform][1](outputs * self.scale[:, None] + self.shift[:, None])

    def from_units(self, values: Array) -> Array:
        """Values of the series `(..., N, O)` as the network sees its targets."""
        scaled: Array = (TRANSFORMS[self.transform][0](values) - self.shift[:, None]) / self.scale[:, None]
        return scaled


def ensemble(outputs: Array, scaling: Scaling) -> Array:
    """The mean of the replicates `(R, N, O)` in the units of the series, `(N, O)`."""
    mean: Array = scaling.to_units(outputs).mean(axis=0)
    return mean


def standardise(windows: Array, scaling: Mapping[str, Any]) -> tuple[NDArray[np.float32], Array, Array]:
    """The inputs of a network from transformed windows `(N, T, F)`, and the shift and scale of their targets `(N,)`.

    Args:
        scaling: `by` "train" or "window", and the training period's `mean` and `deviation` of each feature.
    """
    mean, deviation = np.array(scaling["mean"]), np.array(scaling["deviation"])
    if scaling["by"] == "window":
        deviation = np.maximum(windows.std(axis=1, keepdims=True), FLOOR * deviation)
        mean = windows.mean(axis=1, keepdims=True)
    with np.errstate(over="ignore"):  # infinite in single precision: `cut` tells
        x = ((windows - mean) / deviation).astype(np.float32)
    shift, scale = (np.broadcast_to(part, (len(windows), 1, windows.shape[2]))[:, 0, 0] for part in (mean, deviation))
    return x, shift.copy(), scale.copy()
