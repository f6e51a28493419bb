"""A block of mini-batches in LANES lanes at once: unroll the cell, read out, compare, go back, step.

A replicate takes one lane or several side by side, each for another sample of its mini-batch.

Shape letters: L lanes, N samples, C mini-batches, V passes over the lanes in each, T timesteps, F features, H units,
O outputs, Y targets, S rows of state, M of memo and K of da, P weights.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellbench.learning.losses import Loss
from cellbench.learning.native.derivation import Step
from cellbench.learning.native.functions import (
    Rows,
    add_all,
    add_outer,
    add_product,
    compiled,
    compiled_entry,
    compiled_in_place,
    product_back,
    shared,
)
from cellbench.learning.native.lanes import Lanes, clamp, get, put, sqrt
from cellbench.learning.native.step import backward, forward


class Weights(NamedTuple):
    """All weights of a network, or their gradients: views of one array `(P, L)`."""

    cell: tuple[Rows, ...]
    """As in its equation, each `(n, m, L)`."""
    readout: Rows
    """`(H, O, L)`."""
    bias: Rows
    """`(1, O, L)`."""
    skip: Rows
    """`(T F, O, L)`; `(0, O, L)` where there is none."""


class Adam(NamedTuple):
    """What Adam steps on and remembers, each `(P, L)`, and how (AdamW, Loshchilov and Hutter 2019, algorithm 2)."""

    weights: Rows
    gradient: Rows
    mean: Rows
    square: Rows
    steps: int
    """Taken before this block."""
    rate: float
    decay: float
    beta_1: float
    beta_2: float
    epsilon: float


class Workspace(NamedTuple):
    """Where one sample's way through the network is kept."""

    window: Rows
    """`(T, F, L)`."""
    flat_window: Rows
    """The same memory as `(T F, L)`."""
    state: Rows
    """`(T + 1, S, L)`; the first is zero."""
    memo: Rows
    """`(T, M, L)`."""
    d_state: Rows
    """`(S, L)`."""
    da: Rows
    """`(K, L)`."""
    output: Rows
    """`(O, L)`, then its gradient."""
    target: Rows
    """`(Y, L)`."""
    present: Rows
    """`(1, L)`: one in a lane that has a sample, zero in any other."""


@compiled_entry
def train_block(
    step: Step, w: Weights, dw: Weights, adam: Adam, work: Workspace,
    x: NDArray[np.float32], y: NDArray[np.float32], order: NDArray[np.int64], batch_size: int, width: int,
    loss: Loss, sums: Rows,
) -> None:  # fmt: skip
    """Train on consecutive mini-batches of x `(N, T, F)` and y `(N, Y)`.

    Args:
        order: which sample each lane takes, `(C, V, L)`; -1 for none.
        batch_size: of all mini-batches but the last, which has what is left.
        width: the lanes of a replicate.
        sums: `(C, L)`, to which is added the sum of the losses of each mini-batch before its step.
    """
    for batch in range(len(order)):
        members = min(batch_size, len(x) - batch * batch_size)
        slope = loss.slope / (members * len(work.target))
        for n in range(-(-members // width)):
            load_samples(work, x, y, order[batch, n])
            predict(step, w, work)
            put(sums, batch, get(sums, batch) + loss_gradient(work, loss, slope))
            backpropagate(step, w, dw, work)
        adam_step(adam, adam.steps + batch + 1, width)


@compiled_in_place
def load_samples(work: Workspace, x: NDArray[np.float32], y: NDArray[np.float32], samples: NDArray[np.int64]) -> None:
    """Put each lane's own sample side by side; a lane without one keeps its old one, which counts for nothing."""
    window, target, present = work.window, work.target, work.present
    _, T, F = x.shape
    for lane in range(len(samples)):
        sample = samples[lane]
        present[0, lane] = sample >= 0
        if sample < 0:
            continue
        for t in range(T):
            for f in range(F):
                window[t, f, lane] = x[sample, t, f]
        for i in range(len(target)):
            target[i, lane] = y[sample, i]


@compiled_in_place
def predict(step: Step, w: Weights, work: Workspace) -> None:
    """Unroll the cell over the window and read the outputs out of its last state."""
    cell, readout, bias, skip = w
    window, flat_window, state, memo, _, _, output, _, _ = work
    T, outputs = len(window), len(output)
    for t in range(T):
        forward(step, cell, window[t], state[t], state[t + 1], memo[t])
    for o in range(outputs):
        put(output, o, get(bias, (0, o)))
    add_product(output, state[T], readout, 0, outputs, 0)
    add_product(output, flat_window, skip, 0, outputs, 0)


@compiled_in_place
def loss_gradient(work: Workspace, loss: Loss, slope: float) -> Lanes:
    """The sum of the losses; each output becomes its gradient. A single output meets every target."""
    output, target, present = work.output, work.target, get(work.present, 0)
    outputs, targets = len(output), len(target)
    total = 0.0
    for o in range(outputs):
        slopes = 0.0
        for i in range(o, o + 1) if outputs == targets else range(targets):
            error = present * (get(output, o) - get(target, i))
            limited = clamp(loss.steepness * error, loss.limit)
            total = total + limited * (error - loss.half * limited)
            slopes = slopes + limited
        put(output, o, slope * slopes)
    return total


@compiled_in_place
def backpropagate(step: Step, w: Weights, dw: Weights, work: Workspace) -> None:
    """Add one sample's part to the gradients, from the outputs back through time."""
    cell, readout, _, _ = w
    d_cell, d_readout, d_bias, d_skip = dw
    window, flat_window, state, memo, d_state, da, d_output, _, _ = work
    T, H, outputs = len(window), len(readout), len(d_output)
    add_all(d_bias, d_output)
    add_outer(d_readout, state[T], d_output, 0, outputs, 0)
    add_outer(d_skip, flat_window, d_output, 0, outputs, 0)
    for j in range(len(d_state)):
        put(d_state, j, product_back(d_output, readout, j, 0, outputs, 0) if j < H else 0.0)
    for t in range(T - 1, -1, -1):
        backward(step, cell, d_cell, window[t], state[t], memo[t], d_state, da)


@compiled_in_place
def adam_step(adam: Adam, t: int, width: int) -> None:
    """The t-th step of Adam on the gradients of a replicate's lanes together; they become zero again."""
    weights, gradient, means, squares = adam.weights, adam.gradient, adam.mean, adam.square
    beta_1, beta_2, epsilon = adam.beta_1, adam.beta_2, adam.epsilon
    rate = adam.rate / (1 - power(beta_1, t))
    root = 1 / math.sqrt(1 - power(beta_2, t))
    kept = 1 - adam.rate * adam.decay
    for p in range(len(weights)):
        g = shared(get(gradient, p), width)
        mean = beta_1 * get(means, p) + (1 - beta_1) * g
        square = beta_2 * get(squares, p) + (1 - beta_2) * g * g
        put(means, p, mean)
        put(squares, p, square)
        put(weights, p, kept * get(weights, p) - rate * mean / (root * sqrt(square) + epsilon))
        put(gradient, p, 0)


@compiled
def power(base: float, exponent: int) -> float:
    """By squaring: the same bits everywhere, which a library's `pow` does not promise."""
    result = 1.0
    while exponent > 0:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result
