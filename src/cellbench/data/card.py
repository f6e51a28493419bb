"""What is said of a dataset; nothing about the test periods, since a training depends on it.

Shape letters: N values.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from cellbench.config.csv_form import USUAL, CsvForm
from cellbench.config.sources import Missing
from cellbench.data.scaling import Array, Positions


class DatasetCard(BaseModel, frozen=True):
    """As it stands in dataset.json."""

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
    form: CsvForm = USUAL
    """How its table is written."""
    named_by: str | None = None
    """The column that names the series of each row, where there are several."""
    names: list[str] = []
    """Of the series."""
    last: list[str] = []
    """The time of the last known row of each series."""
    apart: tuple[float, str] | None = None
    """How far apart the known times of the first series are: see `Timeline.apart`."""
    minimum: float | None = None
    """What neither a value nor a forecast is below."""
    lowest: list[float] = []
    highest: list[float] = []
    """The range of the target of each series in the period train."""
    validation_samples: int

    def beyond(self, values: Array, series: Positions) -> NDArray[np.bool_]:
        """Which values `(N,)` of series `(N,)` lie beyond the range of the period train."""
        return (values < np.array(self.lowest)[series]) | (values > np.array(self.highest)[series])

    @property
    def reach(self) -> int:
        """How many steps ahead prediction intervals go: with future features unknown, no further than the horizon."""
        return self.outputs if len(self.columns) > 1 else max(12, 2 * self.outputs)

    @property
    def is_series(self) -> bool:
        return self.timesteps is None
