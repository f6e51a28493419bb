"""Prediction intervals that cover as often as they say, whatever the network: split conformal prediction.

Vovk, Gammerman & Shafer (2005); Lei et al. (2018, algorithm 2). The promise holds for a new sample exchangeable with
the residuals' samples; a series that drifts after them breaks it, which is why coverage is measured.

Shape letters: N samples, H steps ahead.
"""

import math
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np
from scipy.stats import betabinom

from cellbench.data.scaling import Array, Scaling

LEVELS = (0.8, 0.95)
"""Of the prediction intervals in the reports."""


def needed(level: float) -> int:
    """The fewest residuals that give an interval of a level between 0 and 1: the least N with (N + 1) level <= N."""
    return next(samples for samples in count(1) if rank(samples, level) <= samples)


def half_width(residuals: Array, level: float) -> Array:
    """How far to go up and down from a forecast, for each step: `(N, H)` to `(H,)`, in the residuals' units.

    Args:
        residuals: signed, of samples that the network was not trained on; NaN where a step has none.
        level: the share of new truths to be covered, between 0 and 1.

    Returns:
        Of each step, the ⌈(n + 1) level⌉-th smallest of its n absolute residuals; NaN where n is too few.
    """
    # NaN is sorted last: where the rank is above n, it is the row of NaN that is added.
    ordered = np.sort(np.abs(np.pad(residuals, ((0, 1), (0, 0)), constant_values=np.nan)), axis=0)
    counts = (~np.isnan(residuals)).sum(axis=0).tolist()
    return np.array([ordered[rank(n, level) - 1, step] for step, n in enumerate(counts)])


def rank(samples: int, level: float) -> int:
    """Which of the residuals of so many samples, from the smallest, is the width of an interval."""
    return math.ceil((samples + 1) * Fraction(str(level)))  # as written: in binary, 0.95 × 20 could come out above 19


def conformal_ends(forecast: Array, residuals: Array, scaling: Scaling, level: float) -> tuple[Array, Array]:
    """Lower and upper ends `(N, H)` about forecasts `(N, H)` in the units of the series; NaN of too few residuals.

    They are equally wide where the network sees its targets, as it does the residuals, so that they follow the
    transform and the scaling.
    """
    steps = forecast.shape[1]
    width = np.append(half_width(residuals, level), np.full(steps, np.nan))[:steps]
    return scaling.about(forecast).to_units(-width), scaling.about(forecast).to_units(width)


def exact_coverage(residuals: int, samples: int, level: float, ahead: int = 1) -> Any:
    """The law of how many of some samples exact intervals cover: which residuals there were is chance, too.

    Vovk (2012), Conditional validity of inductive conformal predictors, proposition 2a. Errors so many steps ahead
    overlap, and count as the independent ones whose squares have a mean of the same variance: one in 1 + 2 sum r_j^2,
    where r_j = 1 - j / ahead is what two of them have in common (Bartlett 1946).
    """
    k, overlap = rank(residuals, level), (2 * ahead**2 + 1) / (3 * ahead)
    return betabinom(max(1, round(samples / overlap)), k / overlap, (residuals + 1 - k) / overlap)


def percent(level: float) -> str:
    """`95` for 0.95, as in the names of metrics and columns."""
    return f"{100 * level:g}"
