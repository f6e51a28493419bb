"""The baselines of each series of a dataset, one series at a time on the executor's workers.

Shape letters: S series, N samples, O outputs.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from cellbench.config.sections import BaselineName
from cellbench.config.sources import SeriesSource
from cellbench.data.dataset import Dataset
from cellbench.data.scaling import Array, Positions
from cellbench.evaluate.baselines import NAMES, forecast, meant_for
from cellbench.executor import executor

FEW = 16
"""Series, at most, that no worker is started for."""


class Fit(NamedTuple):
    """To be fitted to the first values of a series, and to forecast from origins `(N,)`."""

    values: int
    origins: Positions


class Fitted(NamedTuple):
    """The forecasts `(N, O)` of a baseline of one series, and what it is called, or why it cannot be fitted."""

    forecasts: Array
    label: str
    failed: bool


def forecast_each(
    data: Dataset, source: SeriesSource, validation: Positions, later: Positions
) -> dict[BaselineName, tuple[Array, Array, str, int]]:
    """Every baseline that suits all series: its forecasts `(N, O)` of the samples of the validation part, fitted to the
    period train, and of later ones, fitted to all known rows; what it is called; and the number of series whose known
    rows it cannot be fitted to. Those get their last value, or all of them where it can be fitted to none.
    """
    S, horizon, season = len(data.card.names), source.horizon, source.season
    values = [of[:-horizon] for of in np.split(data.values[:, 0], np.searchsorted(data.series, np.arange(1, S)))]
    asked, orders = [], []
    for origins, periods in ((validation, ("train",)), (later, ("train", "validation"))):
        order = np.argsort(data.series[origins], kind="stable")
        places, counts = origins[order], np.bincount(data.series[data.until(*periods)], minlength=S).tolist()
        own = np.split(places - data.first[places], np.searchsorted(data.series[places], np.arange(1, S)))
        asked.append([Fit(count, part) for count, part in zip(counts, own, strict=True)])
        orders.append(np.argsort(order))
    suited = [meant_for(of[: fit.values], len(of), season, S > 1) for of, fit in zip(values, asked[1], strict=True)]
    names = source.baselines or [name for name in suited[0] if all(name in others for others in suited)]
    work = [(names, *one, horizon, season) for one in zip(values, zip(*asked, strict=True), strict=True)]
    if len(work) <= FEW:
        done = [forecast_series(*one) for one in work]
    else:
        with executor() as workers:
            results = workers.results(forecast_series, work)
            answers = dict(tqdm(results, total=len(work), disable=None, leave=False))
        done = [answers[number] for number in range(len(work))]
    found = {}
    for name in names:
        fits = [[one[name][fit] for one in done] for fit in (0, 1)]
        stacked = (np.concatenate([f.forecasts for f in of])[o] for of, o in zip(fits, orders, strict=True))
        first, second = (np.clip(forecasts, data.card.minimum, None) for forecasts in stacked)
        tried = fits[0] if all(fit.failed for fit in fits[0]) else fits[1]
        labels = {fit.label for fit in tried if not fit.failed} or {fit.label for fit in tried}
        missed = sum(fit.failed for fit in tried)
        found[name] = (first, second, labels.pop() if len(labels) == 1 else NAMES[name], missed)
    return found


def forecast_series(
    names: Sequence[BaselineName], series: Array, fits: Sequence[Fit], horizon: int, season: int | None
) -> dict[BaselineName, list[Fitted]]:
    """What comes of each fit of the baselines of one series."""
    return {name: [_fitted(name, series, fit, horizon, season) for fit in fits] for name in names}


def _fitted(name: BaselineName, series: Array, fit: Fit, horizon: int, season: int | None) -> Fitted:
    try:
        forecasts, label = forecast(name, series, fit.values, fit.origins, horizon, season)
    except ValueError as error:
        return Fitted(np.repeat(series[fit.origins][:, None], horizon, axis=1), str(error), failed=True)
    return Fitted(forecasts, label, failed=False)
