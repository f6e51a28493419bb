"""What a training minimises, in one form that both engines compute: a function of each error of a scaled forecast.

With `c` the error times `steepness`, limited to ±`limit`, the loss is `c (error - half c)` and its slope `slope c`:

    mse    error²
    mae    |error|
    huber  error² / 2 up to 1, beyond it |error| - 1/2 (Huber 1964, eq. 4.2 with k = 1)
"""

from typing import NamedTuple

import numpy as np
from torch import Tensor

from cellbench.config.params import LossName


class Loss(NamedTuple):
    """See above."""

    steepness: np.float32
    limit: np.float32
    half: np.float32
    slope: np.float32

    def limited(self, error: Tensor) -> Tensor:
        """`c` of each error."""
        return (error * float(self.steepness)).clamp(-float(self.limit), float(self.limit))

    def values(self, error: Tensor) -> Tensor:
        """The loss of each error."""
        c = self.limited(error)
        return c * (error - float(self.half) * c)


def _loss(steepness: float, limit: float, half: float, slope: float) -> Loss:
    return Loss(np.float32(steepness), np.float32(limit), np.float32(half), np.float32(slope))


LOSSES: dict[LossName, Loss] = {
    "mse": _loss(1, np.inf, 0, 2),
    "mae": _loss(1e30, 1, 0, 1),  # c is the sign of the error
    "huber": _loss(1, 1, 0.5, 1),
}
MSE = LOSSES["mse"]
