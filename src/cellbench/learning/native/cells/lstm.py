"""The LSTM, compiled: see `cells/lstm.py`."""

from typing import NamedTuple

from cellbench.learning.native.cell_step import implement
from cellbench.learning.native.functions import Rows, add_all, add_outer, add_product, product_back, sigmoid, tanh
from cellbench.learning.native.lanes import get, put


class LSTM(NamedTuple):
    """The weights, or their gradients: W `(F, 4H, L)`, U `(H, 4H, L)`, b `(1, 4H, L)`."""

    W: Rows
    U: Rows
    b: Rows


def forward(w: LSTM, x: Rows, state: Rows, new_state: Rows, memo: Rows) -> None:
    """
    a = x W + h U + b
    i, f, g, o = σ(a_i), σ(a_f), tanh(a_g), σ(a_o)
    c' = f c + i g
    h' = o tanh(c')
    """
    W, U, b = w
    H = len(U)
    for k in range(4 * H):
        put(memo, k, get(b, (0, k)))
    add_product(memo, x, W, 0, 4 * H)
    add_product(memo, state, U, 0, 4 * H)
    for j in range(H):
        i, f = sigmoid(get(memo, j)), sigmoid(get(memo, H + j))
        g, o = tanh(get(memo, 2 * H + j)), sigmoid(get(memo, 3 * H + j))
        c = f * get(state, H + j) + i * g
        tanh_c = tanh(c)
        put(new_state, j, o * tanh_c)
        put(new_state, H + j, c)
        put(memo, j, i)
        put(memo, H + j, f)
        put(memo, 2 * H + j, g)
        put(memo, 3 * H + j, o)
        put(memo, 4 * H + j, tanh_c)


def backward(w: LSTM, dw: LSTM, x: Rows, state: Rows, memo: Rows, d_state: Rows, da: Rows) -> None:
    """
    dc' += dh' o (1 - tanh²(c'))
    da_i = dc' g i (1 - i)             da_f = dc' c f (1 - f)
    da_g = dc' i (1 - g²)              da_o = dh' tanh(c') o (1 - o)
    dW += xᵀ da       dU += hᵀ da      db += da
    dc = dc' f        dh = da Uᵀ
    """
    _, U, _ = w
    dW, dU, db = dw
    H = len(U)
    for j in range(H):
        i, f, g, o = get(memo, j), get(memo, H + j), get(memo, 2 * H + j), get(memo, 3 * H + j)
        tanh_c = get(memo, 4 * H + j)
        dh = get(d_state, j)
        dc = get(d_state, H + j) + dh * o * (1 - tanh_c * tanh_c)
        put(da, j, dc * g * i * (1 - i))
        put(da, H + j, dc * get(state, H + j) * f * (1 - f))
        put(da, 2 * H + j, dc * i * (1 - g * g))
        put(da, 3 * H + j, dh * tanh_c * o * (1 - o))
        put(d_state, H + j, dc * f)
    add_outer(dW, x, da, 0, 4 * H)
    add_outer(dU, state, da, 0, 4 * H)
    add_all(db, da)
    for j in range(H):
        put(d_state, j, product_back(da, U, j, 0, 4 * H))


STATE = 2  # h, c
MEMO = 5  # i, f, g, o, tanh c'
implement(LSTM, forward, backward)
