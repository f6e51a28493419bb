"""What a cell must beat: forecasts that need no network.

The forecasts of a series are fitted to its first rows and carried forward without fitting again; those that estimate
next to nothing are fitted anew at each origin. A forecast sees the values up to its origin, and nothing after it.

Shape letters: L values of the series, N origins, H steps (the horizon). For all of them, `series` `(L,)` is the whole
series, finite and in its own units, `train` the number of its first values that are fitted to, and `origins` `(N,)` the
position of the last value that each forecast may see. The forecasts `(N, H)` are of `series[origin + 1]` to
`series[origin + H]`.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from statsforecast.arima import arima_string
from statsforecast.models import (
    AutoARIMA,
    AutoCES,
    AutoETS,
    AutoTheta,
    CrostonSBA,
    HistoricAverage,
    Naive,
    RandomWalkWithDrift,
    SeasonalNaive,
)
from statsmodels.tsa.ar_model import AutoReg

from cellbench.config.recipe import TransformName
from cellbench.config.sections import BaselineName
from cellbench.data.scaling import TRANSFORMS, Array, Positions
from cellbench.evaluate.arma import arma_forecasts

LONGEST_SEASON = 24
"""Of an ARIMA: with a longer one the choice of its orders takes hours."""
LONGEST_THETA = 2000
"""Values of a series that gets a Theta by default: its time grows with the cube of the length."""
INTERMITTENT = 1.32
"""Rows from one demand to the next, on average, from which on a series is intermittent (Syntetos et al. 2005)."""

MODELS: dict[BaselineName, tuple[Callable[[int], Any], Callable[[Any], str]]] = {
    "mean": (lambda season: HistoricAverage(), lambda fitted: "the mean so far"),
    "last": (lambda season: Naive(), lambda fitted: "the last value"),
    "drift": (lambda season: RandomWalkWithDrift(), lambda fitted: "the last value with drift"),
    "seasonal": (lambda season: SeasonalNaive(season), lambda fitted: "the value one season before"),
    "arima": (
        lambda season: AutoARIMA(season_length=season if season <= LONGEST_SEASON else 1),
        lambda fitted: " ".join(arima_string(fitted).split()).removesuffix(" with zero mean"),
    ),
    "ets": (lambda season: AutoETS(season_length=season), lambda fitted: str(fitted.get("method", "ETS"))),
    "theta": (lambda season: AutoTheta(season_length=season), lambda fitted: f"Theta ({fitted['modeltype']})"),
    "ces": (lambda season: AutoCES(season_length=season), lambda fitted: f"CES ({fitted['seasontype']})"),
    "croston": (lambda season: CrostonSBA(), lambda fitted: "Croston's method, corrected"),
}
"""The models of statsforecast, by the rows of a season, and what each is called once it is fitted."""
AUTOREGRESSIONS: dict[BaselineName, tuple[TransformName, str]] = {
    "ar1": ("none", "AR(1)"),
    "ar": ("none", "AR({order}) by AICc"),
    "ar_sqrt": ("sqrt", "AR({order}) of square roots"),
    "ar_log": ("log", "AR({order}) of logarithms"),
}
"""Of what, and what each is called."""
NAMES: dict[BaselineName, str] = {
    "ar": "AR by AICc",
    "ar_sqrt": "AR of square roots",
    "ar_log": "AR of logarithms",
    "arima": "ARIMA by AICc",
    "ets": "ETS by AICc",
    "theta": "Theta, the best of four",
    "ces": "CES by AICc",
}
"""What those are called together that differ from series to series."""


def meant_for(known: Array, length: int, season: int | None, is_one_of_many: bool) -> list[BaselineName]:
    """The baselines of a series of some length, as its known values suggest, where params.yaml names none."""
    meant: dict[BaselineName, bool] = {
        "seasonal": season is not None,
        "ar_sqrt": bool(known.min() >= 0),
        "ar_log": bool(known.min() > 0),
        "theta": length <= LONGEST_THETA,
        "croston": bool(known.min() >= 0 and len(known) >= INTERMITTENT * np.count_nonzero(known)),
    }
    if is_one_of_many:
        meant["ar_sqrt"] = meant["ar_log"] = False
        others: list[BaselineName] = ["mean", "last", "drift", "ets"]  # an ARIMA takes seconds per series
    else:
        others = ["mean", "last", "drift", "ar1", "ar", "arima", "ets"]
    return others + [name for name, yes in meant.items() if yes]


def forecast(
    name: BaselineName, series: Array, train: int, origins: Positions, horizon: int, season: int | None
) -> tuple[Array, str]:
    """The forecasts of a baseline, and what it is called with what was chosen for it.

    Raises:
        ValueError: the baseline cannot be fitted to these values, or its forecasts are not finite.
    """
    if name in MODELS:
        forecasts, label = classical(name, series, train, origins, horizon, season or 1)
    else:
        transform, label = AUTOREGRESSIONS[name]
        forward, back = TRANSFORMS[transform]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = forward(series)
        if not np.isfinite(values).all():
            raise ValueError(f"{transform} is not defined on all values")
        order = 1 if name == "ar1" else best_order(values[:train])
        forecasts, label = back(autoregression(values, train, origins, horizon, order)), label.format(order=order)
    if not np.isfinite(forecasts).all():
        raise ValueError("its forecasts are not finite")
    return forecasts, label


def classical(
    name: BaselineName, series: Array, train: int, origins: Positions, horizon: int, season: int
) -> tuple[Array, str]:
    """Those of statsforecast, on the series divided by its deviation: its optimisers depend on the units.

    Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed., 2021), section 5.2 (`mean`, `last`,
    `seasonal`, `drift`); Hyndman & Khandakar (2008), Journal of Statistical Software 27(3) (`arima`, `ets`); Fiorucci
    et al. (2016), International Journal of Forecasting 32(4) (`theta`); Svetunkov et al. (2022), Naval Research
    Logistics 69(8) (`ces`); Croston (1972), with the correction of Syntetos & Boylan (2005), International Journal of
    Forecasting 21(2) (`croston`).

    Raises:
        ValueError: no model can be fitted to these values.
    """
    scale = float(series[:train].std()) or 1.0
    model, label = MODELS[name]
    values = series / scale
    with warnings.catch_warnings(action="ignore"):  # about the last bits of estimates
        try:
            fitted = model(season).fit(values[:train])
            carried = getattr(fitted, "forward", fitted.forecast)
            found = [carried(y=values[: origin + 1], h=horizon)["mean"] for origin in origins]
        except Exception as error:  # of many kinds, plain Exception among them
            raise ValueError(str(error)) from error
    return scale * np.reshape(found, (len(origins), horizon)), label(fitted.model_)


def best_order(values: Array) -> int:
    """The order of an autoregression by Akaike's criterion, corrected for few values (AICc).

    The highest order is `10 log10(L)`, as in R's `ar`, and at most a fifth of the values `(L,)`, which leaves about
    four per coefficient. All orders are compared on the same values, those that the highest can be fitted to.
    Hurvich & Tsai (1989), Biometrika 76(2).
    """
    standard = (values - values.mean()) / (values.std() or 1.0)  # least squares is blind next to large numbers
    highest = min(int(10 * np.log10(len(values))), len(values) // 5)

    def criterion(order: int) -> float:
        return float(AutoReg(standard, order, trend="c", hold_back=highest).fit().aicc)

    with warnings.catch_warnings(action="ignore"):  # collinear lags: least squares takes the shortest solution
        return min(range(highest + 1), key=criterion)


def autoregression(series: Array, train: int, origins: Positions, horizon: int, order: int) -> Array:
    """The forecasts of `x_t = c + sum_i phi_i x_{t-i} + e_t`, fitted by least squares; each step builds on the last.

    Box & Jenkins, Time Series Analysis: Forecasting and Control (1970), chapters 5 and 7.

    Raises:
        ValueError: an origin with fewer values than the order, or too few to fit to.
    """
    centre, scale = float(series[:train].mean()), float(series[:train].std()) or 1.0
    standard = (series - centre) / scale  # as in `best_order`
    if np.any(origins + 1 < order):
        raise ValueError(f"a forecast needs {order} values, an origin at {origins.min()} has fewer")
    with warnings.catch_warnings(action="ignore"):
        intercept, *coefficients = AutoReg(standard[:train], order, trend="c").fit().params
    return centre + scale * arma_forecasts(standard, origins, horizon, coefficients, constant=intercept)
