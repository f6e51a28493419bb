"""95 % intervals over seeds."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import sem, t

ALPHA = 0.05
Array = NDArray[np.float64]


def half_interval(values: Array) -> float | None:
    """Half of Student's 95 % interval for the expectation over all seeds of one value per replicate `(R,)`, around
    their mean; a single replicate gives none.
    """
    return None if len(values) < 2 else float(t.ppf(1 - ALPHA / 2, len(values) - 1) * sem(values))
