"""An autoregressive moving-average process: a series whose best possible forecast is known.

`x_t = sum_i ar_i x_{t-i} + e_t + sum_j ma_j e_{t-j}`, with `e` independent and normal, of mean 0 and deviation `sigma`.
"""

from collections.abc import Sequence

import numpy as np
from statsmodels.tsa.arima_process import arma_generate_sample

from cellbench.data.scaling import Array


def simulate(ar: Sequence[float], ma: Sequence[float], sigma: float, length: int, random: np.random.Generator) -> Array:
    """A stationary process at `length` successive times, `(length,)`, long after it began at 0.

    Of equal generators, the longer series begins with the shorter.
    """
    slowest = np.abs(np.roots([1, *(-a for a in ar)])).max(initial=0.0)
    forgotten = np.log(1e-8) / np.log(max(slowest, 0.5))  # steps until a hundred-millionth of the start is left
    return arma_generate_sample(
        [1, *(-a for a in ar)],
        [1, *ma],
        length,
        scale=sigma,
        distrvs=random.standard_normal,
        burnin=int(forgotten) + len(ar) + len(ma),
    )
