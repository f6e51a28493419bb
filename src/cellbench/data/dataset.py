"""A dataset as it lies in `data/<dataset>/`: a card, and tables of rows from which samples are cut when needed.

    known.csv   the rows up to the end of the period validation
    test.csv    the rows after it, and those that come next (period `future`), whose values are not known

A row names its series, its time and its period. Noise is many short series, each of which is one sample.

Shape letters: L rows, F columns, N samples, T timesteps, O outputs (one per step of the horizon), Y targets.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import BaseModel

from cellbench import InputError
from cellbench.config.recipe import Recipe
from cellbench.config.sources import Missing
from cellbench.data.scaling import Array, Scaling, View, fit_view, transformed, windows_at
from cellbench.files import read_card, read_table, write_json, write_table
from cellbench.project import rerun_command

Positions = NDArray[np.int64]
KNOWN, TEST = "known.csv", "test.csv"
DESCRIBED = ["series", "time", "period", "observed"]
"""The columns that describe a row; the target and further features follow."""


class DatasetCard(BaseModel, frozen=True):
    """What is said of a dataset; nothing about the test periods, since a training depends on it."""

    timesteps: int | None = None
    """Of each sample of noise."""
    outputs: int
    season: int | None = None
    columns: list[str] = []
    """Of a series: the target first, then further features."""
    time: str | None = None
    """The column of time labels."""
    missing: Missing = "error"
    """What is done about a row without a value."""
    lowest: float = 0.0
    highest: float = 0.0
    """The range of its target in the period train."""
    validation_samples: int

    def beyond(self, values: Array) -> NDArray[np.bool_]:
        """Which values of the series lie beyond the range of the period train."""
        return (values < self.lowest) | (values > self.highest)

    @property
    def reach(self) -> int:
        """How many steps ahead prediction intervals go: with future features unknown, no further than the horizon."""
        return self.outputs if len(self.columns) > 1 else max(12, 2 * self.outputs)

    @property
    def is_series(self) -> bool:
        return self.timesteps is None


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

    @property
    def known(self) -> int:
        """How many rows a training may see."""
        return self.until("train", "validation")

    def until(self, *periods: str) -> int:
        """How many rows there are to the end of some periods, in which a row was observed: a filled-in one rests on
        what follows.
        """
        seen = self.rows["period"].isin(periods).to_numpy() & self.rows["observed"].to_numpy()
        return int(np.flatnonzero(seen)[-1]) + 1

    @property
    def test_periods(self) -> list[str]:
        """Their names, in the order of time."""
        others = ("", "train", "validation", "future")
        return [period for period in self.rows["period"].dropna().unique() if period not in others]

    def origins(self, *periods: str, window: int = 1) -> Positions:
        """The samples whose targets all lie in some periods, by the last row that each sees; of noise by its number.

        Only a row that was observed is a target or an origin: a filled-in value rests on the next one observed. It may
        stand inside a window, where that one is known as well.

        Args:
            window: rows that there must be up to the origin.
        """
        inside = self.rows["period"].isin(periods).to_numpy()
        if self.card.timesteps:
            return np.flatnonzero(inside[:: self.card.timesteps])
        observed = self.rows["observed"].to_numpy()
        steps: NDArray[np.bool_] = np.all(sliding_window_view((inside & observed)[1:], self.card.outputs), axis=1)
        found = np.flatnonzero(steps & observed[: len(steps)])
        return found[found >= window - 1]

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
            return self.rows["series"].to_numpy(str)[origins * self.card.timesteps, None]
        return self.rows["time"].to_numpy(str)[self._steps(origins)]

    def view(self, recipe: Recipe, place: str) -> View | None:
        """What a recipe lets a network see of the series, fitted to the period train; noise is seen as it is.

        Raises:
            InputError: the window is too long for the period, or the transform is not defined on a value.
        """
        if not self.card.is_series:
            return None
        assert recipe.window  # checked in params.yaml
        origins, train = self.origins("train", window=recipe.window), (self.rows["period"] == "train").to_numpy()
        if not len(origins):
            raise InputError(
                f"{place}.window: the {train.sum()} rows of the period train hold no sample with a window of "
                f"{recipe.window} and a horizon of {self.card.outputs}"
            )
        values = self._transformed(recipe, place)
        windows, targets = windows_at(values, origins, recipe.window), values[self._steps(origins), 0]
        return fit_view(recipe, values[train & self.rows["observed"].to_numpy()], windows, targets, self.card.season)

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
            x, scaling = view.inputs(self.windows(origins, view, place))
        if not np.isfinite(x).all():
            raise InputError(f"{place}: a value is so far from those of the period train that it cannot be scaled")
        return Samples(x, scaling.from_units(truth).astype(np.float32), truth, scaling)

    def windows(self, origins: Positions, view: View, place: str) -> Array:
        """The transformed windows up to the origins, `(N, T, F)`."""
        return windows_at(self._transformed(view, place), origins, view.window)

    def following(self, origins: Positions, steps: int, *periods: str) -> Array:
        """The values after the origins, `(N, steps)`; NaN where none was observed in one of the periods."""
        seen = self.rows["period"].isin(periods) & self.rows["observed"]
        values = np.append(np.where(seen, self.values[:, 0], np.nan), np.full(steps, np.nan))
        return values[origins[:, None] + np.arange(1, steps + 1)]

    def _steps(self, origins: Positions) -> Positions:
        """The rows that samples forecast, `(N, O)`."""
        return origins[:, None] + np.arange(1, self.card.outputs + 1)

    def _transformed(self, seen: Recipe | View, place: str) -> Array:
        return transformed(self.values, seen.transform, self.card.columns[0], self.rows["time"].tolist(), place)


def save_dataset(dataset: Dataset, folder: Path) -> None:
    """Write known.csv, test.csv and dataset.json."""
    rows = dataset.rows.copy()
    for column in rows.columns.drop(DESCRIBED):  # as text: to the last bit
        rows[column] = np.where(rows[column].isna(), "", rows[column].to_numpy().astype(str))
    write_table(folder / KNOWN, rows[: dataset.known])
    write_table(folder / TEST, rows[dataset.known :])
    write_json(folder / "dataset.json", dataset.card.model_dump(mode="json"))


def load_dataset(folder: Path, *files: str) -> Dataset:
    """Read the rows of a dataset that may be seen: KNOWN, or KNOWN and TEST.

    Raises:
        InputError: a file is missing, broken, or holds numbers that are not finite.
    """
    rows = pd.concat([_read_rows(folder / file) for file in files], ignore_index=True)
    return Dataset(read_card(folder / "dataset.json", DatasetCard), rows)


def _read_rows(path: Path) -> pd.DataFrame:
    rows, again = read_table(path), rerun_command(f"prepare@{path.parent.name}")
    if rows.columns[: len(DESCRIBED)].tolist() != DESCRIBED or rows["observed"].dtype != bool:
        raise InputError(f"{path}: broken: not a table of rows; run `{again}`")
    numbers = rows.drop(columns=DESCRIBED)[rows["period"] != "future"]
    if not np.isfinite(numbers.apply(pd.to_numeric, errors="coerce")).all(axis=None):
        raise InputError(f"{path}: holds numbers that are not finite; run `{again}`")
    return rows
