"""One network for every cell: unroll it over time, read the answer out of its last output.

Shape letters: R replicates, B batch, T timesteps, F features, H units, O outputs.
"""

from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cellbench.cells import cell_class
from cellbench.cells.contract import Cell, Weights, affine
from cellbench.cells.initializers import glorot_uniform, zeros


class Network(nn.Module):
    """R replicates of a recurrent cell with a dense readout, side by side; a skip may go round the cell."""

    def __init__(self, cell: Cell[Any], readout: Weights, skip: Weights | None = None) -> None:
        super().__init__()
        self.cell = cell
        self.readout = nn.ParameterDict(readout)
        """Keras's `Dense`, y = h W + b: `W` `(R, H, O)` and `b` `(R, 1, O)`."""
        self.skip = nn.ParameterDict(skip)
        """`W` `(R, T F, O)` of y = x_1 W_1 + ... + x_T W_T, the highway of LSTNet (Lai et al. 2018); or nothing."""

    def forward(self, x: Tensor) -> Tensor:
        """Inputs `(R, B, T, F)`, or `(1, B, T, F)` when all replicates see the same, to outputs `(R, B, O)`."""
        x = x.expand(self.replicates, -1, -1, -1)
        state = self.cell.initial_state(x.shape[1])
        for x_t in x.unbind(dim=2):
            h, state = self.cell(x_t, state)
        output = affine(h, self.readout["W"], self.readout["b"])
        return output + x.flatten(2) @ self.skip["W"] if self.skip else output

    @property
    def replicates(self) -> int:
        return len(self.readout["W"])

    @property
    def n_params(self) -> int:
        """Weights of one replicate."""
        return sum(weight.numel() for weight in self.parameters()) // self.replicates

    def multiply_adds(self, timesteps: int) -> int:
        """Of one replicate for one forecast, in its products with weight matrices, where nearly all of them are."""
        once = self.readout["W"].numel() + (self.skip["W"].numel() if self.skip else 0)
        return (timesteps * (self.cell.W.numel() + self.cell.U.numel()) + once) // self.replicates


def build_network(cell: str, weights: Weights, options: dict[str, str]) -> Network:
    """The network of a cell from its weights, named `cell.<name>`, `readout.<name>` and `skip.<name>`, each `(R, ...)`.

    There is a skip if it has weights.
    """
    part = {prefix: with_prefix(weights, prefix) for prefix in ("cell.", "readout.", "skip.")}
    return Network(cell_class(cell)(part["cell."], **options), part["readout."], part["skip."])


def network_outputs(network: Network, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Outputs `(R, N, O)` of every replicate for the same inputs `(N, T, F)`, without gradients.

    In double precision: rounded to single later, they are the same on every processor.
    """
    with torch.inference_mode():
        return deepcopy(network).double()(torch.from_numpy(x)[None].double()).numpy()


class Shape(NamedTuple):
    """What decides the shapes of a network's weights."""

    timesteps: int
    features: int
    units: int
    outputs: int
    skip: bool = False


def initial_weights(cell: str, shape: Shape, randoms: list[np.random.Generator]) -> Weights:
    """First weights of a network, replicate r drawn as Keras does from `randoms[r]` alone."""
    replicates = [_draw(cell, shape, random) for random in randoms]
    return {name: torch.from_numpy(np.stack([one[name] for one in replicates])) for name in replicates[0]}


def _draw(cell: str, shape: Shape, random: np.random.Generator) -> dict[str, Any]:
    drawn = {
        f"cell.{name}": w for name, w in cell_class(cell).initial_weights(shape.features, shape.units, random).items()
    }
    drawn |= {"readout.W": glorot_uniform(random, shape.units, shape.outputs), "readout.b": zeros(1, shape.outputs)}
    if shape.skip:
        drawn["skip.W"] = zeros(shape.timesteps * shape.features, shape.outputs)
    return drawn


def with_prefix(weights: Weights, prefix: str) -> Weights:
    """Those whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): weight for name, weight in weights.items() if name.startswith(prefix)}
