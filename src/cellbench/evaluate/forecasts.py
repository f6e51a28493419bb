"""What every forecaster says about the same samples: in the units of the series, in single precision.

Shape letters: R replicates, N samples, O outputs.
"""

import numpy as np
from numpy.typing import NDArray

from cellbench.data.dataset import Split
from cellbench.data.scaling import TRANSFORMS, TransformName, single
from cellbench.evaluate.baselines import arima, autoregression, fitted_autoregression, last_season
from cellbench.evaluate.holdout import Holdout
from cellbench.network import Network, network_outputs

Array = NDArray[np.float64]


def network_forecasts(network: Network, split: Split, transform: TransformName) -> Array:
    """Forecasts `(R, N, O)` of every replicate."""
    return single(split.scaling(transform).to_units(network_outputs(network, split.x)))


def validation_forecasts(residuals: Array, validation: Split, transform: TransformName) -> Array:
    """The ensemble's `(1, N, O)`, from its residuals `(N, O)`, by weights that were not trained on this part."""
    scaling = validation.scaling(transform)
    return single(scaling.to_units(scaling.from_units(validation.truth) - residuals))[None]


def naive_forecasts(series: Array, origins: NDArray[np.int64], outputs: int, season: int | None) -> dict[str, Array]:
    """The last value and, where a season was seen before every origin, the value one season before: `(N, O)`."""
    seasons = {"last": 1} | ({"seasonal": season} if season and season <= origins.min() + 1 else {})
    return {name: last_season(series, origins, outputs, length) for name, length in seasons.items()}


def baseline_forecasts(train: Split, test: Holdout) -> tuple[dict[str, Array], dict[str, dict[str, int]]]:
    """Forecasts `(1, N, O)` of the test samples by what needs no network, by name, and the orders that were chosen.

    Those that are fitted see the series through the dataset's transform, as the networks do.
    """
    outputs, rows, origins = test.card.outputs, test.card.training_rows, test.samples.origin
    mean = train.truth.reshape(len(train.truth), outputs, -1).mean(axis=(0, 2))  # of all targets of an output
    found = {"mean": np.tile(mean, (len(origins), 1))}
    orders = {}
    if test.series is not None:
        forward, back = TRANSFORMS[test.card.transform]
        values = forward(test.series)
        found |= naive_forecasts(test.series, origins, outputs, test.season)
        found["ar1"] = back(fitted_autoregression(values, rows, origins, outputs, 1))
        ar, order = autoregression(values, rows, origins, outputs, test.card.timesteps)
        arma, (p, d, q) = arima(values, rows, origins, outputs)
        found |= {"ar": back(ar), "arima": back(arma)}
        orders = {"ar": {"p": order}, "arima": {"p": p, "d": d, "q": q}}
    return {name: single(forecast[None]) for name, forecast in found.items()}, orders
