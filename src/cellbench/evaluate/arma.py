"""Forecasts by the equation of an autoregressive moving-average process, whose parameters are known or fitted."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import lfilter

from cellbench.data.scaling import Array, Positions


def arma_forecasts(
    series: Array,
    origins: Positions,
    horizon: int,
    ar: Sequence[float],
    ma: Sequence[float] = (),
    constant: float = 0.0,
) -> Array:
    """Those of a series `(L,)` after its origins `(N,)`, for each step of the horizon `(N, H)`.

    The process `x_t = constant + sum_i ar_i x_{t-i} + e_t + sum_j ma_j e_{t-j}` goes on with the shocks e so far and
    none to come: Box & Jenkins, Time Series Analysis: Forecasting and Control (1970), section 5.1. With the true
    parameters no other forecasts can be expected to be better.
    """
    shocks = lfilter([1, *(-a for a in ar)], [1, *ma], series)  # soon the true ones: ma is invertible
    values = _latest(series, len(ar), origins)
    shocks = np.pad(_latest(shocks, len(ma), origins), ((0, 0), (0, horizon)))
    for step in range(horizon):
        following = _backwards(values, len(ar), step) @ np.array(ar) + _backwards(shocks, len(ma), step) @ np.array(ma)
        values = np.column_stack([values, constant + following])
    return values[:, len(ar) :]


def _latest(values: Array, count: int, origins: Positions) -> Array:
    """So many values up to each origin, `(N, count)`; zeros before the first one."""
    padded = np.concatenate([np.zeros(count), values, [0.0]])
    return sliding_window_view(padded, count)[origins + 1] if count else np.empty((len(origins), 0))


def _backwards(values: Array, count: int, step: int) -> Array:
    """The `count` columns before a step, the latest first."""
    return values[:, step : step + count][:, ::-1]
