"""Is one forecaster better than another, and would it still be with newly trained networks and other test samples?

Losses are squared errors of the test samples in the order of time. Neighbouring losses are correlated: forecasts some
steps ahead overlap, and what a model does not know it does not know for a while.

Shape letters: R replicates, N test samples, B cosines.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import t

from cellbench.data.scaling import Array
from cellbench.results.estimates import ALPHA

POWER = 0.8


class Difference(NamedTuple):
    """The expected loss of one forecaster minus that of another, negative where the first is better."""

    mean: float
    low: float
    """Ends of the 95 % interval, which leaves 0 out where p is below 0.05."""
    high: float
    p: float
    """Two-sided: how often chance alone gives a mean as far from zero."""
    seeds: float
    """The share of the seeds in the sum of the variances of seeds and of test samples."""
    detectable: float
    """The size of a difference, relative to the second's loss, that is found with a probability of 80 %."""
    dm: float
    """The mean in standard errors: of single networks, the statistic of Diebold & Mariano (1995)."""


def least_samples(horizon: int) -> int:
    """The fewest test samples for which the size of the test was simulated: see docs/evidence.md."""
    return max(60, 40 * horizon)


def variance_of_mean(values: Array, ordered: bool) -> tuple[float, int]:
    """The variance of the mean of values `(N,)`, and its degrees of freedom B.

    The mean square of the values' products with the first B = 0.4 N^(2/3) cosines, which counts autocovariances however
    far they reach: Lazarus, Lewis, Stock & Watson (2018), Journal of Business & Economic Statistics 36(4). Of samples
    without an order it is the usual estimate, with N - 1.
    """
    N = len(values)
    if np.ptp(values) == 0:  # of 0.1 alone, var would make 1e-34
        return 0.0, N - 1
    if not ordered:
        return float(values.var(ddof=1) / N), N - 1
    B = max(2, int(0.4 * N ** (2 / 3)))
    waves = np.sqrt(2 / N) * np.cos(np.pi * np.outer(np.arange(1, B + 1), np.arange(N) + 0.5) / N)
    return float(np.square(waves @ values).mean() / N), B


def expected_difference(first: Array, second: Array, ordered: bool) -> Difference:
    """The difference in expected loss of one newly trained network of each forecaster, `(R, N)`.

    Two things vary: seeds, which the two do not share, and test samples, which all replicates share. The variance is
    that of the seeds of each, plus that of the samples, less their interaction, which is in both, but never less than
    the largest of them; the degrees of freedom are those of the sum before (Satterthwaite 1946). A baseline has one row
    and no seeds; of one replicate nothing is known of other seeds. There must be two samples. Where nothing varies, p
    is 1.
    """
    apart = first.mean(axis=0) - second.mean(axis=0)
    seeded = [losses for losses in (first, second) if len(losses) > 1]
    of_seeds = [variance_of_mean(losses.mean(axis=1), ordered=False) for losses in seeded]
    parts = [variance_of_mean(apart, ordered), *of_seeds]
    mean, together = float(apart.mean()), sum(variance for variance, _ in parts)
    if together == 0:
        return Difference(mean, mean, mean, 1.0, 0.0, 0.0, 0.0)
    freedom = together**2 / sum(variance**2 / freedom for variance, freedom in parts)
    lowest = max(variance for variance, _ in parts)  # the interaction is an estimate, too
    error = float(np.sqrt(max(together - sum(map(_interaction, seeded)), lowest)))
    reach, found = (error * float(t.ppf(share, freedom)) for share in (1 - ALPHA / 2, POWER))
    p = float(2 * t.sf(abs(mean) / error, freedom))
    detectable = (reach + found) / float(second.mean() or 1)
    return Difference(mean, mean - reach, mean + reach, p, 1 - parts[0][0] / together, detectable, mean / error)


def _interaction(losses: Array) -> float:
    """The part of the variance of the mean that is of a replicate on a sample alone."""
    R, N = losses.shape
    own = losses - losses.mean(axis=1, keepdims=True) - losses.mean(axis=0) + losses.mean()
    return float(np.square(own).sum() / ((R - 1) * (N - 1)) / (R * N))
