"""The long short-term memory of Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000)."""

from typing import NamedTuple

import numpy as np
from torch import Tensor, sigmoid, tanh

from cellbench.cells.contract import Cell, affine
from cellbench.cells.initializers import Array, glorot_uniform, orthogonal, zeros


class State(NamedTuple):
    """The hidden state and the cell state, each `(R, B, H)`."""

    h: Tensor
    c: Tensor


class LSTM(Cell[State]):
    """A cell state that gates write, keep and read.

        i, f, o = σ(x W + h U + b)        input, forget and output gate, each with its own columns
        c' = f ⊙ c + i ⊙ tanh(x W_c + h U_c + b_c)
        h' = o ⊙ tanh(c')

    x is the input, h the hidden state, c the cell state, σ the sigmoid: the equations of the notebook, whose
    W · [h, x] is written as x W + h U. The columns stand in Keras's order i, f, c, o.
    """

    gates = ("i", "f", "c", "o")
    b: Tensor

    @staticmethod
    def initial_weights(features: int, units: int, random: np.random.Generator) -> dict[str, Array]:
        b = zeros(1, 4 * units)
        b[:, units : 2 * units] = 1  # the forget gate starts open (Jozefowicz et al. 2015)
        return {
            "W": glorot_uniform(random, features, 4 * units),
            "U": orthogonal(random, units, 4 * units),
            "b": b,
        }

    def initial_state(self, batch: int) -> State:
        return State(self.zeros(batch), self.zeros(batch))

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h, c = state
        i, f, g, o = affine(h, self.U, affine(x, self.W, self.b)).chunk(4, dim=-1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        return h, State(h, c)
