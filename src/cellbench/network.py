"""One network for every cell: unroll it over time, read the answer out of its last output.

Shape letters: R replicates, B batch, T timesteps, F features, H units, O outputs.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cellbench.cells import cell_class
from cellbench.cells.contract import Cell, Weights, affine
from cellbench.cells.initializers import glorot_uniform, zeros


class Readout(nn.Module):
    """Keras's `Dense`: y = h W + b."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.W = nn.Parameter(weights["W"])
        self.b = nn.Parameter(weights["b"])

    def forward(self, h: Tensor) -> Tensor:
        """`(R, B, H)` to `(R, B, O)`."""
        return affine(h, self.W, self.b)


class Network(nn.Module):
    """R replicates of a recurrent cell with a dense readout, side by side."""

    def __init__(self, cell: Cell[Any], readout: Readout) -> None:
        super().__init__()
        self.cell = cell
        self.readout = readout

    def forward(self, x: Tensor) -> Tensor:
        """Inputs `(R, B, T, F)`, or `(1, B, T, F)` when all replicates see the same, to outputs `(R, B, O)`."""
        x = x.expand(self.replicates, -1, -1, -1)
        state = self.cell.initial_state(x.shape[1])
        for x_t in x.unbind(dim=2):
            h, state = self.cell(x_t, state)
        output: Tensor = self.readout(h)
        return output

    @property
    def replicates(self) -> int:
        return self.readout.W.shape[0]

    @property
    def n_params(self) -> int:
        """Weights of one replicate."""
        return sum(weight.numel() for weight in self.parameters()) // self.replicates


def build_network(cell: str, weights: Weights, options: dict[str, str]) -> Network:
    """The network of a cell from its weights, named `cell.<name>` and `readout.<name>`, each `(R, ...)`."""
    part = {prefix: _with_prefix(weights, prefix) for prefix in ("cell.", "readout.")}
    return Network(cell_class(cell)(part["cell."], **options), Readout(part["readout."]))


def initial_weights(cell: str, features: int, units: int, outputs: int, randoms: list[np.random.Generator]) -> Weights:
    """First weights of a network, replicate r drawn as Keras does from `randoms[r]` alone."""
    replicates = [_draw(cell, features, units, outputs, random) for random in randoms]
    return {name: torch.from_numpy(np.stack([one[name] for one in replicates])) for name in replicates[0]}


def _draw(cell: str, features: int, units: int, outputs: int, random: np.random.Generator) -> dict[str, Any]:
    drawn = cell_class(cell).initial_weights(features, units, random)
    readout = {"W": glorot_uniform(random, units, outputs), "b": zeros(1, outputs)}
    return {f"cell.{name}": w for name, w in drawn.items()} | {f"readout.{name}": w for name, w in readout.items()}


def _with_prefix(weights: Weights, prefix: str) -> Weights:
    return {name.removeprefix(prefix): weight for name, weight in weights.items() if name.startswith(prefix)}
