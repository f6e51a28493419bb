"""The GRU that Keras and torch run, compiled: see `cells/gru_reset_after.py`."""

from typing import NamedTuple

from cellbench.learning.native.cell_step import implement
from cellbench.learning.native.functions import Rows, add_all, add_outer, add_product, product_back, sigmoid, tanh
from cellbench.learning.native.lanes import get, put


class GRUResetAfter(NamedTuple):
    """The weights, or their gradients: W `(F, 3H, L)`, U `(H, 3H, L)`, b and d `(1, 3H, L)`."""

    W: Rows
    U: Rows
    b: Rows
    d: Rows


def forward(w: GRUResetAfter, x: Rows, h: Rows, new_h: Rows, memo: Rows) -> None:
    """
    z, r = σ(x W_z + b_z + h U_z + d_z), σ(x W_r + b_r + h U_r + d_r)
    s_h = h U_h + d_h
    h~ = tanh(x W_h + b_h + r s_h)
    h' = z h + (1 - z) h~
    """
    W, U, b, d = w
    H = len(U)
    s = memo[H:]  # its columns 2H to 3H are the last of memo
    for k in range(2 * H):
        put(memo, k, get(b, (0, k)) + get(d, (0, k)))
    for k in range(2 * H, 3 * H):
        put(memo, k, get(b, (0, k)))
        put(s, k, get(d, (0, k)))
    add_product(memo, x, W, 0, 3 * H)
    add_product(memo, h, U, 0, 2 * H)
    add_product(s, h, U, 2 * H, 3 * H)
    for j in range(H):
        z, r = sigmoid(get(memo, j)), sigmoid(get(memo, H + j))
        candidate = tanh(get(memo, 2 * H + j) + r * get(s, 2 * H + j))
        put(memo, j, z)
        put(memo, H + j, r)
        put(memo, 2 * H + j, candidate)
        put(new_h, j, z * get(h, j) + (1 - z) * candidate)


def backward(w: GRUResetAfter, dw: GRUResetAfter, x: Rows, h: Rows, memo: Rows, dh: Rows, da: Rows) -> None:
    """
    da_z = dh' (h - h~) z (1 - z)      da_h = dh' (1 - z) (1 - h~²)      da_r = da_h s_h r (1 - r)
    ds_z,r = da_z,r                    ds_h = da_h r
    dW += xᵀ da       db += da         dU += hᵀ ds       dd += ds
    dh = dh' z + ds Uᵀ
    """
    _, U, _, _ = w
    dW, dU, db, dd = dw
    H = len(U)
    for j in range(H):
        z, r, candidate = get(memo, j), get(memo, H + j), get(memo, 2 * H + j)
        da_h = get(dh, j) * (1 - z) * (1 - candidate * candidate)
        put(da, j, get(dh, j) * (get(h, j) - candidate) * z * (1 - z))
        put(da, H + j, da_h * get(memo, 3 * H + j) * r * (1 - r))
        put(da, 2 * H + j, da_h)
    add_outer(dW, x, da, 0, 3 * H)
    add_all(db, da)
    ds = da  # but for the candidate, which the state reaches through the reset gate
    for j in range(H):
        put(ds, 2 * H + j, get(da, 2 * H + j) * get(memo, H + j))
    add_outer(dU, h, ds, 0, 3 * H)
    add_all(dd, ds)
    for j in range(H):
        put(dh, j, get(dh, j) * get(memo, j) + product_back(ds, U, j, 0, 3 * H))


STATE = 1  # h
MEMO = 4  # z, r, h~, s_h
implement(GRUResetAfter, forward, backward)
