"""What a cell must beat: forecasts that need no network.

The forecasts of a series are fitted on its training part alone and walk forward without refitting: a forecast sees the
values up to its origin, and nothing after it.

Shape letters: L values of the series, N origins, H steps (the horizon). For all of them, `series` `(L,)` is the whole
series, finite and in the units in which it is to be forecast, `train` the number of its first values that are the
training part, and `origins` `(N,)` the position of the last value that each forecast may see. The forecasts `(N, H)`
are of `series[origin + 1]` to `series[origin + H]`.
"""

import warnings
from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.stattools import kpss

Array = NDArray[np.float64]
Positions = NDArray[np.int64]
DECIMALS = 6
"""Of the coefficients of an ARIMA for a series of deviation 1: on other processors the optimiser finds the same."""


def last_season(series: Array, origins: Positions, horizon: int, season: int) -> Array:
    """The seasonal naive forecast: everything returns as it was last seen at the same point of the season.

    With a season of one row it is the naive forecast, the last value.
    Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed., 2021), section 5.2.

    Raises:
        ValueError: an origin before which no whole season lies.
    """
    return _seen(series, origins, season)[:, np.arange(horizon) % season]


def autoregression(series: Array, train: int, origins: Positions, horizon: int) -> tuple[Array, int]:
    """The forecasts of an autoregression, and its order by Akaike's criterion, corrected for few values (AICc).

    The highest order is `10 log10(train)`, as in R's `ar`, and at most a fifth of the training part, which leaves about
    four values per coefficient. All orders are compared on the same values, those that the highest can be fitted to.
    Hurvich & Tsai (1989), Biometrika 76(2).

    Raises:
        ValueError: an origin with fewer values than the order.
    """
    standard, _, _ = _standardised(series, train)
    highest = min(int(10 * np.log10(train)), train // 5)

    def criterion(order: int) -> float:
        return float(AutoReg(standard[:train], order, trend="c", hold_back=highest).fit().aicc)

    with warnings.catch_warnings(action="ignore"):  # collinear lags: least squares takes the shortest solution
        order = min(range(highest + 1), key=criterion)
    return fitted_autoregression(series, train, origins, horizon, order), order


def fitted_autoregression(series: Array, train: int, origins: Positions, horizon: int, order: int) -> Array:
    """The forecasts of `x_t = c + sum_i phi_i x_{t-i} + e_t`, fitted by least squares; each step builds on the last.

    Box & Jenkins, Time Series Analysis: Forecasting and Control (1970), chapters 5 and 7.

    Raises:
        ValueError: an origin with fewer values than the order, or a training part too short for it.
    """
    standard, centre, scale = _standardised(series, train)
    with warnings.catch_warnings(action="ignore"):
        intercept, *coefficients = AutoReg(standard[:train], order, trend="c").fit().params
    known = _seen(standard, origins, order)
    for _ in range(horizon):
        latest_first = known[:, : -order - 1 : -1]
        known = np.column_stack([known, intercept + latest_first @ np.array(coefficients)])
    forecasts: Array = centre + scale * known[:, order:]
    return forecasts


def arima(series: Array, train: int, origins: Positions, horizon: int) -> tuple[Array, tuple[int, int, int]]:
    """The forecasts of an ARIMA, and its order (p, d, q).

    After Hyndman & Khandakar (2008), Journal of Statistical Software 27(3): d is 1 where the KPSS test rejects a
    constant level at 5 %, else 0; p and q, each 0 to 2, follow by Akaike's criterion. All nine are ranked, for speed on
    the latest 1,000 values of the training part; the best that `fitted_arima` can fit to all of it makes the forecasts.

    Raises:
        ValueError: no order can be fitted, which takes a training part of next to nothing.
    """
    training = series[:train]
    with warnings.catch_warnings(action="ignore"):  # the p-value lies outside the table
        d = int(np.ptp(training) > 0 and kpss(training, regression="c", nlags="auto")[1] < 0.05)

    def criterion(order: tuple[int, int, int]) -> float:
        try:
            return float(_estimated_arma(training[-1000:], order)[0].aic)
        except (np.linalg.LinAlgError, ValueError):
            return np.inf

    for order in sorted(product(range(3), [d], range(3)), key=criterion):
        with suppress(np.linalg.LinAlgError, ValueError):
            return fitted_arima(series, train, origins, horizon, order), order
    raise ValueError(f"no ARIMA can be fitted to {train} values")


def fitted_arima(series: Array, train: int, origins: Positions, horizon: int, order: tuple[int, int, int]) -> Array:
    """The forecasts of an ARIMA of the order (p, d, q), with a mean where d = 0 and without drift where d = 1.

    The Kalman filter runs over the series once, and the state it predicts after an origin holds all that is known then:
    Durbin & Koopman, Time Series Analysis by State Space Methods (2nd ed., 2012), sections 4.3 and 4.11.

    Raises:
        LinAlgError, ValueError: the training part admits no estimate, or one that is all but non-invertible.
    """
    d = order[1]
    estimated, scale = _estimated_arma(series[:train], order)
    filtered = estimated.apply(np.diff(series, n=d) / scale).filter_results
    Z, T, mean = filtered.design[:, :, 0], filtered.transition[:, :, 0], filtered.obs_intercept[:, :1]
    state = filtered.predicted_state[:, origins - d + 1]
    forecasts = np.empty((len(origins), horizon))
    for step in range(horizon):
        forecasts[:, step] = scale * (Z @ state + mean)
        state = T @ state
    return series[origins, None] + forecasts.cumsum(axis=1) if d else forecasts


def _estimated_arma(training: Array, order: tuple[int, int, int]) -> tuple[Any, float]:
    """The ARMA of the d times differenced training part by maximum likelihood, and the scale it was divided by."""
    p, d, q = order
    differenced = np.diff(training, n=d)
    scale = float(differenced.std()) or 1.0  # on small numbers the optimiser stops too early
    with warnings.catch_warnings(action="ignore"):  # not converged: taken as it is; a coefficient of 0 has no root
        found = ARIMA(differenced / scale, order=(p, 0, q), trend="n" if d else "c").fit(cov_type="none")
        *coefficients, variance = found.params
        estimated = found.model.filter([*np.round(coefficients, DECIMALS), variance])
        if np.any(np.abs(estimated.arroots) <= 1):  # rounding made it a unit root, from which the filter cannot start
            estimated = found
        # Such a filter hardly ever forgets an error of its mean. R's forecast::auto.arima has this bound, too.
        if np.any(np.abs(estimated.maroots) < 1.01):
            raise ValueError(f"the ARIMA{order} fitted to {len(training)} values is all but non-invertible")
    return estimated, scale


def _standardised(series: Array, train: int) -> tuple[Array, float, float]:
    """The series by mean and deviation of its training part: least squares is blind next to large numbers.

    Returns:
        The standardised series, the mean and the deviation, which is 1 for a constant.
    """
    centre, scale = float(series[:train].mean()), float(series[:train].std()) or 1.0
    return (series - centre) / scale, centre, scale


def _seen(series: Array, origins: Positions, length: int) -> Array:
    """The last `length` values up to each origin, `(N, length)`, the latest last."""
    first = origins - length + 1
    if np.any(first < 0):
        raise ValueError(f"a forecast needs {length} values, an origin at {origins.min()} has fewer")
    return sliding_window_view(series, length)[first] if length else np.empty((len(origins), 0))
