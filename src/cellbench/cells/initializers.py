"""How Keras draws the first weights of a recurrent layer, for one replicate."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def glorot_uniform(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Uniform on ±sqrt(6 / (rows + columns)), over the gates side by side (Glorot and Bengio 2010, eq. 16)."""
    limit = np.sqrt(6 / (rows + columns))
    return random.uniform(-limit, limit, (rows, columns)).astype(np.float32)


def orthogonal(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Orthonormal rows (or columns, where there are fewer), uniform among all such (Saxe et al. 2014)."""
    q, r = np.linalg.qr(random.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # makes the decomposition unique, and with it the draw uniform
    return (q if rows >= columns else q.T).astype(np.float32)


def zeros(rows: int, columns: int) -> Array:
    """Biases before training."""
    return np.zeros((rows, columns), np.float32)
