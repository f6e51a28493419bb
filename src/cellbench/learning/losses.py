"""What a training minimises, in one form that both engines compute: a function of each error of a scaled forecast.

With `c` the error times `steepness`, limited to ±`limit`, the loss is `c (error - half c)` and its slope `slope c`:

    mse    error²
    mae    |error|
    huber  error² / 2 up to 1, beyond it |error| - 1/2 (Huber 1964, eq. 4.2 with k = 1)
"""

import math
from typing import NamedTuple

from torch import Tensor

from cellbench.config.recipe import LossName


class Loss(NamedTuple):
    """See above."""

    steepness: float
    limit: float
    half: float
    slope: float

    def limited(self, error: Tensor) -> Tensor:
        """`c` of each error."""
        return (error * self.steepness).clamp(-self.limit, self.limit)

    def values(self, error: Tensor) -> Tensor:
        """The loss of each error."""
        c = self.limited(error)
        return c * (error - self.half * c)


LOSSES: dict[LossName, Loss] = {
    "mse": Loss(1, math.inf, 0, 2),
    "mae": Loss(1e30, 1, 0, 1),  # c is the sign of the error
    "huber": Loss(1, 1, 0.5, 1),
}
MSE = LOSSES["mse"]
