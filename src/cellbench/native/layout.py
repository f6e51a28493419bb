"""Between torch's tensors, which have the replicate axis first, and lanes, which have it last.

Shape letters: R replicates, G groups of L = LANES of them, N samples, T timesteps, F features, Y targets, P weights.
"""

import math
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cellbench.native.block import Room, Weights
from cellbench.native.contract import BLOCKS
from cellbench.native.functions import Rows
from cellbench.native.lanes import LANES
from cellbench.network import Network


def to_lanes(tensors: Sequence[Tensor]) -> NDArray[Any]:
    """Tensors `(R, ...)` one under the other, `(G, P, L)`; lanes that no replicate fills are zero."""
    flat = np.concatenate([_array(tensor).reshape(len(tensor), -1) for tensor in tensors], axis=1)
    groups = -(-len(flat) // LANES)
    filled = np.zeros((groups * LANES, flat.shape[1]), flat.dtype)
    filled[: len(flat)] = flat
    return np.ascontiguousarray(filled.reshape(groups, LANES, -1).swapaxes(1, 2))


def from_lanes(rows: Rows, tensors: Sequence[Tensor]) -> None:
    """Put lanes `(G, P, L)` back into the tensors that they came from."""
    flat = rows.swapaxes(1, 2).reshape(-1, rows.shape[1])
    start = 0
    for array in map(_array, tensors):
        stop = start + array[0].size
        array[...] = flat[: len(array), start:stop].reshape(array.shape)
        start = stop


def _array(tensor: Tensor) -> NDArray[Any]:
    """The memory of a tensor."""
    array: NDArray[Any] = tensor.detach().numpy()
    return array


def form_of(network: Network) -> Any:
    """The compiled form of the network's cell: the class of the same name, in the file of the same name."""
    return getattr(import_module(f"cellbench.native.{network.cell.name}"), type(network.cell).__name__)


def views(network: Network, rows: Rows) -> Weights:
    """A network's weights by name, or their gradients, as parts of one array `(P, L)`."""
    named, start = {}, 0
    for name, weight in network.named_parameters():
        _, *shape = weight.shape
        stop = start + math.prod(shape)
        named[name] = rows[start:stop].reshape(*shape, LANES)
        start = stop
    form, cell = form_of(network), network.cell
    # What is no weight is an option, which the cell has under the same name.
    fields = [named[f"cell.{f}"] if f"cell.{f}" in named else getattr(cell, f) for f in form._fields]
    none = rows[:0].reshape(0, network.readout.W.shape[2], LANES)
    return Weights(form(*fields), named["readout.W"], named["readout.b"], named.get("skip.W", none))


def room_for(network: Network, x: Tensor, y: Tensor) -> Room:
    """Room for one sample of x `(N, T, F)` and y `(N, Y)`."""
    (_, timesteps, features), targets = x.shape, y.shape[1]
    _, units, outputs = network.readout.W.shape
    states, memos = BLOCKS[form_of(network)]

    def zeros(*shape: int) -> Rows:
        return np.zeros((*shape, LANES), np.float32)

    window = zeros(timesteps, features)
    return Room(
        window=window,
        flat_window=window.reshape(-1, LANES),
        state=zeros(timesteps + 1, states * units),
        memo=zeros(timesteps, memos * units),
        d_state=zeros(states * units),
        da=zeros(network.cell.W.shape[2]),
        output=zeros(outputs),
        target=zeros(targets),
    )
