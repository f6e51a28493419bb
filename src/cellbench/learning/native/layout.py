"""Between torch's tensors, which have the replicate axis first, and lanes, which have it last.

A replicate takes `width` lanes side by side, for as many samples of its mini-batch at once.

Shape letters: R replicates, G groups of them that fill L = LANES lanes, N samples, C mini-batches, V passes over the
lanes in each, T timesteps, F features, Y targets, P weights.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cellbench.learning.native.block import Weights, Workspace
from cellbench.learning.native.derivation import Step
from cellbench.learning.native.functions import Rows
from cellbench.learning.native.lanes import LANES
from cellbench.network import Network


def lanes_each(batch_size: int) -> int:
    """How many lanes a replicate takes: the largest power of two that its mini-batches fill.

    It depends on them alone, since with it changes the order in which gradients are summed.
    """
    return min(LANES, 1 << batch_size.bit_length() - 1)


def to_lanes(arrays: Sequence[Rows], width: int) -> Rows:
    """Arrays `(R, ...)` one under the other, `(G, P, L)`; lanes that no replicate fills are zero."""
    flat = np.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1)
    return np.ascontiguousarray(_grouped(flat, width, 0).repeat(width, axis=1).swapaxes(1, 2))


def from_lanes(rows: Rows, arrays: Sequence[Rows], width: int) -> None:
    """Put lanes `(G, P, L)` back into the arrays that they came from."""
    flat = rows[:, :, ::width].swapaxes(1, 2).reshape(-1, rows.shape[1])
    borders = np.cumsum([array[0].size for array in arrays])
    for array, part in zip(arrays, np.split(flat, borders[:-1], axis=1), strict=True):
        array[...] = part[: len(array)].reshape(array.shape)


def order_in_lanes(order: Tensor, batch_size: int, width: int) -> NDArray[np.int64]:
    """The order of the samples `(R, N)` as each lane takes them, `(G, C, V, L)`; -1 where a lane has none."""
    replicates, samples = order.shape
    batches, passes = math.ceil(samples / batch_size), math.ceil(batch_size / width)
    by_batch = np.full((replicates, batches * batch_size), -1)
    by_batch[:, :samples] = order.numpy()
    by_pass = np.full((replicates, batches, passes * width), -1)
    by_pass[:, :, :batch_size] = by_batch.reshape(replicates, batches, batch_size)
    grouped = _grouped(by_pass.reshape(replicates, -1), width, -1)
    by_lane = grouped.reshape(len(grouped), -1, batches, passes, width).transpose(0, 2, 3, 1, 4)
    return np.ascontiguousarray(by_lane.reshape(len(grouped), batches, passes, LANES))


def _grouped(flat: NDArray[Any], width: int, nothing: int) -> NDArray[Any]:
    """What belongs to each replicate `(R, n)` by groups `(G, LANES / width, n)`, filled up with `nothing`."""
    each = LANES // width
    filled = np.pad(flat, ((0, -len(flat) % each), (0, 0)), constant_values=nothing)
    return filled.reshape(-1, each, flat.shape[1])


def views(weights: Mapping[str, Rows], rows: Rows) -> Weights:
    """A network's weights, or their gradients, as parts of one array `(P, L)`.

    Args:
        weights: the network's own, each `(R, ...)`, by name, as they lie one under the other.
    """
    parts = np.split(rows, np.cumsum([weight[0].size for weight in weights.values()])[:-1])
    named = {name: part.reshape(*weights[name].shape[1:], LANES) for name, part in zip(weights, parts, strict=True)}
    cell = tuple(part for name, part in named.items() if name.startswith("cell."))
    bias = named["readout.b"]
    none = rows[:0].reshape(0, *bias.shape[1:])
    return Weights(cell, named["readout.W"], bias, named.get("skip.W", none))


def workspace_for(step: Step, network: Network, x: Tensor, y: Tensor) -> Workspace:
    """Workspace for one sample of x `(N, T, F)` and y `(N, Y)`."""
    (_, timesteps, features), targets = x.shape, y.shape[1]
    _, units, outputs = network.readout["W"].shape

    def zeros(*shape: int) -> Rows:
        return np.zeros((*shape, LANES), np.float32)

    window = zeros(timesteps, features)
    return Workspace(
        window=window,
        flat_window=window.reshape(-1, LANES),
        state=zeros(timesteps + 1, step.state * units),
        memo=zeros(timesteps, step.memo * units),
        d_state=zeros(step.state * units),
        da=zeros(step.da * units),
        output=zeros(outputs),
        target=zeros(targets),
        present=zeros(1),
    )
