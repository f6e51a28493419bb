"""The GRU of the notebook's text, compiled: see `cells/gru.py`."""

from typing import NamedTuple

from cellbench.learning.native.cell_step import implement
from cellbench.learning.native.functions import Rows, add_outer, add_product, product_back, sigmoid, tanh
from cellbench.learning.native.lanes import get, put


class GRU(NamedTuple):
    """The weights, or their gradients: W `(F, 3H, L)`, U `(H, 3H, L)`."""

    W: Rows
    U: Rows


def forward(w: GRU, x: Rows, h: Rows, new_h: Rows, memo: Rows) -> None:
    """
    z, r = σ(x W_z + h U_z), σ(x W_r + h U_r)
    q = r h
    h~ = tanh(x W_h + q U_h)
    h' = (1 - z) h + z h~
    """
    W, U = w
    H = len(U)
    q = memo[3 * H :]
    for k in range(3 * H):
        put(memo, k, 0)
    add_product(memo, x, W, 0, 3 * H)
    add_product(memo, h, U, 0, 2 * H)
    for j in range(H):
        r = sigmoid(get(memo, H + j))
        put(memo, H + j, r)
        put(q, j, r * get(h, j))
    add_product(memo, q, U, 2 * H, 3 * H)
    for j in range(H):
        z, candidate = sigmoid(get(memo, j)), tanh(get(memo, 2 * H + j))
        put(memo, j, z)
        put(memo, 2 * H + j, candidate)
        put(new_h, j, (1 - z) * get(h, j) + z * candidate)


def backward(w: GRU, dw: GRU, x: Rows, h: Rows, memo: Rows, dh: Rows, da: Rows) -> None:
    """
    da_z = dh' (h~ - h) z (1 - z)      da_h = dh' z (1 - h~²)
    dq = da_h U_hᵀ                     da_r = dq h r (1 - r)
    dW += xᵀ da       dU_z,r += hᵀ da_z,r       dU_h += qᵀ da_h
    dh = dh' (1 - z) + dq r + da_z,r U_z,rᵀ
    """
    _, U = w
    dW, dU = dw
    H = len(U)
    q = memo[3 * H :]
    for j in range(H):
        z, candidate = get(memo, j), get(memo, 2 * H + j)
        put(da, j, get(dh, j) * (candidate - get(h, j)) * z * (1 - z))
        put(da, 2 * H + j, get(dh, j) * z * (1 - candidate * candidate))
    for j in range(H):
        z, r = get(memo, j), get(memo, H + j)
        dq = product_back(da, U, j, 2 * H, 3 * H)
        put(da, H + j, dq * get(h, j) * r * (1 - r))
        put(dh, j, get(dh, j) * (1 - z) + dq * r)
    add_outer(dW, x, da, 0, 3 * H)
    add_outer(dU, h, da, 0, 2 * H)
    add_outer(dU, q, da, 2 * H, 3 * H)
    for j in range(H):
        put(dh, j, get(dh, j) + product_back(da, U, j, 0, 2 * H))


STATE = 1  # h
MEMO = 4  # z, r, h~, q = r h
implement(GRU, forward, backward)
