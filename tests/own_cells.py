"""Cells that are not in the project, as somebody may add them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, sigmoid, tanh

from cellbench.cells.contract import Cell, Weights, affine
from cellbench.cells.lstm import LSTM
from cellbench.streams import stream

FEATURES, UNITS, REPLICATES = 3, 5, 2


class Two(NamedTuple):
    h: Tensor
    c: Tensor


class Own(Cell[Any]):
    """A cell whose step and number of states are given."""

    def __init__(self, weights: Weights, step: Callable[..., Any], states: int) -> None:
        super().__init__(weights)
        self.step, self.states = step, states

    initial_weights = LSTM.initial_weights

    def initial_state(self, batch: int) -> Any:
        return self.zeros(batch) if self.states == 1 else Two(self.zeros(batch), self.zeros(batch))

    def forward(self, x: Tensor, state: Any) -> Any:
        return self.step(self, x, state)


def own(step: Callable[..., Any], gates: int, states: int = 1, **one_row: int) -> Own:
    """A cell of so many gates, and of so many for each weight with one row."""
    shapes = {"W": (FEATURES, gates), "U": (UNITS, gates), **{name: (1, n) for name, n in one_row.items()}}
    return Own({name: drawn(name, rows, n * UNITS) for name, (rows, n) in shapes.items()}, step, states)


def drawn(name: str, rows: int, columns: int) -> Tensor:
    return torch.from_numpy(stream(0, name).normal(0, 0.5, (REPLICATES, rows, columns)).astype(np.float32))


def minimal_gated(cell: Any, x: Tensor, h: Tensor) -> Any:
    """Zhou et al. (2016): the gate is used before and after a product."""
    (W_f, W_h), (U_f, U_h) = cell.W.chunk(2, dim=-1), cell.U.chunk(2, dim=-1)
    f = sigmoid(x @ W_f + h @ U_f)
    h = (1 - f) * h + f * tanh(x @ W_h + (f * h) @ U_h)
    return h, h


def with_peepholes(cell: Any, x: Tensor, state: Two) -> Any:
    """Gers and Schmidhuber (2000): weights that multiply the cell state by element."""
    h, c = state
    i, f, g, o = affine(h, cell.U, affine(x, cell.W, cell.b)).chunk(4, dim=-1)
    p_i, p_f, p_o = cell.p.chunk(3, dim=-1)
    c = sigmoid(f + p_f * c) * c + sigmoid(i + p_i * c) * tanh(g)
    h = sigmoid(o + p_o * c) * tanh(c)
    return h, Two(h, c)


def of_second_order(cell: Any, x: Tensor, state: Two) -> Any:
    """The state before the last goes along untouched."""
    h, before = state
    new = h - 0.25 * before + (0.5 - before) * tanh(x @ cell.W + h @ cell.U)
    return new, Two(new, h)


def of_two_layers(cell: Any, x: Tensor, state: Two) -> Any:
    """The first layer's new state, part of the state, is the input of the second."""
    W, _, U_1, U_2 = *cell.W.chunk(2, dim=-1), *cell.U.chunk(2, dim=-1)
    first = tanh(x @ W + state.c)
    second = tanh(first @ U_1 + state.h @ U_2 + cell.b)
    return second, Two(second, first)


def linear(cell: Any, x: Tensor, h: Tensor) -> Any:
    h = affine(h, cell.U, x @ cell.W + cell.b)
    return h, h


def without_products(cell: Any, x: Tensor, h: Tensor) -> Any:
    h = sigmoid(cell.b) * h + cell.b
    return h, h


def twice_gated(cell: Any, x: Tensor, h: Tensor) -> Any:
    """Three products one after the other, and a square."""
    (W_a, W_b, W_c), (U_a, U_b, U_c) = cell.W.chunk(3, dim=-1), cell.U.chunk(3, dim=-1)
    a = sigmoid(x @ W_a + h @ U_a)
    b = sigmoid(x @ W_b + (a * h) @ U_b)
    h = a * b + b * b * tanh((b * h) @ U_c + x @ W_c)
    return h, h


CELLS = {
    cell.step.__name__: cell
    for cell in (
        own(minimal_gated, 2),
        own(with_peepholes, 4, 2, b=4, p=3),
        own(of_second_order, 1, 2),
        own(of_two_layers, 2, 2, b=1),
        own(linear, 1, b=1),
        own(without_products, 1, b=1),
        own(twice_gated, 3),
    )
}
