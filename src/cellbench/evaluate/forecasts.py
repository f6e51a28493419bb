"""What every forecaster says about the same samples: in the units of the series, in single precision.

Shape letters: R replicates, N samples, O outputs.
"""

import numpy as np
from numpy.typing import NDArray

from cellbench.data.dataset import Samples
from cellbench.data.scaling import TRANSFORMS, single
from cellbench.evaluate.baselines import arima, autoregression, fitted_autoregression, last_season
from cellbench.evaluate.holdout import Holdout
from cellbench.network import Network, network_outputs

Array = NDArray[np.float64]


def network_forecasts(network: Network, samples: Samples) -> Array:
    """Forecasts `(R, N, O)` of every replicate."""
    return single(samples.scaling.to_units(network_outputs(network, samples.x)))


def validation_forecasts(residuals: Array, validation: Samples) -> Array:
    """The ensemble's `(1, N, O)`, from its residuals `(N, O)`, by weights that were not trained on this part."""
    scaling = validation.scaling
    return single(scaling.to_units(scaling.from_units(validation.truth) - residuals))[None]


def naive_forecasts(series: Array, origins: NDArray[np.int64], outputs: int, season: int | None) -> dict[str, Array]:
    """The last value and, where a season was seen before every origin, the value one season before: `(N, O)`."""
    seasons = {"last": 1} | ({"seasonal": season} if season and season <= origins.min() + 1 else {})
    return {name: last_season(series, origins, outputs, length) for name, length in seasons.items()}


def baseline_forecasts(test: Holdout) -> tuple[dict[str, Array], dict[str, dict[str, int]]]:
    """Forecasts `(1, N, O)` of the test samples by what needs no network, by name, and the orders that were chosen."""
    data = test.data
    outputs, rows, origins = data.card.outputs, data.known, test.origins
    targets = data.truth(data.origins("train", "validation"))
    mean = targets.reshape(len(targets), outputs, -1).mean(axis=(0, 2))  # of all targets of an output
    found = {"mean": np.tile(mean, (len(origins), 1))}
    orders: dict[str, dict[str, int]] = {}
    if test.series is not None:
        found |= naive_forecasts(test.series, origins, outputs, data.card.season)
        found["ar1"] = fitted_autoregression(test.series, rows, origins, outputs, 1)
        for transform, (forward, back) in TRANSFORMS.items():
            with np.errstate(divide="ignore", invalid="ignore"):
                values = forward(test.series)
            if np.isfinite(values).all():
                name = "ar" if transform == "none" else f"ar_{transform}"
                forecast, order = autoregression(values, rows, origins, outputs)
                found[name], orders[name] = back(forecast), {"p": order}
        found["arima"], (p, d, q) = arima(test.series, rows, origins, outputs)
        orders["arima"] = {"p": p, "d": d, "q": q}
    return {name: single(forecast[None]) for name, forecast in found.items()}, orders
