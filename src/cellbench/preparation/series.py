"""A time series as it came from its source, before anything is cut, scaled or learned.

Shape letters: N rows, F columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellbench.preparation.timeline import Timeline

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """Equally spaced rows, in the order of time."""

    timeline: Timeline
    columns: tuple[str, ...]
    """Names of the columns: the target first, then further features."""
    values: Array
    """`(N, F)`, all finite; where a value was missing, the straight line between its neighbours."""
    observed: NDArray[np.bool_]
    """`(N,)`: whether no value of a row was filled in."""

    @property
    def target(self) -> Array:
        """What is to be forecast, `(N,)`, in its own units."""
        return self.values[:, 0]
