"""How good forecasts are, replicate by replicate.

Shape letters: R replicates, N samples, O outputs, Y targets. One output may be compared with several targets: each of O
outputs meets the Y / O targets that are its own.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NOTHING = 1e-12
"""A mean squared error, as a share of that of the mean, which is rounding."""
METRICS = ("test_mse", "test_rmse", "test_mae")


def squared_errors(outputs: Array, targets: Array) -> Array:
    """Squared error of each output, averaged over its targets: `(R, N, O)` and `(N, Y)` to `(R, N, O)`."""
    errors: Array = np.square(_errors(outputs, targets)).mean(axis=-1)
    return errors


def score(outputs: Array, targets: Array) -> dict[str, Array]:
    """The METRICS of each replicate `(R,)`, in the units of the targets (the MSE in their square)."""
    errors = _errors(outputs, targets)
    mse = np.square(errors).mean(axis=(1, 2, 3))
    return dict(zip(METRICS, (mse, np.sqrt(mse), np.abs(errors).mean(axis=(1, 2, 3))), strict=True))


def naive_error(series: Array, season: int) -> float:
    """What MASE divides the mean absolute error by (Hyndman and Koehler 2006): that of the naive forecast in training.

    Args:
        series: the training part `(L,)`.
        season: rows after which the pattern returns; 1 where there is none.
    """
    return float(np.abs(series[season:] - series[:-season]).mean())


def _errors(outputs: Array, targets: Array) -> Array:
    """`(R, N, O, Y / O)`."""
    samples, count = outputs.shape[1:]
    errors: Array = outputs[..., None] - targets.reshape(samples, count, -1)
    return errors
