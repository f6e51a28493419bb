"""The simple recurrent network of Elman (1990), "Finding Structure in Time"."""

import numpy as np
import torch
from torch import Tensor

from cellbench.cells.contract import Cell, Weights, affine
from cellbench.cells.initializers import Array, glorot_uniform, orthogonal, zeros

ACTIVATIONS = {"tanh": torch.tanh, "sigmoid": torch.sigmoid}


class Elman(Cell[Tensor]):
    """A hidden state that sees the input and itself one step ago.

        h' = σ(x W + h U + b)

    x is the input, h the hidden state, W and U the input and recurrent weights, b the bias. σ is the sigmoid in the
    notebook's text and tanh in its code, which is also Keras's default.
    """

    gates = ("h",)
    b: Tensor

    def __init__(self, weights: Weights, activation: str = "tanh") -> None:
        super().__init__(weights)
        self.activation = ACTIVATIONS[activation]

    @staticmethod
    def initial_weights(features: int, units: int, random: np.random.Generator) -> dict[str, Array]:
        return {
            "W": glorot_uniform(random, features, units),
            "U": orthogonal(random, units, units),
            "b": zeros(1, units),
        }

    def initial_state(self, batch: int) -> Tensor:
        return self.zeros(batch)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        h = self.activation(affine(h, self.U, affine(x, self.W, self.b)))
        return h, h
