"""From the units of a series to numbers that a network learns well, and back.

Shape letters: R replicates, N samples, T timesteps, F features, O outputs.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Array = NDArray[np.float64]
FLOOR = 0.01
"""The least spread of a window, as a share of the training period's: a flat stretch must not be blown up."""
BITS = 30
"""Of a shift and a scale that are kept: logarithms differ in their 53rd from processor to processor."""
TransformName = Literal["none", "sqrt", "log"]


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
    """How windows are scaled."""

    model_config = ConfigDict(frozen=True)

    by: Literal["train", "window"]
    """By mean and deviation of the training period, or of each sample's own window."""
    mean: list[float]
    """Of each feature in the training period."""
    deviation: list[float]

    def __call__(self, windows: Array) -> tuple[NDArray[np.float32], Array, Array]:
        """The inputs `(N, T, F)` of a network from transformed windows, and shift and scale `(N,)` of their targets."""
        mean, deviation = np.array(self.mean), np.array(self.deviation)
        if self.by == "window":
            deviation = np.maximum(windows.std(axis=1, keepdims=True), FLOOR * deviation)
            mean, deviation = reproducible(windows.mean(axis=1, keepdims=True), deviation)
        with np.errstate(over="ignore"):  # infinite in single precision: `cut` reports it
            x = ((windows - mean) / deviation).astype(np.float32)
        shape = len(windows), 1, windows.shape[2]
        shift, scale = (np.broadcast_to(part, shape)[:, 0, 0].copy() for part in (mean, deviation))
        return x, shift, scale


def reproducible(mean: Array, deviation: Array) -> tuple[Array, Array]:
    """Mean and deviation to BITS bits of the deviation: the same on every processor."""
    fraction, exponent = np.frexp(deviation)
    deviation = np.ldexp(np.rint(fraction * 2**BITS) / 2**BITS, exponent)
    return np.rint(mean / deviation * 2**BITS) / 2**BITS * deviation, deviation


class Scaling(NamedTuple):
    """How the targets of N samples were scaled: `y = (transform(target) − shift) / scale`."""

    transform: TransformName
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


def single(values: Array) -> Array:
    """Values rounded to single precision: what processors round differently in double is the same in single."""
    return values.astype(np.float32).astype(np.float64)
