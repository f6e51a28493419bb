"""The gated recurrent unit as the notebook's text and Cho et al. (2014) write it: the reset gate before the product."""

import numpy as np
from torch import Tensor, sigmoid, tanh

from cellbench.cells.contract import Cell
from cellbench.cells.initializers import Array, glorot_uniform, orthogonal


class GRU(Cell[Tensor]):
    """A hidden state that an update gate moves towards a candidate; no biases.

        z = σ(x W_z + h U_z)              update gate
        r = σ(x W_r + h U_r)              reset gate
        h~ = tanh(x W_h + (r ⊙ h) U_h)    candidate
        h' = (1 − z) ⊙ h + z ⊙ h~

    x is the input, h the hidden state, σ the sigmoid. Keras's `GRU(use_bias=False, reset_after=False)` has the gate
    the other way round, h' = z ⊙ h + (1 − z) ⊙ h~: its W_z and U_z are the negatives of these.
    """

    gates = ("z", "r", "h")

    @staticmethod
    def initial_weights(features: int, units: int, random: np.random.Generator) -> dict[str, Array]:
        return {"W": glorot_uniform(random, features, 3 * units), "U": orthogonal(random, units, 3 * units)}

    def initial_state(self, batch: int) -> Tensor:
        return self.zeros(batch)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        units = h.shape[-1]
        W_zr, W_h = self.W.split((2 * units, units), dim=-1)
        U_zr, U_h = self.U.split((2 * units, units), dim=-1)
        z, r = sigmoid(x @ W_zr + h @ U_zr).chunk(2, dim=-1)
        candidate = tanh(x @ W_h + (r * h) @ U_h)
        h = (1 - z) * h + z * candidate
        return h, h
