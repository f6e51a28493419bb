"""Means of replicates with 95 % intervals, and what neighbours in time have in common.

Shape letters: R replicates, N values.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit  # quantiles of Student's t, without the second that scipy.stats takes to import

LEVEL = 0.95
ALPHA = 0.05
Array = NDArray[np.float64]


class Estimate(NamedTuple):
    """A mean and the half-width of its 95 % interval, which a single observation cannot give."""

    mean: float
    ci95: float | None


def mean_over_replicates(values: Array) -> Estimate:
    """Mean of one value a replicate `(R,)`, with Student's t interval: how far another R seeds may come out."""
    if len(values) < 2:
        return Estimate(float(values.mean()), None)
    error = values.std(ddof=1) / np.sqrt(len(values))
    return Estimate(float(values.mean()), float(stdtrit(len(values) - 1, (1 + LEVEL) / 2) * error))


def autocorrelation(values: Array, lags: int) -> Array:
    """Of values `(N,)` at lags 1 to `lags`, as Box and Jenkins (1970, section 2.1.5) estimate it."""
    centred = values - values.mean()
    power = float(centred @ centred) or 1.0
    return np.array([centred[lag:] @ centred[:-lag] / power for lag in range(1, lags + 1)])
