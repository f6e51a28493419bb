"""What was forecast, and how wrong it was, as tables.

Shape letters: R replicates, N samples, M with those of the future, O outputs, V validation samples.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from cellbench.data.scaling import Array, Scaling
from cellbench.evaluate.holdout import Holdout
from cellbench.intervals import LEVELS, conformal_ends, percent


def score_tables(test: Holdout, forecasts: Array, replicates: Sequence[int] = (0,)) -> dict[str, pd.DataFrame]:
    """`scores` has a row per period, step of the horizon, and replicate or ensemble; `all` stands for all of them. Of
    several series its metrics are means over them, and `..._median`. `series` has a row per series and replicate or
    ensemble, over all periods and steps.

    Args:
        forecasts: `(R, N, O)`.
        replicates: which of the experiment's they are; a baseline is one.
    """
    together, names = np.vstack([forecasts, forecasts.mean(axis=0)[None]]), [*map(str, replicates), "ensemble"]
    outputs = forecasts.shape[2]
    steps: list[int | str] = ["all", *range(1, outputs + 1)] if outputs > 1 else ["all"]

    def over_series(scores: dict[str, Array]) -> dict[str, Array]:
        means = {metric: np.nanmean(values, axis=1) for metric, values in scores.items()}
        if not test.data.is_many:
            return means
        means["test_msse"] = np.nanmean(np.square(scores["test_rmsse"]), axis=1)
        relative = ("test_mase", "test_rmsse", "test_smape")
        return means | {f"{metric}_median": np.nanmedian(scores[metric], axis=1) for metric in relative}

    scores = pd.concat(
        pd.DataFrame(
            {"period": period, "step": step, "replicate": names} | over_series(test.scores(together, period, step))
        )
        for period, step in product(["all", *pd.unique(test.period)], steps)
    )
    rows = pd.MultiIndex.from_product([names, test.names], names=["replicate", "series"])
    series = pd.DataFrame({metric: values.ravel() for metric, values in test.scores(together).items()}, rows)
    return {"scores": scores, "series": series.reset_index()}


def forecast_table(test: Holdout, forecast: Array, residuals: Array, scaling: Scaling) -> pd.DataFrame:
    """A row per later sample and step: the forecast `(M, O)`, its intervals, and the truth, which the future has not.

    Args:
        residuals: `(V, O)`, from which the intervals follow; too few give none.
        scaling: of the samples, as the residuals have it.
    """
    data, origins, (samples, outputs) = test.data, test.later, forecast.shape
    period = np.append(test.period, ["future"] * (samples - len(test.origins)))
    table = {
        "series": np.repeat(data.rows["series"].to_numpy()[origins * (data.card.timesteps or 1)], outputs),
        "period": np.repeat(period, outputs),
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
