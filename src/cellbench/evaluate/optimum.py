"""The true forecast of a known process: its expectation, given all that is known at the origin."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import lfilter

from cellbench.config.sources import Arma

Array = NDArray[np.float64]
Positions = NDArray[np.int64]


def true_forecasts(process: Arma, series: Array, origins: Positions) -> Array:
    """Those of a series `(L,)` after its origins `(N,)`, for each step of the horizon `(N, H)`.

    The process goes on by its own equation, with the shocks so far and none to come: Box & Jenkins, Time Series
    Analysis: Forecasting and Control (1970), section 5.1. No other forecasts can be expected to be better.
    """
    ar, ma = np.array(process.ar), np.array(process.ma)
    shocks = lfilter([1, *-ar], [1, *ma], series)  # true but for the first ones, since ma is invertible
    values = _latest(series, len(ar), origins)
    shocks = np.pad(_latest(shocks, len(ma), origins), ((0, 0), (0, process.horizon)))
    for step in range(process.horizon):
        following = _backwards(values, len(ar), step) @ ar + _backwards(shocks, len(ma), step) @ ma
        values = np.column_stack([values, following])
    forecasts: Array = values[:, len(ar) :]
    return forecasts


def _latest(values: Array, count: int, origins: Positions) -> Array:
    """So many values up to each origin, `(N, count)`; zeros before the first one."""
    padded = np.concatenate([np.zeros(count), values, [0.0]])
    latest: Array = sliding_window_view(padded, count)[origins + 1] if count else np.empty((len(origins), 0))
    return latest


def _backwards(values: Array, count: int, step: int) -> Array:
    """The `count` columns before a step, the latest first."""
    return values[:, step : step + count][:, ::-1]
