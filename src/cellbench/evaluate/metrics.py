"""The numbers that stand for an experiment, read off its tables of scores and forecasts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import ttest_1samp
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf

from cellbench.intervals import LEVELS, percent
from cellbench.results.estimates import half_interval

ROUNDING = 1e-12
"""A mean squared error below this share of the truth's variance is rounding."""


def overall(scores: pd.DataFrame) -> pd.DataFrame:
    """The metrics of a score table over all periods and steps: a row per replicate, and one for the `ensemble`."""
    rows = scores[(scores["period"] == "all") & (scores["step"] == "all")]
    return rows.set_index("replicate").filter(like="test_")


def score_metrics(
    scores: pd.DataFrame, loss: str, baselines: Mapping[str, float], spread: float, optimum: float | None
) -> dict[str, Any]:
    """Means over the replicates, and the ensemble's metrics as `ensemble_...`.

    Args:
        scores: a score table.
        loss: what forecasters are compared by, `mse` or `msse`.
        baselines: theirs by name.
        spread: the variance of the truth, in the units of the loss.
        optimum: the mean squared error of the true forecast, where it is known.
    """
    replicates, ensemble = overall(scores).drop("ensemble"), overall(scores).loc["ensemble"]
    losses = replicates[f"test_{loss}"].to_numpy()
    ours = float(losses.mean())
    own = {f"test_{loss}": ours, f"test_{loss}_ci95": half_interval(losses)}
    metrics: dict[str, Any] = replicates.mean().to_dict() | own
    for name, theirs in baselines.items():
        if theirs > ROUNDING * spread:  # no share can be saved of nothing
            metrics[f"skill_vs_{name}"] = 1 - ours / theirs
    metrics |= {metric.replace("test", "ensemble"): value for metric, value in ensemble.items()}
    if optimum is not None:
        metrics["excess_over_optimum"] = metrics["ensemble_mse"] / optimum - 1
    return metrics


def interval_metrics(forecasts: pd.DataFrame) -> dict[str, float]:
    """Share of the truths within the intervals of each level, and their mean width in the units of the series."""
    metrics, known = {}, forecasts.dropna(subset="truth")
    for level in map(percent, LEVELS):
        lower, upper = known[f"lower_{level}"], known[f"upper_{level}"]
        if (given := lower.notna()).any():
            metrics[f"coverage_{level}"] = float(known["truth"].between(lower, upper)[given].mean())
            metrics[f"width_{level}"] = float((upper - lower).mean())
    return metrics


def residual_metrics(residuals: NDArray[np.float64]) -> dict[str, float]:
    """Whether something can be learned from errors one step ahead `(N,)`.

    Their mean, and the p-value of Student's t test that it is zero; their autocorrelation at lag 1, and the p-value of
    Ljung and Box (1978) that there is none at the first ten lags, or a fifth of a small sample's.
    """
    lags = min(10, len(residuals) // 5)
    if lags == 0 or np.ptp(residuals) == 0:
        return {}
    p = acorr_ljungbox(residuals, lags=[lags])["lb_pvalue"].iloc[0]
    bias = {"residual_mean": float(residuals.mean()), "residual_mean_p": float(ttest_1samp(residuals, 0).pvalue)}
    return bias | {"residual_acf_1": float(acf(residuals, nlags=1)[1]), "residual_p": float(p)}
