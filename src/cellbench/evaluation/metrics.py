"""The numbers that stand for an experiment: of its replicates, its ensemble, its intervals and its residuals.

Shape letters: R replicates, N samples, O outputs, Y targets.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.evaluation.conformal import coverage, percent
from cellbench.evaluation.forecasts import Ends
from cellbench.evaluation.scoring import NOTHING
from cellbench.evaluation.statistics import autocorrelation, mean_over_replicates
from cellbench.evaluation.test_part import TestPart

Array = NDArray[np.float64]


def experiment_metrics(
    test: TestPart, forecasts: Array, baselines: Mapping[str, Array], optimum: float | None
) -> dict[str, Any]:
    """The headline numbers of an experiment: means over its replicates, and its ensemble's as `ensemble_...`.

    Args:
        forecasts: `(R, N, O)`.
        baselines: forecasts `(N, O)` by name.
        optimum: the mean squared error that no forecast can be expected to beat, where it is known.
    """
    scores = test.score(forecasts)
    metrics: dict[str, Any] = {"test_mse": float(scores["test_mse"].mean())}
    metrics["test_mse_ci95"] = mean_over_replicates(scores["test_mse"]).ci95
    metrics |= {metric: float(values.mean()) for metric, values in scores.items()}
    spread = float(test.truth.var())
    for name, baseline in baselines.items():
        theirs = float(test.score(baseline[None])["test_mse"][0])
        if theirs > NOTHING * spread:  # nobody can save a share of nothing
            metrics[f"skill_vs_{name}"] = 1 - metrics["test_mse"] / theirs
    together = test.score(forecasts.mean(axis=0, keepdims=True))
    metrics |= {metric.replace("test", "ensemble"): float(values[0]) for metric, values in together.items()}
    if optimum is not None:
        metrics["excess_over_optimum"] = metrics["ensemble_mse"] / optimum - 1
    return metrics


def interval_metrics(ends: Ends, truth: Array) -> dict[str, float]:
    """Share of the truths within the intervals of each level, and their mean width in the units of the series."""
    metrics = {}
    for level, bounds in ends.items():
        if bounds is not None:
            lower, upper = bounds
            metrics[f"coverage_{percent(level)}"] = coverage(lower, upper, truth)
            metrics[f"width_{percent(level)}"] = float((upper - lower).mean())
    return metrics


def residual_metrics(residuals: Array) -> dict[str, float]:
    """Whether the errors one step ahead `(N,)` still know of one another: their autocorrelation at lag 1, and the
    p-value of Ljung and Box (1978) that there is none at the first ten lags, or a fifth of a small sample's.
    """
    from statsmodels.stats.diagnostic import acorr_ljungbox

    lags = min(10, len(residuals) // 5)
    if lags == 0 or np.ptp(residuals) == 0:
        return {}
    p = acorr_ljungbox(residuals, lags=[lags])["lb_pvalue"].iloc[0]
    return {"residual_acf_1": float(autocorrelation(residuals, 1)[0]), "residual_p": float(p)}
