"""What a network sees of a series: windows of it, transformed and scaled by what the training part knows; and back.

Shape letters: L rows of the series, R replicates, N samples, T timesteps (the window), F features, O outputs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from cellbench import InputError
from cellbench.config.recipe import Recipe, ScalingName, TransformName

Array = NDArray[np.float64]
FLOOR = 0.01
"""The least spread of a window, as a share of the training period's: a flat stretch must not be blown up."""
BITS = 30
"""Of a shift and a scale that are kept: logarithms differ in their 53rd from processor to processor."""


def _square(values: Array) -> Array:
    """The square of what a root can be: a forecast below zero stands for zero."""
    return np.square(np.maximum(values, 0))


TRANSFORMS: Mapping[TransformName, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "none": (np.positive, np.positive),
    "sqrt": (np.sqrt, _square),
    "log": (np.log, np.exp),
}


class Standardisation(BaseModel, frozen=True):
    """How windows, and the targets that follow them, are scaled.

    Both are taken relative to a level and divided by a deviation:

        train     mean and deviation of the training period
        window    those of each sample's own window
        mean      mean of the window; deviations from it in the training period
        last      last value of the window; deviations from it in the training period
        seasonal  mean of the window, but targets the value one season before; deviations from both in training
    """

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
        return (TRANSFORMS[self.transform][0](values) - self.shift) / self.scale[:, None]

    def residuals(self, truth: Array, forecasts: Array) -> Array:
        """How far values of the series lie from forecasts of them, as the network sees both; of any number of steps."""
        forward, _ = TRANSFORMS[self.transform]
        return (forward(truth) - forward(forecasts)) / self.scale[:, None]

    def away(self, values: Array, residuals: Array) -> Array:
        """The values of the series that lie so far from others, as the network sees both."""
        forward, back = TRANSFORMS[self.transform]
        return back(forward(values) + residuals * self.scale[:, None])


class View(BaseModel, frozen=True):
    """How windows of a series become the inputs of a network, and its outputs values of the series."""

    window: int
    transform: TransformName
    scaling: Standardisation

    def inputs(self, windows: Array) -> tuple[NDArray[np.float32], Scaling]:
        """The inputs `(N, T, F)` from transformed windows, and how the targets that follow them are scaled."""
        by, (level, shift) = self.scaling.by, self.scaling.levels(windows)
        deviation, scale = np.array(self.scaling.deviation), np.full(len(windows), self.scaling.target_deviation)
        if by == "window":
            deviation = np.maximum(windows.std(axis=1, keepdims=True), FLOOR * deviation)
            deviation = reproducible(np.zeros_like(deviation), deviation)[1]
            scale = deviation[:, 0, 0]
        if by != "train":
            level, shift = reproducible(level, deviation)[0], reproducible(shift, scale[:, None])[0]
        with np.errstate(over="ignore"):  # infinite in single precision: `Dataset.samples` reports it
            x = ((windows - level) / deviation).astype(np.float32)
        return x, Scaling(self.transform, shift, scale)


def windows_at(values: Array, origins: NDArray[np.int64], window: int) -> Array:
    """The last rows up to each origin, `(N, T, F)`, the latest last."""
    return values[origins[:, None] + np.arange(1 - window, 1)]


def transformed(values: Array, transform: TransformName, column: str, labels: Sequence[str], place: str) -> Array:
    """The rows of a series `(L, F)` with the target transformed; what is not known stays NaN.

    Args:
        column: the name of the target.
        labels: the times of the rows.

    Raises:
        InputError: the transform is not defined on a value.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        target = TRANSFORMS[transform][0](values[:, 0])
    for row in np.flatnonzero(~np.isfinite(target) & np.isfinite(values[:, 0]))[:1]:
        raise InputError(
            f"{place}: transform {transform} is not defined on {values[row, 0]:g}, "
            f"the value of '{column}' at {labels[row]}; choose another one (with recipe: tuned, by search.spaces)"
        )
    return np.column_stack([target, values[:, 1:]])


def fit_view(recipe: Recipe, known: Array, windows: Array, targets: Array, season: int | None) -> View:
    """The view of a recipe, fitted to the period train.

    Args:
        known: its observed rows `(L, F)`, transformed.
        windows: of its samples `(N, T, F)`, transformed.
        targets: of its samples `(N, O)`, transformed.
        season: of the dataset.
    """
    assert recipe.window  # checked in params.yaml, like the scaling
    assert recipe.scaling
    varies = np.ptp(known, axis=0) > 0  # exactly: of 0.1 alone, std makes 1e-17
    mean, deviation = reproducible(known.mean(axis=0), np.where(varies, known.std(axis=0), 1))
    fitted = Standardisation(
        by=recipe.scaling,
        mean=mean.tolist(),
        deviation=deviation.tolist(),
        target_deviation=deviation[0],
        outputs=targets.shape[1],
        season=season,
    )
    if recipe.scaling not in ("train", "window"):
        level, shift = fitted.levels(windows)
        spread = np.sqrt(np.square(windows - level).mean(axis=(0, 1)))
        spread = np.append(spread, np.sqrt(np.square(targets - shift).mean()))
        floor = np.where(varies, FLOOR * deviation, 1)  # what follows its level exactly must not be blown up
        floor = np.append(floor, floor[0])
        *inputs, target = reproducible(np.zeros_like(spread), np.maximum(spread, floor))[1].tolist()
        fitted = fitted.model_copy(update={"deviation": inputs, "target_deviation": target})
    return View(window=recipe.window, transform=recipe.transform, scaling=fitted)


def single(values: Array) -> Array:
    """Values rounded to single precision: what processors round differently in double is the same in single."""
    return values.astype(np.float32).astype(np.float64)
