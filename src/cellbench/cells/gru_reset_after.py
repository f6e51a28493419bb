"""The gated recurrent unit that Keras and torch run: the reset gate after the product (Appleyard et al. 2016)."""

import numpy as np
from torch import Tensor, sigmoid, tanh

from cellbench.cells.contract import Cell, affine
from cellbench.cells.initializers import Array, glorot_uniform, orthogonal, zeros


class GRUResetAfter(Cell[Tensor]):
    """A hidden state that an update gate moves towards a candidate; biases on the input and on the state.

        z = σ(x W_z + b_z + h U_z + d_z)                 update gate
        r = σ(x W_r + b_r + h U_r + d_r)                 reset gate
        h~ = tanh(x W_h + b_h + r ⊙ (h U_h + d_h))       candidate
        h' = z ⊙ h + (1 − z) ⊙ h~

    x is the input, h the hidden state, σ the sigmoid, b and d the biases of input and state. This is Keras's default
    `GRU` (columns z, r, h) and `torch.nn.GRU` (columns r, z, n); the text's update gate is 1 − z.
    """

    gates = ("z", "r", "h")
    b: Tensor
    d: Tensor

    @staticmethod
    def initial_weights(features: int, units: int, random: np.random.Generator) -> dict[str, Array]:
        return {
            "W": glorot_uniform(random, features, 3 * units),
            "U": orthogonal(random, units, 3 * units),
            "b": zeros(1, 3 * units),
            "d": zeros(1, 3 * units),
        }

    def initial_state(self, batch: int) -> Tensor:
        return self.zeros(batch)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        x_z, x_r, x_h = affine(x, self.W, self.b).chunk(3, dim=-1)
        h_z, h_r, h_h = affine(h, self.U, self.d).chunk(3, dim=-1)
        z = sigmoid(x_z + h_z)
        r = sigmoid(x_r + h_r)
        candidate = tanh(x_h + r * h_h)
        h = z * h + (1 - z) * candidate
        return h, h
