"""What the forecasters say about the same samples, in the units of the series.

Shape letters: R replicates, N samples, O outputs.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.base.datasets.scaling import TRANSFORMS, Scaling
from cellbench.base.datasets.splits import Split
from cellbench.evaluation.baselines import (
    arima,
    autoregression,
    fitted_autoregression,
    last_value,
    seasonal_last_value,
    training_mean,
)
from cellbench.evaluation.conformal import LEVELS, conformal_ends, needed
from cellbench.network import Network, network_outputs

Array = NDArray[np.float64]
Ends = dict[float, tuple[Array, Array] | None]
"""Lower and upper ends `(N, O)` of prediction intervals by level; None where no interval can be given."""


def network_forecasts(network: Network, split: Split, transform: str) -> Array:
    """Forecasts `(R, N, O)` of every replicate."""
    return split.scaling(transform).to_units(network_outputs(network, split.x))


def interval_ends(forecast: Array, residuals: Array, scaling: Scaling) -> Ends:
    """Intervals of the LEVELS about an ensemble's forecasts `(N, O)`; None where the residuals `(V, O)` are too few."""
    return {
        level: conformal_ends(forecast, residuals, scaling, level) if len(residuals) >= needed(level) else None
        for level in LEVELS
    }


def baseline_forecasts(
    train: Split, test: Split, description: Mapping[str, Any], series: Array | None, season: int | None
) -> tuple[dict[str, Array], dict[str, dict[str, int]]]:
    """Forecasts `(N, O)` for the test samples by what needs no network, by name, and the orders that were chosen.

    Those that are fitted see the series `(L,)` through the dataset's transform, as the networks do.
    """
    transform, outputs = description["transform"], description["outputs"]
    mean = training_mean(train.truth(transform), outputs)[0]
    found: dict[str, Array] = {"mean": np.broadcast_to(mean, (len(test.x), outputs))}
    if series is None:
        return found, {}
    forward, back = TRANSFORMS[transform]
    rows, origins = description["training_rows"], test.origin
    found["last"] = last_value(series, origins, outputs)
    if season is not None:
        found["seasonal"] = seasonal_last_value(series, origins, outputs, season)
    values = forward(series)
    found["ar1"] = back(fitted_autoregression(values, rows, origins, outputs, 1))
    ar, p = autoregression(values, rows, origins, outputs, description["timesteps"])
    arma, (order, differences, averages) = arima(values, rows, origins, outputs)
    found |= {"ar": back(ar), "arima": back(arma)}
    return found, {"ar": {"p": p}, "arima": {"p": order, "d": differences, "q": averages}}
