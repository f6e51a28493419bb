"""What was forecast, and how wrong it was, as tables.

Shape letters: R replicates, N samples, O outputs, V validation samples.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench.data.dataset import Dataset
from cellbench.data.scaling import Array, Positions, Scaling
from cellbench.evaluate.holdout import Holdout
from cellbench.intervals import LEVELS, conformal_ends, percent


def score_table(test: Holdout, forecasts: Array, replicates: Sequence[int] = (0,)) -> pd.DataFrame:
    """A row per period, step of the horizon, and replicate or ensemble; `all` stands for all of them. Of several series
    the metrics are means over them, and `..._median`.

    Args:
        forecasts: `(R, N, O)`.
        replicates: which of the experiment's they are; a baseline is one.
    """
    together = np.concatenate([forecasts, forecasts.mean(axis=0, keepdims=True)])
    outputs = forecasts.shape[2]
    steps: list[int | str] = ["all", *range(1, outputs + 1)] if outputs > 1 else ["all"]

    def over_series(scores: dict[str, Array]) -> dict[str, Array]:
        means = {metric: np.nanmean(values, axis=1) for metric, values in scores.items()}
        if not test.data.is_many:
            return means
        means["test_msse"] = np.nanmean(np.square(scores["test_rmsse"]), axis=1)
        relative = ("test_mase", "test_rmsse", "test_smape")
        return means | {f"{metric}_median": np.nanmedian(scores[metric], axis=1) for metric in relative}

    return pd.concat(
        pd.DataFrame(
            {"period": period, "step": step, "replicate": [*map(str, replicates), "ensemble"]}
            | over_series(test.scores(together, period, step))
        )
        for period, step in product(["all", *pd.unique(test.period)], steps)
    )


def series_table(test: Holdout, forecasts: Array, replicates: Sequence[int] = (0,)) -> pd.DataFrame:
    """A row per series and replicate or ensemble, of forecasts `(R, N, O)` over all periods and steps."""
    scores = test.scores(np.concatenate([forecasts, forecasts.mean(axis=0, keepdims=True)]))
    places = [[*map(str, replicates), "ensemble"], test.names]
    rows = pd.MultiIndex.from_product(places, names=["replicate", "series"])
    return pd.DataFrame({metric: values.ravel() for metric, values in scores.items()}, rows).reset_index()


def forecast_table(
    data: Dataset,
    origins: Positions,
    period: NDArray[np.str_] | str,
    forecast: Array,
    residuals: Array,
    scaling: Scaling,
) -> pd.DataFrame:
    """A row per sample and step: the forecast `(N, O)`, its intervals, and the truth; empty where there is none.

    Args:
        origins: of the test samples, or those of the future, which have no truth.
        period: of each sample `(N,)`, or of all.
        residuals: `(V, O)`, from which the intervals follow; too few give none.
        scaling: of the samples, as the residuals have it.
    """
    samples, outputs = forecast.shape
    table = {
        "series": np.repeat(data.rows["series"].to_numpy()[origins * (data.card.timesteps or 1)], outputs),
        "period": np.repeat(np.broadcast_to(period, samples), outputs),
        "time": data.labels(origins).ravel(),
        "step": np.tile(np.arange(1, outputs + 1), samples),
        "truth": data.by_output(origins).ravel(),
        "forecast": forecast.ravel(),
    }
    for level in LEVELS:
        lower, upper = conformal_ends(forecast, residuals, scaling, level)
        table |= {f"lower_{percent(level)}": lower.ravel(), f"upper_{percent(level)}": upper.ravel()}
    return pd.DataFrame(table)


def coverage_table(truth: Array, forecasts: Array, residuals: Array, scaling: Scaling) -> pd.DataFrame:
    """A row per step ahead: how many residuals `(V, H)` its intervals have, and the share of test values within them.

    Args:
        truth: of the test samples, `(N, H)`; NaN where none was observed.
        forecasts: of these, `(N, H)`.
    """
    steps, counts = np.arange(1, forecasts.shape[1] + 1), (~np.isnan(truth)).sum(axis=0)
    table = {"step": steps, "residuals": (~np.isnan(residuals)).sum(axis=0), "samples": counts}
    for level in LEVELS:
        lower, upper = conformal_ends(forecasts, residuals, scaling, level)
        given = (~np.isnan(truth) & ~np.isnan(lower)).sum(axis=0)
        within = ((lower <= truth) & (truth <= upper)).sum(axis=0)
        table[f"within_{percent(level)}"] = within / np.where(given > 0, given, np.nan)
    return pd.DataFrame(table)


def prediction_table(future: Array, replicates: Sequence[int]) -> pd.DataFrame:
    """A row per forecast `(R, N, O)` of the future."""
    _, samples, outputs = future.shape
    places = [replicates, range(samples), range(outputs)]
    rows = pd.MultiIndex.from_product(places, names=["replicate", "sample", "output"])
    return pd.DataFrame({"prediction": future.ravel()}, rows).reset_index()
