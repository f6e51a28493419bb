"""A series of numbers, and its samples as a recipe sees them."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench.config.recipe import Recipe
from cellbench.config.sources import CsvFile
from cellbench.data.card import DatasetCard
from cellbench.data.dataset import Dataset, Positions, Samples
from cellbench.data.scaling import View
from cellbench.data.series import Series
from cellbench.data.timeline import numbered, read_timeline
from cellbench.prepare.periods import divide

Array = NDArray[np.float64]
THIRDS = {"train": 4, "validation": 7, "test": 10}


def series(values: Any, labels: list[str] | None = None, observed: Any = True, name: str = "y") -> Series:
    """A series of rows, numbered 1, 2, ... where there are no labels."""
    columns = np.asarray(values, float).reshape(len(values), -1)
    timeline = read_timeline(pd.Series(labels, name="time"), "x.csv") if labels else numbered(len(columns))
    seen = np.broadcast_to(observed, len(columns)).copy()
    return Series(name, timeline, ("y", "feature")[: columns.shape[1]], columns, seen)


def rows(of: Series, until: dict[str, Any] = THIRDS, **said: Any) -> Dataset:
    """A series divided into periods."""
    source = CsvFile(source="csv", path="data/raw/x.csv", target="y", until=until, **said)
    return divide([of], source, "datasets.own")


class Cut(NamedTuple):
    """All samples of a dataset as a recipe sees them."""

    data: Dataset
    view: View
    train: Samples
    """Of the whole training part, as `learning` and `validation` are its two periods."""
    learning: Samples
    validation: Samples
    tests: dict[str, Samples]
    future: Samples
    window: int

    @property
    def card(self) -> DatasetCard:
        return self.data.card

    def origins(self, *periods: str) -> Positions:
        return self.data.origins(*periods, window=self.window)


def cut(data: Dataset, window: int = 2, transform: Any = "none", scaling: Any = "train") -> Cut:
    recipe = Recipe(window=window, transform=transform, scaling=scaling)
    view = data.view(recipe, "experiments.own")
    assert view is not None

    def samples(*periods: str) -> Samples:
        return data.samples(data.origins(*periods, window=window), view, "experiments.own")

    tests = {period: samples(period) for period in data.test_periods}
    parts = samples("train", "validation"), samples("train"), samples("validation")
    return Cut(data, view, *parts, tests, samples("future"), window)


def split(of: Series, until: dict[str, Any] = THIRDS, horizon: int = 1, season: int | None = None, **seen: Any) -> Cut:
    """A series divided into periods and cut."""
    return cut(rows(of, until, horizon=horizon, season=season), **seen)


TENS = series(10 * np.arange(1, 11))
