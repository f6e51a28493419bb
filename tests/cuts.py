"""A series of numbers, and its samples."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench.config.sources import CsvFile
from cellbench.data.dataset import Dataset
from cellbench.data.series import Series
from cellbench.data.timeline import numbered, read_timeline
from cellbench.data.windows import cut

Array = NDArray[np.float64]
THIRDS = {"train": 4, "validation": 7, "test": 10}


def series(values: Any, labels: list[str] | None = None) -> Series:
    """A series of fully observed rows, numbered 1, 2, ... where there are no labels."""
    columns = np.asarray(values, float).reshape(len(values), -1)
    timeline = read_timeline(pd.Series(labels, name="time"), "x.csv") if labels else numbered(len(columns))
    return Series(timeline, ("y", "feature")[: columns.shape[1]], columns, np.ones(len(columns), bool))


def split(of: Series, until: dict[str, Any] = THIRDS, window: int = 2, horizon: int = 1, **said: Any) -> Dataset:
    keys = {"window": window, "horizon": horizon, "until": until, "scaling": "train", **said}
    return cut(of, CsvFile(source="csv", path="data/raw/x.csv", target="y", **keys), "own", None)


TENS = series(10 * np.arange(1, 11))
