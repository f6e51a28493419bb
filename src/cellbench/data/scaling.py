"""From the units of a series to numbers that a network learns well, and back.

Shape letters: R replicates, N samples, T timesteps, F features, O outputs.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from cellbench.config.recipe import ScalingName, TransformName

Array = NDArray[np.float64]
FLOOR = 0.01
"""The least spread of a window, as a share of the training period's: a flat stretch must not be blown up."""
BITS = 30
"""Of a shift and a scale that are kept: logarithms differ in their 53rd from processor to processor."""


def _square(values: Array) -> Array:
    """The square of what a root can be: a forecast below zero stands for zero."""
    squared: Array = np.square(np.maximum(values, 0))
    return squared


TRANSFORMS: Mapping[TransformName, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "none": (np.positive, np.positive),
    "sqrt": (np.sqrt, _square),
    "log": (np.log, np.exp),
}


class Standardisation(BaseModel):
    """How windows, and the targets that follow them, are scaled.

    Both are taken relative to a level and divided by a deviation:

        train     mean and deviation of the training period
        window    those of each sample's own window
        mean      mean of the window; deviations from it in the training period
        last      last value of the window; deviations from it in the training period
        seasonal  mean of the window, but targets the value one season before; deviations from both in training
    """

    model_config = ConfigDict(frozen=True)

    by: ScalingName
    mean: list[float]
    """Of each feature in the training period."""
    deviation: list[float]
    """Of each feature from its level."""
    target_deviation: float
    """Of the targets from their level."""
    outputs: int
    season: int | None = None

    def levels(self, windows: Array) -> tuple[Array, Array]:
        """What windows `(N, T, F)` are relative to, `(N, 1, F)`, and what their targets are, `(N, O)`."""
        level = np.broadcast_to(np.array(self.mean), (len(windows), 1, windows.shape[2]))
        if self.by == "last":
            level = windows[:, -1:]
        elif self.by != "train":
            level = windows.mean(axis=1, keepdims=True)
        if self.by == "seasonal":
            assert self.season  # checked in params.yaml
            return level, windows[:, windows.shape[1] - self.season + np.arange(self.outputs) % self.season, 0]
        return level, np.repeat(level[:, 0, :1], self.outputs, axis=1)

    def __call__(self, windows: Array) -> tuple[NDArray[np.float32], Array, Array]:
        """The inputs `(N, T, F)` of a network from transformed windows, and the level `(N, O)` and scale `(N,)` of
        their targets.
        """
        level, shift = self.levels(windows)
        deviation, scale = np.array(self.deviation), np.full(len(windows), self.target_deviation)
        if self.by == "window":
            deviation = np.maximum(windows.std(axis=1, keepdims=True), FLOOR * deviation)
            deviation = reproducible(np.zeros_like(deviation), deviation)[1]
            scale = deviation[:, 0, 0]
        if self.by != "train":
            level, shift = reproducible(level, deviation)[0], reproducible(shift, scale[:, None])[0]
        with np.errstate(over="ignore"):  # infinite in single precision: `Dataset.samples` reports it
            return ((windows - level) / deviation).astype(np.float32), shift.copy(), scale.copy()


def reproducible(mean: Array, deviation: Array) -> tuple[Array, Array]:
    """Mean and deviation to BITS bits of the deviation: the same on every processor."""
    fraction, exponent = np.frexp(deviation)
    deviation = np.ldexp(np.rint(fraction * 2**BITS) / 2**BITS, exponent)
    return np.rint(mean / deviation * 2**BITS) / 2**BITS * deviation, deviation


class Scaling(NamedTuple):
    """How the targets of N samples were scaled: `y = (transform(target) − shift) / scale`."""

    transform: TransformName
    shift: Array
    """`(N, O)`."""
    scale: Array
    """`(N,)`."""

    def to_units(self, outputs: Array) -> Array:
        """Outputs of a network `(..., N, O)` in the units of the series."""
        return TRANSFORMS[self.transform][1](outputs * self.scale[:, None] + self.shift)

    def from_units(self, values: Array) -> Array:
        """Values of the series `(..., N, O)` as the network sees its targets."""
        scaled: Array = (TRANSFORMS[self.transform][0](values) - self.shift) / self.scale[:, None]
        return scaled

    def residuals(self, truth: Array, forecasts: Array) -> Array:
        """How far values of the series lie from forecasts of them, as the network sees both; of any number of steps."""
        forward, _ = TRANSFORMS[self.transform]
        apart: Array = (forward(truth) - forward(forecasts)) / self.scale[:, None]
        return apart

    def away(self, values: Array, residuals: Array) -> Array:
        """The values of the series that lie so far from others, as the network sees both."""
        forward, back = TRANSFORMS[self.transform]
        return back(forward(values) + residuals * self.scale[:, None])


def ensemble(outputs: Array, scaling: Scaling) -> Array:
    """The mean of the replicates `(R, N, O)` in the units of the series, `(N, O)`."""
    mean: Array = scaling.to_units(outputs).mean(axis=0)
    return mean


def single(values: Array) -> Array:
    """Values rounded to single precision: what processors round differently in double is the same in single."""
    return values.astype(np.float32).astype(np.float64)
