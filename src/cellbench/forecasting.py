"""Continue a series with a trained ensemble: recursively beyond its own horizon, with intervals.

Shape letters: R replicates, P paths, T timesteps, F features, O outputs, H steps asked for, V validation samples.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cellbench.conformal import half_width
from cellbench.network import Network
from cellbench.scaling import TRANSFORMS, Scaling, ensemble, standardise

Array = NDArray[np.float64]
PATHS = 1000


class Forecast(NamedTuple):
    """What comes next, in the units of the series."""

    mean: Array
    """The ensemble's forecast `(H,)`."""
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

    Beyond the network's own outputs its forecasts become its inputs; that needs F = 1. Up to there the intervals are
    split conformal, as in the reports. Beyond, they hold the share `level` of paths on which every forecast is off by
    the residuals of one validation sample, drawn at random: errors add up as they would.

    Args:
        data: what `model.json` says of the dataset.
        residuals: of the ensemble on the validation part `(V, O)`, as the network sees it.

    Raises:
        InputError: the residuals are too few for a level.
    """
    torch.set_num_threads(1)  # as in training: the cells are small
    outputs = residuals.shape[1]
    mean, scaling = _steps(network, data, window[None], horizon, np.zeros((1, 1, outputs)), random)
    centre = scaling.from_units(mean[:, :outputs])
    widths = {level: half_width(residuals, level)[:horizon] for level in levels}
    lower = {level: scaling.to_units(centre - width)[0] for level, width in widths.items()}
    upper = {level: scaling.to_units(centre + width)[0] for level, width in widths.items()}
    if horizon > outputs:
        paths, _ = _steps(network, data, np.repeat(window[None], PATHS, axis=0), horizon, residuals[:, None], random)
        for level in levels:
            tails = np.quantile(paths[:, outputs:], [(1 - level) / 2, (1 + level) / 2], axis=0)
            lower[level], upper[level] = (
                np.concatenate(ends) for ends in zip((lower[level], upper[level]), tails, strict=True)
            )
    return Forecast(mean[0], {level: (lower[level], upper[level]) for level in levels})


def _steps(
    network: Network, data: Mapping[str, Any], windows: Array, horizon: int, errors: Array, random: np.random.Generator
) -> tuple[Array, Scaling]:
    """The next steps `(P, H)` after windows `(P, T, F)`, each block of O off by one of the errors `(V, 1, O)`.

    Returns:
        The steps in the units of the series, and the scaling of the first block.
    """
    forward = TRANSFORMS[data["transform"]][0]
    blocks: list[Array] = []
    scalings: list[Scaling] = []
    while True:
        x, shift, scale = standardise(windows, data["scaling"])
        scaling = Scaling(data["transform"], shift, scale)
        with torch.inference_mode():
            forecasts = ensemble(network(torch.from_numpy(x)[None]).double().numpy(), scaling)
        drawn = errors[random.integers(len(errors), size=len(windows)), 0]
        block = scaling.to_units(scaling.from_units(forecasts) + drawn)
        blocks.append(block)
        scalings.append(scaling)
        if len(blocks) * block.shape[1] >= horizon:
            return np.concatenate(blocks, axis=1)[:, :horizon], scalings[0]
        windows = np.concatenate([windows, forward(block)[:, :, None]], axis=1)[:, block.shape[1] :]
