"""How good forecasts are, replicate by replicate.

Shape letters: R replicates, N samples, O outputs, Y targets. One output (O = 1) is compared with each of Y targets.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
METRICS = ("test_mse", "test_rmse", "test_mae")


def squared_errors(outputs: Array, targets: NDArray[np.float32]) -> Array:
    """Squared error of each sample, averaged over its targets: `(R, N, O)` and `(N, Y)` to `(R, N)`."""
    errors: Array = np.square(outputs - targets).mean(axis=2)
    return errors


def score(outputs: Array, targets: NDArray[np.float32]) -> dict[str, Array]:
    """The METRICS of each replicate `(R,)`, in the units of the targets (the MSE in their square)."""
    mse = squared_errors(outputs, targets).mean(axis=1)
    mae = np.abs(outputs - targets).mean(axis=(1, 2))
    return dict(zip(METRICS, (mse, np.sqrt(mse), mae), strict=True))
