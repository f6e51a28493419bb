"""Prediction intervals that cover as often as they say, whatever the network: split conformal prediction.

Vovk, Gammerman & Shafer (2005); Lei et al. (2018, algorithm 2). The promise holds for a new sample exchangeable with
the residuals' samples; a series that drifts after them breaks it, which is why coverage is measured.

Shape letters: N samples, O outputs (one a step of the horizon).
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

from cellbench import InputError
from cellbench.data.scaling import Scaling

Array = NDArray[np.float64]
LEVELS = (0.8, 0.95)
"""Of the prediction intervals in the reports."""


def needed(level: float) -> int:
    """The fewest residuals that give an interval of a level between 0 and 1: the least N with (N + 1) level <= N."""
    return math.ceil(_exact(level) / (1 - _exact(level)))


def half_width(residuals: Array, level: float) -> Array:
    """How far to go up and down from a forecast, for each step: `(N, O)` to `(O,)`, in the residuals' units.

    Args:
        residuals: signed, of samples that the network was not trained on.
        level: the share of new truths to be covered, between 0 and 1.

    Returns:
        The ⌈(N + 1) level⌉-th smallest absolute residual of each step.

    Raises:
        InputError: N is less than `needed(level)`.
    """
    N = len(residuals)
    if needed(level) > N:
        raise InputError(
            f"a {percent(level)} % interval needs {needed(level)} validation samples, got {N}; lower the level"
        )
    widths: Array = np.sort(np.abs(residuals), axis=0)[rank(N, level) - 1]
    return widths


def rank(samples: int, level: float) -> int:
    """Which of the residuals of so many samples, from the smallest, is the width of an interval."""
    return math.ceil((samples + 1) * _exact(level))


def conformal_ends(forecast: Array, residuals: Array, scaling: Scaling, level: float) -> tuple[Array, Array]:
    """Lower and upper ends `(N, O)` about forecasts `(N, O)` in the units of the series.

    They are equally wide where the network sees its targets, as it does the residuals, so that they follow the
    transform and the scaling.

    Raises:
        InputError: there are less than `needed(level)` residuals.
    """
    centre, width = scaling.from_units(forecast), half_width(residuals, level)
    return scaling.to_units(centre - width), scaling.to_units(centre + width)


def exact_coverage(residuals: int, samples: int, level: float) -> Any:
    """The law of how many of some independent samples exact intervals cover: which residuals there were is chance, too.

    Vovk (2012), Conditional validity of inductive conformal predictors, proposition 2a.
    """
    k = rank(residuals, level)
    return betabinom(samples, k, residuals + 1 - k)


def percent(level: float) -> str:
    """`95` for 0.95, as in the names of metrics and columns."""
    return f"{100 * level:g}"


def _exact(level: float) -> Fraction:
    """The level as it is written: in binary, 0.95 × 20 could come out above 19."""
    return Fraction(str(level))
