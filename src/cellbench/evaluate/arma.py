"""Forecasts by the equation of an autoregressive moving-average process, whose parameters are known or fitted."""

from collections.abc import Sequence

import numpy as np
from scipy.signal import lfilter

from cellbench.data.scaling import Array, Positions, windows_at


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
    before = np.zeros(len(series) + 1, int)  # the row of a zero, which stands for all before the first value
    values = windows_at(np.append(0, series), origins + 1, len(ar), before)
    shocks = np.pad(windows_at(np.append(0, shocks), origins + 1, len(ma), before), ((0, 0), (0, horizon)))
    for step in range(horizon):
        following = values[:, step:][:, ::-1] @ np.array(ar) + shocks[:, step : step + len(ma)][:, ::-1] @ np.array(ma)
        values = np.column_stack([values, constant + following])
    return values[:, len(ar) :]
