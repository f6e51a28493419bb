"""Means of replicates with 95 % intervals."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import sem, t

ALPHA = 0.05
Array = NDArray[np.float64]


class Estimate(NamedTuple):
    """A mean and the half-width of its 95 % interval, which a single observation cannot give."""

    mean: float
    ci95: float | None


def mean_over_replicates(values: Array) -> Estimate:
    """Mean of one value per replicate `(R,)`, with Student's t interval for its expectation over all seeds."""
    if len(values) < 2:
        return Estimate(float(values.mean()), None)
    return Estimate(float(values.mean()), float(t.ppf(1 - ALPHA / 2, len(values) - 1) * sem(values)))
