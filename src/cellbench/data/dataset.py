"""A dataset: a card, and a table of rows from which samples are cut when needed.

A row names its series, its time and its period; the series stand one after the other. Noise is many short series, each
of which is one sample, numbered in each period from 1: for noise, `series` and `first` have no meaning.

Shape letters: S series, L rows of all of them, F columns, N samples, T timesteps, O outputs (one per step of the
horizon), Y targets.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.config.recipe import Recipe
from cellbench.data.card import DatasetCard
from cellbench.data.scaling import Array, Positions, Scaling, View, fit_scaling, means_by, transformed, windows_at

DESCRIBED = ["series", "time", "period", "observed"]
"""The columns that describe a row; the target and further features follow."""


@dataclass(frozen=True)
class Samples:
    """Samples as a network sees them, in the order of time."""

    x: NDArray[np.float32]
    """Inputs `(N, T, F)`, scaled."""
    y: NDArray[np.float32]
    """Targets `(N, Y)`, scaled; NaN in the future."""
    truth: Array
    """Targets `(N, Y)` in the units of the series."""
    scaling: Scaling
    """How to get back to these units."""


@dataclass(frozen=True)
class Dataset:
    """The rows of a dataset, or those of them that may be seen."""

    card: DatasetCard
    rows: pd.DataFrame
    """The columns DESCRIBED, then the target and the features."""

    @cached_property
    def values(self) -> Array:
        """The target and the features, `(L, F)`, in their own units."""
        return self.rows.drop(columns=DESCRIBED).to_numpy(float)

    @cached_property
    def series(self) -> Positions:
        """The number of the series of each row, from 0, `(L,)`."""
        return pd.factorize(self.rows["series"])[0]

    @cached_property
    def first(self) -> Positions:
        """The first row of the series of each row, `(L,)`."""
        return np.searchsorted(self.series, self.series)

    def only(self, rows: NDArray[np.bool_]) -> "Dataset":
        """The dataset of some rows `(L,)`."""
        return Dataset(self.card, self.rows[rows].reset_index(drop=True))

    def until(self, *periods: str) -> NDArray[np.bool_]:
        """The rows to the end of some periods, in which a row was observed: a filled-in one rests on what follows."""
        seen = np.flatnonzero(self.observed(*periods))
        last = np.full(self.series.max() + 1, -1)
        last[self.series[seen]] = seen  # of several, the last one stays
        return np.arange(len(self.rows)) <= last[self.series]

    def observed(self, *periods: str) -> NDArray[np.bool_]:
        """The rows of some periods that were observed, `(L,)`."""
        return (self.rows["period"].isin(periods) & self.rows["observed"]).to_numpy()

    @property
    def test_periods(self) -> list[str]:
        """Their names, in the order of time."""
        return [of for of in self.rows["period"].dropna().unique() if of not in ("", "train", "validation", "future")]

    @property
    def is_many(self) -> bool:
        """Whether there are several series, whose errors are compared relative to what is usual in each."""
        return len(self.card.names) > 1

    def naive_errors(self, *periods: str) -> tuple[Array, Array]:
        """The mean absolute and the mean squared error `(S,)` of the naive forecast, the value one season or row
        before, up to the end of some periods; NaN of a series that does not change there.
        """
        season, seen = self.card.season or 1, self.until(*periods)
        after = np.flatnonzero(seen[season:] & (self.first[season:] == self.first[:-season])) + season
        change = self.values[after, 0] - self.values[after - season, 0]
        means = means_by(self.series[after], np.stack([np.abs(change), np.square(change)]), self.series[-1] + 1)
        absolute, squared = np.where(means > 0, means, np.nan)
        return absolute, squared

    def validation_errors(self, forecasts: Array) -> Array:
        """The error `(R,)` of forecasts `(R, V, O)` of the validation samples: their MSE, or of several series the mean
        of their squared RMSSE, relative to the naive forecast on the period train (Hyndman & Koehler 2006).
        """
        origins = self.origins("validation")
        squares = np.square(forecasts - self.truth(origins))
        if not self.is_many:
            return squares.mean(axis=(1, 2))
        _, unit = self.naive_errors("train")
        errors = means_by(self.series[origins], squares.mean(axis=2), len(unit)) / unit
        return errors[:, ~np.isnan(unit) & np.isin(np.arange(len(unit)), self.series[origins])].mean(axis=1)

    def origins(self, *periods: str, window: int = 1) -> Positions:
        """The samples whose targets all lie in some periods, by the last row that each sees, or of noise by its number,
        with so many rows up to there.

        Only a row that was observed is a target or an origin: a filled-in value rests on the next one observed. It may
        stand inside a window, where that one is known as well.
        """
        inside = self.observed(*periods)
        if self.card.timesteps:
            return np.flatnonzero(inside[:: self.card.timesteps])
        steps = np.all(sliding_window_view(inside[1:], self.card.outputs), axis=1)
        found = np.flatnonzero(steps & self.rows["observed"].to_numpy()[: len(steps)])
        alone = self.series[found] == self.series[found + self.card.outputs]
        return found[alone & (found - self.first[found] >= window - 1)]

    def truth(self, origins: Positions) -> Array:
        """The targets of samples `(N, Y)`."""
        if self.card.timesteps:
            return self.values[:, 0].reshape(-1, self.card.timesteps)[origins]
        return self.values[self._steps(origins), 0]

    def by_output(self, origins: Positions) -> Array:
        """The mean of the targets that each output is compared with, `(N, O)`."""
        truth, outputs = self.truth(origins), self.card.outputs
        return truth.reshape(len(truth), outputs, truth.shape[1] // outputs).mean(axis=2)

    def labels(self, origins: Positions) -> NDArray[np.str_]:
        """The times of the targets of samples `(N, O)`; of noise its number in its period."""
        if self.card.timesteps:
            return self.rows["series"].to_numpy()[origins * self.card.timesteps, None].astype(str)
        return self.rows["time"].to_numpy()[self._steps(origins)].astype(str)

    def view(self, recipe: Recipe, place: str) -> View | None:
        """What a recipe lets a network see of each series, fitted to the period train; noise is seen as it is.

        Raises:
            InputError: the window is too long for the period, or the transform is not defined on a value.
        """
        if not self.card.is_series:
            return None
        assert recipe.window  # checked in params.yaml, like the scaling
        assert recipe.scaling
        origins, seen = self.origins("train", window=recipe.window), np.flatnonzero(self.observed("train"))
        if not len(origins):
            shorter = self.origins("train")
            longest = int((shorter - self.first[shorter] + 1).max(initial=0))
            raise InputError(
                f"{place}.window: the {len(seen)} rows of the period train hold no sample with a window of "
                f"{recipe.window} and a horizon of {self.card.outputs}; {longest or 'none'} fits"
            )
        values = self._transformed(recipe, place)
        rows = np.split(values[seen], np.searchsorted(self.series[seen], np.arange(1, self.series[-1] + 1)))
        windows, targets = windows_at(values, origins, recipe.window, self.first), values[self._steps(origins), 0]
        scaling = fit_scaling(recipe.scaling, rows, windows, targets, self.series[origins], self.card.season)
        return View(window=recipe.window, transform=recipe.transform, scaling=scaling, minimum=self.card.minimum)

    def samples(self, origins: Positions, view: View | None, place: str) -> Samples:
        """Samples as a network sees them.

        Args:
            place: of the experiment in params.yaml, for messages.

        Raises:
            InputError: the transform is not defined on a value, or one cannot be scaled.
        """
        truth = self.truth(origins)
        if view is None:
            inputs = self.values[:, 1:].reshape(-1, self.card.timesteps or 0, self.values.shape[1] - 1)
            x = inputs[origins].astype(np.float32)
            scaling = Scaling("none", np.zeros((len(origins), 1)), np.ones(len(origins)))
        else:
            x, scaling = view.inputs(self.windows(origins, view, place), self.series[origins])
        if not np.isfinite(x).all():
            raise InputError(f"{place}: a value is so far from those of the period train that it cannot be scaled")
        return Samples(x, scaling.from_units(truth).astype(np.float32), truth, scaling)

    def windows(self, origins: Positions, view: View, place: str) -> Array:
        """The transformed windows up to the origins, `(N, T, F)`."""
        return windows_at(self._transformed(view, place), origins, view.window, self.first)

    def following(self, origins: Positions, steps: int, *periods: str) -> Array:
        """The values after the origins, `(N, steps)`; NaN where none was observed in one of the periods."""
        seen, after = self.observed(*periods), origins[:, None] + np.arange(1, steps + 1)
        values = np.append(np.where(seen, self.values[:, 0], np.nan), np.full(steps, np.nan))
        series = np.append(self.series, np.full(steps, -1))
        return np.where(series[after] == self.series[origins, None], values[after], np.nan)

    def _steps(self, origins: Positions) -> Positions:
        """The rows that samples forecast, `(N, O)`."""
        return origins[:, None] + np.arange(1, self.card.outputs + 1)

    def _transformed(self, seen: Recipe | View, place: str) -> Array:
        return transformed(self.values, seen.transform, self.card.columns[0], self.rows["time"].tolist(), place)
