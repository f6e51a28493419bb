"""Which ARMA processes may be asked for: by the roots of their polynomials."""

from collections.abc import Sequence

import numpy as np

MARGIN = 1e-4
"""What a root must keep from the unit circle: one on it is only found to within rounding, and a process near it forgets
its start too slowly to be simulated."""


def is_stationary(ar: Sequence[float]) -> bool:
    """Whether the process settles: all roots of `1 - sum_i ar_i z^i` lie outside the unit circle, by MARGIN."""
    return largest_inverse_root([-a for a in ar]) < 1 - MARGIN


def is_invertible(ma: Sequence[float]) -> bool:
    """Whether its past tells the innovations `e`: all roots of `1 + sum_j ma_j z^j` lie outside the unit circle."""
    return largest_inverse_root(ma) < 1 - MARGIN


def largest_inverse_root(coefficients: Sequence[float]) -> float:
    """The modulus of the largest root of `z^n + sum_i c_i z^(n-i)`, the inverse of one of `1 + sum_i c_i z^i`; or 0."""
    return float(np.abs(np.roots([1, *coefficients])).max(initial=0.0))
