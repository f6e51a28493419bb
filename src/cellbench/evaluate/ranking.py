"""How much better one forecaster is than another over many series, where p-values alone say little.

With a thousand series everything differs: how often one wins, by how much where a few series do not decide, and at
which rank it is on average say more (Demšar 2006, Statistical comparisons of classifiers over multiple data sets).

Shape letters: S series, K forecasters.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import friedmanchisquare, rankdata, studentized_range, trim_mean, wilcoxon

from cellbench.data.scaling import Array
from cellbench.results.estimates import ALPHA

TRIMMED = 0.05
"""Of the series on each side, by their loss: a few must not decide."""


def effect(first: Array, second: Array) -> dict[str, float]:
    """Of losses `(S,)` on the same series: the share of series on which the first is lower, ties as half of one; the
    difference of the trimmed means as a share of the second's; the p-value of Wilcoxon's signed-rank test.
    """
    apart, theirs = first - second, float(trim_mean(second, TRIMMED))
    return {
        "won": float((np.sign(-apart).mean() + 1) / 2),
        "trimmed": (float(trim_mean(first, TRIMMED)) - theirs) / theirs if theirs else 0.0,
        "wilcoxon_p": float(wilcoxon(apart).pvalue) if apart.any() else 1.0,
    }


def average_ranks(losses: Mapping[str, Array]) -> dict[str, Any]:
    """The average rank of each forecaster over the series, 1 being the best, and whether ranks differ at all.

    Returns:
        `ranks` by name, the p-value of Friedman's test, and Nemenyi's critical difference: two forecasters whose ranks
        are further apart differ at a level of 5 %.
    """
    ranks = rankdata(np.stack(list(losses.values())), axis=0)
    K, S = ranks.shape
    critical = studentized_range.ppf(1 - ALPHA, K, np.inf) / np.sqrt(2) * np.sqrt(K * (K + 1) / (6 * S))
    p = float(friedmanchisquare(*ranks).pvalue) if K > 2 else effect(*losses.values())["wilcoxon_p"]
    return {
        "ranks": dict(zip(losses, ranks.mean(axis=1).tolist(), strict=True)),
        "friedman_p": p if np.isfinite(p) else 1.0,
        "critical_difference": float(critical),
    }
