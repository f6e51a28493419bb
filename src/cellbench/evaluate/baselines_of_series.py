"""The baselines of each series of a dataset, a bundle of series at a time on the executor's workers.

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

BUNDLE = 16
"""Series that a worker forecasts at a time."""


class Fit(NamedTuple):
    """To be fitted to the first values of a series, and to forecast from origins `(N,)`."""

    values: int
    origins: Positions


class Fitted(NamedTuple):
    """The forecasts `(N, O)` of a baseline of one series, and what it is called, or why it cannot be fitted."""

    forecasts: Array
    label: str
    failed: bool


class Work(NamedTuple):
    """What is asked of the baselines of one series."""

    names: Sequence[BaselineName]
    series: Array
    fits: Sequence[Fit]
    horizon: int
    season: int | None


Done = dict[BaselineName, list[Fitted]]
"""What came of each fit."""


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
    work = [Work(names, *one, horizon, season) for one in zip(values, zip(*asked, strict=True), strict=True)]
    done, found = _in_bundles(work), {}
    for name in names:
        fits = [[one[name][fit] for one in done] for fit in (0, 1)]
        stacked = (np.concatenate([f.forecasts for f in of])[o] for of, o in zip(fits, orders, strict=True))
        first, second = (np.clip(forecasts, data.card.minimum, None) for forecasts in stacked)
        tried = fits[0] if all(fit.failed for fit in fits[0]) else fits[1]
        labels = {fit.label for fit in tried if not fit.failed} or {fit.label for fit in tried}
        missed = sum(fit.failed for fit in tried)
        found[name] = (first, second, labels.pop() if len(labels) == 1 else NAMES[name], missed)
    return found


def _in_bundles(work: Sequence[Work]) -> list[Done]:
    """What comes of each series, in order."""
    bundles = [(work[start : start + BUNDLE],) for start in range(0, len(work), BUNDLE)]
    if len(bundles) == 1:
        return forecast_bundle(*bundles[0])
    with executor() as workers:
        answers = dict(tqdm(workers.results(forecast_bundle, bundles), total=len(bundles), disable=None, leave=False))
    return [one for number in sorted(answers) for one in answers[number]]


def forecast_bundle(work: Sequence[Work]) -> list[Done]:
    """What comes of some series."""
    return [{name: [_fitted(name, one, fit) for fit in one.fits] for name in one.names} for one in work]


def _fitted(name: BaselineName, work: Work, fit: Fit) -> Fitted:
    try:
        forecasts, label = forecast(name, work.series, fit.values, fit.origins, work.horizon, work.season)
    except ValueError as error:
        return Fitted(np.repeat(work.series[fit.origins][:, None], work.horizon, axis=1), str(error), failed=True)
    return Fitted(forecasts, label, failed=False)
