"""What a network sees of a series: windows of it, transformed and scaled by what the training part knows; and back.

Shape letters: S series, L rows of all of them, R replicates, N samples, T timesteps (the window), F features, O
outputs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from warnings import catch_warnings

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from cellbench import InputError
from cellbench.config.recipe import ScalingName, TransformName

Array = NDArray[np.float64]
Positions = NDArray[np.int64]
FLOOR = 0.01
"""The least spread of a window, as a share of the training period's: a flat stretch must not be blown up."""
BITS = 30
"""Of a shift and a scale that are kept: logarithms differ in their 53rd from processor to processor."""


TRANSFORMS: Mapping[TransformName, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "none": (np.positive, np.positive),
    "sqrt": (np.sqrt, lambda roots: np.square(np.maximum(roots, 0))),  # a forecast below zero stands for zero
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
    mean: list[list[float]]
    """Of each feature of each series in its training period, `(S, F)`."""
    deviation: list[list[float]]
    """Of each feature from its level, `(S, F)`."""
    target_deviation: list[float]
    """Of the targets from their level, `(S,)`."""
    outputs: int
    season: int | None = None

    def levels(self, windows: Array, series: Positions) -> tuple[Array, Array]:
        """What windows `(N, T, F)` of series `(N,)` are relative to, `(N, 1, F)`, and their targets `(N, O)`."""
        level = np.array(self.mean)[series][:, None]
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
    minimum: float | None = None
    """What nothing in the units of the series is below."""

    def to_units(self, outputs: Array) -> Array:
        """Outputs of a network `(..., N, O)` in the units of the series."""
        return np.clip(TRANSFORMS[self.transform][1](outputs * self.scale[:, None] + self.shift), self.minimum, None)

    def from_units(self, values: Array) -> Array:
        """Values of the series `(..., N, O)` as the network sees its targets."""
        return (TRANSFORMS[self.transform][0](values) - self.shift) / self.scale[:, None]

    def about(self, values: Array) -> "Scaling":
        """The same relative to values of the series, of any number of steps: the distance from them is scaled."""
        return self._replace(shift=TRANSFORMS[self.transform][0](values))


class View(BaseModel, frozen=True):
    """How windows of a series become the inputs of a network, and its outputs values of the series."""

    window: int
    transform: TransformName
    scaling: Standardisation
    minimum: float | None = None

    def inputs(self, windows: Array, series: Positions) -> tuple[NDArray[np.float32], Scaling]:
        """The inputs `(N, T, F)` from transformed windows of series `(N,)`, and how their targets are scaled."""
        by, (level, shift) = self.scaling.by, self.scaling.levels(windows, series)
        deviation = np.array(self.scaling.deviation)[series][:, None]
        scale = np.array(self.scaling.target_deviation)[series]
        if by == "window":
            deviation = np.maximum(windows.std(axis=1, keepdims=True), FLOOR * deviation)
            deviation = reproducible(np.zeros_like(deviation), deviation)[1]
            scale = deviation[:, 0, 0]
        if by != "train":
            level, shift = reproducible(level, deviation)[0], reproducible(shift, scale[:, None])[0]
        with np.errstate(over="ignore"):  # infinite in single precision: `Dataset.samples` reports it
            x = ((windows - level) / deviation).astype(np.float32)
        return x, Scaling(self.transform, shift, scale, self.minimum)


def windows_at(values: Array, origins: Positions, window: int, first: Positions) -> Array:
    """The last rows up to each origin, `(N, T, F)`, the latest last.

    Where a series is too short for its window, the first value stands for those before it.

    Args:
        first: the first row of the series of each row `(L,)`.
    """
    return values[np.maximum(origins[:, None] + np.arange(1 - window, 1), first[origins, None])]


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


def fit_scaling(
    by: ScalingName, rows: Sequence[Array], windows: Array, targets: Array, series: Positions, season: int | None
) -> Standardisation:
    """Mean and deviation of what was observed of each series in the period train, `(L, F)`, transformed; from a level
    that moves, the deviations of windows `(N, T, F)` and targets `(N, O)` of series `(N,)`.

    What does not vary in a series is scaled as in the median one, or by 1; one without samples keeps that of its rows.
    """
    means = np.array([of.mean(axis=0) for of in rows])
    deviations = np.array([of.std(axis=0) for of in rows])
    varies = np.array([np.ptp(of, axis=0) > 0 for of in rows])  # exactly: of 0.1 alone, std makes 1e-17
    with catch_warnings(action="ignore"):  # of a feature that never varies
        usual = np.nan_to_num(np.nanmedian(np.where(varies, deviations, np.nan), axis=0), nan=1.0)
    mean, deviation = reproducible(means, np.where(varies, deviations, usual))
    fitted = Standardisation(
        by=by,
        mean=mean.tolist(),
        deviation=deviation.tolist(),
        target_deviation=deviation[:, 0].tolist(),
        outputs=targets.shape[1],
        season=season,
    )
    if by in ("train", "window"):
        return fitted
    level, shift = fitted.levels(windows, series)
    spread = np.column_stack([deviation, deviation[:, 0]])
    floor = spread * np.where(np.column_stack([varies, varies[:, 0]]), FLOOR, 1)  # a flat one must not be blown up
    own, borders = np.unique(series, return_index=True)
    parts = (np.split(np.square(of), borders[1:]) for of in (windows - level, targets - shift))
    for s, inputs, outputs in zip(own, *parts, strict=True):
        spread[s] = np.maximum(np.sqrt(np.append(inputs.mean(axis=(0, 1)), outputs.mean())), floor[s])
    spread = reproducible(np.zeros_like(spread), spread)[1]
    update = {"deviation": spread[:, :-1].tolist(), "target_deviation": spread[:, -1].tolist()}
    return fitted.model_copy(update=update)


def means_by(groups: Positions, values: Array, count: int) -> Array:
    """The means `(R, G)` of values `(R, N)` in each group of `(N,)`, from 0 on; NaN of an empty one."""
    totals = np.stack([np.bincount(groups, row, count) for row in values])
    with np.errstate(invalid="ignore"):
        return totals / np.bincount(groups, minlength=count)


def single(values: Array) -> Array:
    """Values rounded to single precision: what processors round differently in double is the same in single."""
    return values.astype(np.float32).astype(np.float64)
