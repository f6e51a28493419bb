"""What replicates say together: means with 95 % intervals.

Shape letters: R replicates, N test samples.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit  # quantiles of Student's t, without the second that scipy.stats takes to import

LEVEL = 0.95
Array = NDArray[np.float64]


class Estimate(NamedTuple):
    """A mean and the half-width of its 95 % interval, which a single observation cannot give."""

    mean: float
    ci95: float | None

    def __truediv__(self, scale: float) -> "Estimate":
        return Estimate(self.mean / scale, None if self.ci95 is None else self.ci95 / scale)


def mean_over_replicates(values: Array) -> Estimate:
    """Mean of one value a replicate `(R,)`, with Student's t interval: how far another R seeds may come out."""
    if len(values) < 2:
        return Estimate(float(values.mean()), None)
    return _estimate(values.mean(), values.var(ddof=1) / len(values), len(values) - 1)


def mean_over_replicates_and_samples(values: Array) -> Estimate:
    """Mean of one value a replicate and test sample `(R, N)`, with an interval for other seeds and other samples.

    The replicates share the test samples, so more seeds alone can not make the mean more certain than the samples
    allow. The variance of the mean is the sum of both parts, each estimated from the means along the other axis,
    which errs on the side of a wider interval; its degrees of freedom follow Welch (1947) and Satterthwaite (1946).
    """
    parts = [
        (axis.var(ddof=1) / len(axis), len(axis) - 1) for axis in (values.mean(1), values.mean(0)) if len(axis) > 1
    ]
    variance = sum(part for part, _ in parts)
    if variance == 0:
        return Estimate(float(values.mean()), 0.0 if parts else None)
    freedom = variance**2 / sum(part**2 / degrees for part, degrees in parts)
    return _estimate(values.mean(), variance, freedom)


def _estimate(mean: np.floating, variance: float, freedom: float) -> Estimate:
    return Estimate(float(mean), float(stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt(variance)))
