"""Continue a series with a trained ensemble: recursively beyond its own horizon, with intervals.

Shape letters: R replicates, P paths, T timesteps, F features, O outputs, H steps asked for, V validation samples.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.base.datasets.scaling import TRANSFORMS, Scaling, ensemble, standardise
from cellbench.evaluation.conformal import conformal_ends
from cellbench.network import Network, network_outputs

Array = NDArray[np.float64]
PATHS = 1000


class Forecast(NamedTuple):
    """What comes next, in the units of the series."""

    centre: Array
    """The ensemble's forecast `(H,)`; beyond the network's own outputs the median of its paths."""
    ends: dict[float, tuple[Array, Array]]
    """Lower and upper ends `(H,)` of the prediction intervals by level."""


def continue_series(
    network: Network,
    data: Mapping[str, Any],
    residuals: Array,
    window: Array,
    horizon: int,
    levels: Sequence[float],
    random: np.random.Generator,
) -> Forecast:
    """Forecast `horizon` steps after a window of transformed values `(T, F)`.

    Up to the network's own outputs the intervals are split conformal, as in the reports. Beyond, its forecasts become
    its inputs, which needs F = 1: on each of many paths every forecast is off by the residuals of one validation
    sample, drawn at random, so that errors add up as they would. The forecast then is the median of the paths, and the
    intervals hold the share `level` of them.

    Args:
        data: what `model.json` says of the dataset.
        residuals: of the ensemble on the validation part `(V, O)`, as the network sees it.

    Raises:
        InputError: the residuals are too few for a level.
    """
    torch.set_num_threads(1)  # as in training: the cells are small
    outputs = residuals.shape[1]
    own, scaling = _steps(network, data, window[None], min(horizon, outputs), np.zeros((1, outputs)), random)
    ends = {level: conformal_ends(own, residuals[:, :horizon], scaling, level) for level in levels}
    found = Forecast(own[0], {level: (lower[0], upper[0]) for level, (lower, upper) in ends.items()})
    if horizon <= outputs:
        return found
    if not len(residuals):
        raise InputError("without a validation part there are no residuals to draw paths beyond the own horizon with")
    paths, _ = _steps(network, data, np.repeat(window[None], PATHS, axis=0), horizon, residuals, random)

    def beyond(near: Array, share: float) -> Array:
        return np.concatenate([near, np.quantile(paths[:, outputs:], share, axis=0)])

    return Forecast(
        beyond(found.centre, 0.5),
        {
            level: (beyond(lower, (1 - level) / 2), beyond(upper, (1 + level) / 2))
            for level, (lower, upper) in found.ends.items()
        },
    )


def _steps(
    network: Network, data: Mapping[str, Any], windows: Array, horizon: int, errors: Array, random: np.random.Generator
) -> tuple[Array, Scaling]:
    """The next steps `(P, H)` after windows `(P, T, F)`, each block of O off by one of the errors `(V, O)`.

    Returns:
        The steps in the units of the series, and the scaling of the first block.
    """
    forward = TRANSFORMS[data["transform"]][0]
    blocks: list[Array] = []
    scalings: list[Scaling] = []
    while True:
        x, shift, scale = standardise(windows, data["scaling"])
        scaling = Scaling(data["transform"], shift, scale)
        forecasts = ensemble(network_outputs(network, x), scaling)
        drawn = errors[random.integers(len(errors), size=len(windows))]
        block = scaling.to_units(scaling.from_units(forecasts) + drawn)
        blocks.append(block)
        scalings.append(scaling)
        if len(blocks) * block.shape[1] >= horizon:
            return np.concatenate(blocks, axis=1)[:, :horizon], scalings[0]
        windows = np.concatenate([windows, forward(block)[:, :, None]], axis=1)[:, block.shape[1] :]
