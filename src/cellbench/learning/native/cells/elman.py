"""The Elman network, compiled: see `cells/elman.py`."""

from typing import NamedTuple

from cellbench.learning.native.cell_step import implement
from cellbench.learning.native.functions import Rows, add_all, add_outer, add_product, product_back, sigmoid, tanh
from cellbench.learning.native.lanes import get, put


class Elman(NamedTuple):
    """The weights, or their gradients: W `(F, H, L)`, U `(H, H, L)`, b `(1, H, L)`."""

    W: Rows
    U: Rows
    b: Rows
    is_sigmoid: bool
    """The activation: the sigmoid, or tanh."""


def forward(w: Elman, x: Rows, h: Rows, new_h: Rows, memo: Rows) -> None:
    """
    a = x W + h U + b
    h' = tanh(a), or σ(a)
    """
    W, U, b, is_sigmoid = w
    H = len(U)
    for j in range(H):
        put(memo, j, get(b, (0, j)))
    add_product(memo, x, W, 0, H)
    add_product(memo, h, U, 0, H)
    for j in range(H):
        a = get(memo, j)
        h_j = sigmoid(a) if is_sigmoid else tanh(a)
        put(new_h, j, h_j)
        put(memo, j, h_j)


def backward(w: Elman, dw: Elman, x: Rows, h: Rows, memo: Rows, dh: Rows, da: Rows) -> None:
    """
    da = dh' (1 - h'²), or dh' h' (1 - h')
    dW += xᵀ da       dU += hᵀ da      db += da
    dh = da Uᵀ
    """
    _, U, _, is_sigmoid = w
    dW, dU, db, _ = dw
    H = len(U)
    for j in range(H):
        h_j = get(memo, j)
        slope = h_j * (1 - h_j) if is_sigmoid else 1 - h_j * h_j
        put(da, j, get(dh, j) * slope)
    add_outer(dW, x, da, 0, H)
    add_outer(dU, h, da, 0, H)
    add_all(db, da)
    for j in range(H):
        put(dh, j, product_back(da, U, j, 0, H))


STATE = 1  # h
MEMO = 1  # h'
implement(Elman, forward, backward)
