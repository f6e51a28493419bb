"""Is one forecaster better than another, or do other seeds and other test samples turn it around?

Losses are squared errors of the test samples in the order of time. Forecasts some steps ahead overlap, so that
neighbouring losses are correlated: samples are resampled in blocks, and variances count autocovariances.

Shape letters: R replicates, N test samples, B resamples.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t
from statsmodels.tsa.stattools import acovf

from cellbench.results.estimates import LEVEL

RESAMPLES = 2000
LEAST_BLOCKS = 5
"""Of test samples, for a test to be made at all."""
Array = NDArray[np.float64]


class Difference(NamedTuple):
    """The mean loss of one forecaster minus that of another, negative where the first is better."""

    mean: float
    low: float | None
    """Ends of the 95 % interval; None where there are too few test samples for one."""
    high: float | None
    p: float
    """Two-sided: how often chance alone gives a mean as far from zero."""


def block_length(samples: int, horizon: int) -> int:
    """How many test samples a block of the bootstrap has: max(2h − 1, N^(1/3)) consecutive samples.

    Of h steps ahead, the h − 1 forecasts before one and the h − 1 after it overlap with it. Blocks that grow with the
    cube root of N catch a short memory beyond the horizon (Künsch 1989).
    """
    return max(2 * horizon - 1, math.ceil(math.pow(samples, 1 / 3)))


def paired_bootstrap(difference: Array, block: int, random: np.random.Generator) -> Difference:
    """The mean of a difference in loss `(R, N)`, with an interval and a test for other seeds and other samples.

    Row r is replicate r of one experiment minus replicate r of another. The replicates share the test samples: what
    these have in common stays in the mean however many seeds there are. So both axes are resampled, independently of
    each other: the pigeonhole bootstrap of Owen (2007), which errs on the side of a wider interval. Samples move in
    circular blocks (Politis & Romano 1992). Replicates are few: how often each is drawn is stretched about once, as far
    as Student's t with R - 1 degrees of freedom is wider than the normal that percentiles of resamples would follow.
    The interval is of percentiles; p is the share of resamples at least as far from the mean as the mean is from zero,
    the data counted as one (Davison & Hinkley 1997, eq. 4.11).

    With one replicate only samples are resampled. With fewer than LEAST_BLOCKS of samples there is no interval, p = 1.
    """
    replicates, samples = difference.shape
    mean = float(difference.mean())
    if samples < LEAST_BLOCKS * block:
        return Difference(mean, None, None, 1.0)
    wrapped = np.concatenate([difference, difference[:, : block - 1]], axis=1)
    blocks = np.lib.stride_tricks.sliding_window_view(wrapped, block, axis=1).mean(axis=2)  # by their first sample
    counts = random.multinomial(replicates, np.full(replicates, 1 / replicates), RESAMPLES)  # (B, R)
    starts = random.integers(samples, size=(RESAMPLES, samples // block))
    freedom = max(replicates - 1, 1)  # one replicate is drawn once each time: there is nothing to stretch
    stretch = math.sqrt(replicates / freedom) * t.ppf((1 + LEVEL) / 2, freedom) / norm.ppf((1 + LEVEL) / 2)
    weights = (1 + stretch * (counts - 1)) / replicates
    means = np.take_along_axis(weights @ blocks, starts, axis=1).mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    as_far = int(np.count_nonzero(np.abs(means - mean) >= abs(mean)))
    return Difference(mean, float(low), float(high), (1 + as_far) / (1 + RESAMPLES))


def diebold_mariano(difference: Array, horizon: int) -> tuple[float, float]:
    """The statistic and two-sided p-value of the test that a difference in loss `(N,)` is zero in the mean.

    Diebold & Mariano (1995): errors of forecasts h steps ahead are correlated up to lag h - 1, whose autocovariances
    the variance of the mean counts in full. Corrected for few samples by Harvey, Leybourne & Newbold (1997, eq. 9),
    and held against their Student's t with N - 1 degrees of freedom. Where the variance comes out negative, Bartlett's
    weights (Newey & West 1987) stand in, with which it cannot.

    No more samples than steps, or a difference that is the same everywhere, are no evidence: (0.0, 1.0).
    """
    samples = len(difference)
    if samples <= horizon or np.ptp(difference) == 0:
        return 0.0, 1.0
    mean = difference.mean()
    autocovariances = acovf(difference, nlag=horizon - 1, fft=False)
    variance = autocovariances[0] + 2 * autocovariances[1:].sum()
    if variance <= 0:
        # sum over lags |k| < h of (1 - |k| / h) times the autocovariance, as squares, which rounding keeps positive
        variance = np.square(np.convolve(difference - mean, np.ones(horizon))).sum() / (samples * horizon)
    correction = (samples + 1 - 2 * horizon + horizon * (horizon - 1) / samples) / samples
    statistic = math.sqrt(correction) * mean / math.sqrt(variance / samples)
    return float(statistic), float(2 * t.sf(abs(statistic), samples - 1))
