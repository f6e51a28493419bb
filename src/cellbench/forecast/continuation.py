"""Continue a series with a trained ensemble: recursively beyond its own horizon, with intervals.

Shape letters: R replicates, P paths, T timesteps, F features, O outputs, H steps asked for, V validation samples.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.data.scaling import TRANSFORMS, Scaling, ensemble
from cellbench.data.windows import View
from cellbench.intervals import conformal_ends
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
    view: View,
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
        view: what the network sees of the series.
        residuals: of the ensemble on the validation part `(V, O)`, as the network sees it.

    Raises:
        InputError: the residuals are too few for a level.
    """
    torch.set_num_threads(1)  # as in training: the cells are small
    own, scaling = _forecasts(network, view, window[None])
    conformal = {level: conformal_ends(own, residuals, scaling, level) for level in levels}
    further = own[:, :0]  # no step, on no path
    if horizon > own.shape[1]:
        further = _paths(network, view, residuals, window, horizon, random)[:, own.shape[1] :]

    def line(near: Array, share: float) -> Array:
        return np.concatenate([near[0, :horizon], np.quantile(further, share, axis=0)])

    ends = {
        level: (line(lower, (1 - level) / 2), line(upper, (1 + level) / 2))
        for level, (lower, upper) in conformal.items()
    }
    return Forecast(line(own, 0.5), ends)


def _forecasts(network: Network, view: View, windows: Array) -> tuple[Array, Scaling]:
    """The ensemble's forecasts `(P, O)` after windows `(P, T, F)`, in the units of the series, and their scaling."""
    x, scaling = view.inputs(windows)
    return ensemble(network_outputs(network, x), scaling), scaling


def _paths(
    network: Network, view: View, residuals: Array, window: Array, horizon: int, random: np.random.Generator
) -> Array:
    """The next steps `(P, H)` in the units of the series, each block of O off by the residuals of one sample."""
    if not len(residuals):
        raise InputError("without a validation part there are no residuals to draw paths beyond the own horizon with")
    windows, blocks = np.repeat(window[None], PATHS, axis=0), []
    for _ in range(0, horizon, residuals.shape[1]):
        forecasts, scaling = _forecasts(network, view, windows)
        errors = residuals[random.integers(len(residuals), size=PATHS)]
        blocks.append(scaling.to_units(scaling.from_units(forecasts) + errors))
        seen = TRANSFORMS[view.transform][0](blocks[-1])[:, :, None]
        windows = np.concatenate([windows, seen], axis=1)[:, -len(window) :]
    return np.concatenate(blocks, axis=1)[:, :horizon]
