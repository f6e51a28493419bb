"""Which ARMA processes may be asked for: by the roots of their polynomials.

They are not looked for: every stage reads params.yaml, and NumPy would take a quarter of that.
"""

from collections.abc import Sequence

MARGIN = 1e-4
"""What a root must keep from the unit circle: one on it is only found to within rounding, and a process near it forgets
its start too slowly to be simulated."""


def is_stationary(ar: Sequence[float]) -> bool:
    """Whether the process settles: all roots of `1 - sum_i ar_i z^i` lie outside the unit circle, by MARGIN."""
    return inverse_roots_lie_within(1 - MARGIN, [-a for a in ar])


def is_invertible(ma: Sequence[float]) -> bool:
    """Whether its past tells the innovations `e`: all roots of `1 + sum_j ma_j z^j` lie outside the unit circle."""
    return inverse_roots_lie_within(1 - MARGIN, ma)


def inverse_roots_lie_within(radius: float, coefficients: Sequence[float]) -> bool:
    """Whether every root of `z^n + sum_i c_i z^(n-i)`, the inverse of one of `1 + sum_i c_i z^i`, is smaller.

    By Schur's and Cohn's criterion, order by order: Barndorff-Nielsen and Schou, On the parametrization of
    autoregressive models by partial autocorrelations (1973), theorem 2.
    """
    c = [coefficient / radius**i for i, coefficient in enumerate(coefficients, start=1)]
    while c:
        *rest, last = c
        if not abs(last) < 1:
            return False
        c = [(ahead - last * behind) / (1 - last**2) for ahead, behind in zip(rest, reversed(rest), strict=True)]
    return True
