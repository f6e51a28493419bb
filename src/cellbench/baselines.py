"""What a cell must beat: forecasts that need no network."""

import numpy as np
from numpy.typing import NDArray


def training_mean(targets: NDArray[np.float32], outputs: int) -> NDArray[np.float64]:
    """The mean of the training targets `(N, Y)` as everybody's forecast `(1, 1, O)`: one replicate, any sample.

    One output that meets many targets is forecast by the mean of them all.
    """
    mean: NDArray[np.float64] = targets.reshape(len(targets), outputs, -1).mean(axis=(0, 2), dtype=np.float64)
    return mean[None, None]
