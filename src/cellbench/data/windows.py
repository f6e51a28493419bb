"""What a network sees of a series: windows of it, transformed and scaled by what the training part knows.

Shape letters: L rows of the series, N samples, T timesteps (the window), F columns, H steps (the horizon).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from cellbench import InputError
from cellbench.config.recipe import Recipe, TransformName
from cellbench.data.scaling import FLOOR, TRANSFORMS, Scaling, Standardisation, reproducible

Array = NDArray[np.float64]


class View(BaseModel):
    """How windows of a series become the inputs of a network, and its outputs values of the series."""

    model_config = ConfigDict(frozen=True)

    window: int
    transform: TransformName
    scaling: Standardisation

    def inputs(self, windows: Array) -> tuple[NDArray[np.float32], Scaling]:
        """The inputs `(N, T, F)` from transformed windows, and how the targets that follow them are scaled."""
        x, shift, scale = self.scaling(windows)
        return x, Scaling(self.transform, shift, scale)


def windows_at(values: Array, origins: NDArray[np.int64], window: int) -> Array:
    """The last rows up to each origin, `(N, T, F)`, the latest last."""
    windows: Array = values[origins[:, None] + np.arange(1 - window, 1)]
    return windows


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
        targets: of its samples `(N, H)`, transformed.
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
