"""What trained networks forecast, in the units of the series; beyond their own outputs from their own forecasts.

Shape letters: R replicates, N samples, T timesteps, F features, O outputs, H steps ahead.
"""

import numpy as np

from cellbench.data.dataset import Samples
from cellbench.data.scaling import TRANSFORMS, Array, Positions, View, single
from cellbench.network import Network, network_outputs


def network_forecasts(network: Network, samples: Samples) -> Array:
    """Forecasts `(R, N, O)` of every replicate, in single precision."""
    return single(samples.scaling.to_units(network_outputs(network, samples.x)))


def continued_forecasts(network: Network, view: View, windows: Array, series: Positions, steps: int) -> Array:
    """Forecasts `(N, H)` of the ensemble after transformed windows `(N, T, F)` of series `(N,)`.

    Its forecasts become its inputs, O at a time, as far as is asked for; that needs F = 1.
    """
    forward, _ = TRANSFORMS[view.transform]

    def following(windows: Array) -> Array:
        x, scaling = view.inputs(windows, series)
        return single(scaling.to_units(network_outputs(network, x)).mean(axis=0))

    with np.errstate(over="ignore", invalid="ignore"):  # what grows beyond all bounds is infinite, then NaN
        found = following(windows)
        while found.shape[1] < steps:
            seen = np.hstack([windows, forward(found)[:, :, None]])[:, -view.window :]
            found = np.hstack([found, following(seen)])
    return found[:, :steps]
