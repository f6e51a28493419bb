"""What every cell is made of, on lanes: the two squashing functions, and products with a matrix of weights.

Shape letters: L lanes; a vector of n numbers is an array `(n, L)`, a matrix `(n, m, L)`.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from cellbench.learning.native.lanes import Lanes, clamp, exchange, get, put

Rows = NDArray[np.float32]
"""A vector or matrix of lanes."""

njit: Any = numba.njit  # which knows more options than its types
# Nothing here makes an array, so none is counted either: that and the rest halve what there is to compile.
OPTIONS = {"error_model": "numpy", "nogil": True, "_nrt": False, "no_rewrites": True}
PART: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **OPTIONS}
compiled = njit(**PART)
"""A part of compiled code, which Python never calls itself."""
compiled_in_place = njit(inline="always", **OPTIONS)
"""A part that one place calls: compiled there, as if it were written there."""
compiled_entry = njit(cache=True, **OPTIONS)
"""What Python calls: without the interpreter's lock, and kept on disk with all its parts."""

# Numerator and denominator of tanh(x), in powers of x²: Eigen's, which TensorFlow runs. Within 4e-7.
P = tuple(map(np.float32, (4.89352455891786e-03, 6.37261928875436e-04, 1.48572235717979e-05, 5.12229709037114e-08,
                           -8.60467152213735e-11, 2.00018790482477e-13, -2.76076847742355e-16)))  # fmt: skip
Q = tuple(map(np.float32, (4.89352518554385e-03, 2.26843463243900e-03, 1.18534705686654e-04, 1.19825839466702e-06)))
ONE_FROM = np.float32(7.90531110763549805)
"""Where tanh is 1 in single precision."""


@compiled
def tanh(x: Lanes) -> Lanes:
    p0, p1, p2, p3, p4, p5, p6 = P
    q0, q1, q2, q3 = Q
    x = clamp(x, ONE_FROM)
    s = x * x
    p = x * (p0 + s * (p1 + s * (p2 + s * (p3 + s * (p4 + s * (p5 + s * p6))))))
    return p / (q0 + s * (q1 + s * (q2 + s * q3)))


@compiled
def sigmoid(x: Lanes) -> Lanes:
    return 0.5 + 0.5 * tanh(0.5 * x)


@compiled
def shared(a: Lanes, width: int) -> Lanes:
    """In each of `width` lanes, 1, 2, 4 or 8, that lie side by side: the sum of them, the same bits in all."""
    if width > 1:
        a = a + exchange(a, 1)
    if width > 2:
        a = a + exchange(a, 2)
    if width > 4:
        a = a + exchange(a, 4)
    return a


@compiled
def add_product(a: Rows, x: Rows, W: Rows, first: int, end: int, shift: int) -> None:
    """a += x W, in some of the columns of W `(n, m, L)`, with x `(n, L)`; column k belongs to row k + shift."""
    for f in range(len(W)):
        x_f = get(x, f)
        for k in range(first, end):
            put(a, k + shift, get(a, k + shift) + x_f * get(W, (f, k)))


@compiled
def product_back(da: Rows, W: Rows, j: int, first: int, end: int, shift: int) -> Lanes:
    """The j-th of da Wᵀ, from some of the columns of W."""
    total = 0.0
    for k in range(first, end):
        total = total + get(da, k + shift) * get(W, (j, k))
    return total


@compiled
def add_outer(dW: Rows, x: Rows, da: Rows, first: int, end: int, shift: int) -> None:
    """dW += xᵀ da: what a product a = x W, given da, adds to the gradient of some of the columns of W."""
    for f in range(len(dW)):
        x_f = get(x, f)
        for k in range(first, end):
            put(dW, (f, k), get(dW, (f, k)) + x_f * get(da, k + shift))


@compiled
def add_all(db: Rows, da: Rows) -> None:
    """db += da, for a bias b `(1, m, L)`."""
    for k in range(len(da)):
        put(db, (0, k), get(db, (0, k)) + get(da, k))
