"""The compiled step is derived from a cell's equation, also for cells that are not in the project."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, relu, sigmoid, tanh
from torch.nn.functional import mse_loss

from cellbench.cells.contract import Cell, Weights, affine
from cellbench.cells.lstm import LSTM
from cellbench.learning.learner import adam
from cellbench.learning.native.equation import DerivationError
from cellbench.learning.native.native_engine import run_block
from cellbench.learning.native.step import step_of
from cellbench.network import Network
from cellbench.streams import stream

FEATURES, UNITS, REPLICATES = 3, 5, 2
ONES = torch.ones(REPLICATES, UNITS, UNITS)


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


@pytest.mark.parametrize("name", ["minimal_gated", "with_peepholes", "without_products"])
def test_the_compiled_gradients_are_those_of_autograd(name: str) -> None:
    """After the first mini-batch Adam's running mean is a tenth of the gradient; autograd's is in double precision."""
    cell = CELLS[name]
    network = Network(cell, {"W": drawn("readout", UNITS, 2), "b": drawn("bias", 1, 2)})
    double = Network(Own({name: w.double() for name, w in cell.state_dict().items()}, cell.step, cell.states), {
        name: w.detach().double() for name, w in network.readout.items()
    })  # fmt: skip
    random = stream(0, "data")
    x, y = (torch.from_numpy(random.normal(size=shape).astype(np.float32)) for shape in ((6, 4, FEATURES), (6, 2)))
    order = torch.arange(6).expand(REPLICATES, 6)
    for r in range(REPLICATES):
        mse_loss(double(x.double()[order])[r], y.double()).backward()
    optimizer = adam(network, 0.01)
    run_block(network, optimizer, x, y, order, 6)
    for name, weight in double.named_parameters():
        gradient = 10 * optimizer.state[network.get_parameter(name)]["exp_avg"].double()
        true = torch.zeros_like(weight) if weight.grad is None else weight.grad
        assert float((gradient - true).abs().max()) <= 1e-5 * float(true.abs().max()), name


def put(a: Any, index: Any, value: float) -> None:
    a[index] = value


def add_product(a: Any, x: Any, W: Any, first: int, end: int, shift: int) -> None:
    a[first + shift : end + shift] += x[: len(W)] @ W[:, first:end]


def add_outer(dW: Any, x: Any, da: Any, first: int, end: int, shift: int) -> None:
    dW[:, first:end] += np.outer(x[: len(dW)], da[first + shift : end + shift])


NUMPY = {
    "get": lambda a, index: a[index],
    "put": put,
    "tanh": math.tanh,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "add_product": add_product,
    "add_outer": add_outer,
    "product_back": lambda da, W, j, first, end, shift: da[first + shift : end + shift] @ W[j, first:end],
}
"""What a derived step is made of, in double precision and without lanes: its source is Python."""


def assert_derived_as_torch_says(cell: Own) -> None:
    """Run the source of a step on one sample, forward and backward, in double precision."""
    cell = Own({name: weight.double() for name, weight in cell.state_dict().items()}, cell.step, cell.states)
    weights = [weight[0].detach().numpy() for weight in cell.parameters()]
    random = stream(0, "step")
    x, state, d_state = random.normal(size=FEATURES), *random.normal(size=(2, cell.states * UNITS))
    true_state = torch.from_numpy(state).requires_grad_()
    parts = true_state.reshape(cell.states, 1, 1, UNITS).expand(-1, REPLICATES, -1, -1)
    _, new = cell(torch.from_numpy(x).expand(REPLICATES, 1, -1), parts[0] if cell.states == 1 else Two(*parts))
    true_new = torch.cat([part[0, 0] for part in ([new] if cell.states == 1 else new)])
    wanted = [true_state, *cell.parameters()]
    true = torch.autograd.grad(true_new, wanted, torch.from_numpy(d_state), allow_unused=True)

    derived, functions = step_of(cell), dict(NUMPY)
    exec(derived.source, functions)
    found, memo, da = (np.full(n * UNITS, np.nan) for n in (derived.state, derived.memo, derived.da))
    gradients = [np.zeros_like(weight) for weight in weights]
    functions["forward"](derived, weights, x, state, found, memo)
    functions["backward"](derived, weights, gradients, x, state, memo, d_state, da)
    np.testing.assert_allclose(found, true_new.detach(), rtol=1e-9, atol=1e-9)
    for ours, theirs in zip([d_state, *gradients], true, strict=True):
        whole = np.zeros_like(ours) if theirs is None else theirs if theirs.dim() == 1 else theirs[0]
        np.testing.assert_allclose(ours, whole, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CELLS)
def test_a_step_and_its_gradients_are_torchs(name: str) -> None:
    assert_derived_as_torch_says(CELLS[name])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_the_equation_is_they_are_torchs(draw: Any) -> None:
    """Of random equations, whose sums, gates and states are used any number of times, in any order."""
    states, gates = draw.draw(st.sampled_from([1, 2])), draw.draw(st.integers(1, 3))
    choices = draw.draw(st.lists(st.tuples(st.integers(0, 8), *[st.integers(0, 99)] * 4), min_size=1, max_size=12))
    ends = draw.draw(st.tuples(*[st.integers(1, 4)] * states))

    def step(cell: Any, x: Tensor, state: Any) -> Any:
        W, U, b = (weight.chunk(gates, dim=-1) for weight in (cell.W, cell.U, cell.b))
        vectors = [state] if states == 1 else [*state]  # which may be multiplied with a weight
        found = [*vectors]
        for kind, i, j, k, m in choices:
            one, other, number = found[-1 - i % len(found)], found[-1 - j % len(found)], (k - 50) / 32
            vector = vectors[-1 - k % len(vectors)]
            bias, input_weight, weight = b[m % gates], W[i % gates], U[j % gates]
            match kind:
                case 0:
                    new = vector @ weight
                case 1:
                    new = vector @ weight + x @ input_weight + bias
                case 2:
                    new = affine(vector, weight, one)
                case 3:
                    new = (tanh if m % 2 else sigmoid)(one)
                case 4:
                    new = one * other
                case 5:
                    new = one - other
                case 6:
                    new = one + other
                case 7:
                    new = number - one if m % 2 else number * one
                case 8:
                    new = bias * one
            found.append(new)
            if kind in (3, 4, 5, 8):
                vectors.append(new)
        state = [found[-1 - (end - 1) % len(found)] for end in ends]
        return state[0], state[0] if states == 1 else Two(*state)

    assert_derived_as_torch_says(own(step, gates, states, b=gates))


def without_gradients(cell: Any, x: Tensor, h: Tensor) -> Tensor:
    with torch.no_grad():
        return sigmoid(h)


REFUSED: dict[str, Callable[..., Any]] = {
    "it uses relu": lambda cell, x, h: relu(h),
    "it uses cat": lambda cell, x, h: torch.cat((x, h), -1) @ cell.U,
    "it uses add_": lambda cell, x, h: h.add_(1),
    "it uses add with alpha": lambda cell, x, h: torch.add(h, h, alpha=2),
    "it uses add with input, other": lambda cell, x, h: torch.add(input=h, other=h),
    "it uses gt": lambda cell, x, h: h if (h > 0).all() else 2 * h,
    "it uses tolist": lambda cell, x, h: h * len(h.tolist()),
    "it switches gradients off": without_gradients,
    "it splits something other than columns, or not in multiples of H": lambda cell, x, h: (
        h * cell.b.split((UNITS - 1, UNITS + 1), dim=-1)[0]
    ),
    "it computes with something other than its state, its biases, sums and gates": lambda cell, x, h: h * ONES,
    "the second factor of a product is not a weight": lambda cell, x, h: h @ ONES,
    "it multiplies a weight with something other than its input, its state or its gates": lambda cell, x, h: (
        (x @ cell.W.chunk(2, dim=-1)[0]) @ cell.U.chunk(2, dim=-1)[1]
    ),
}
"""What no compiled form can be derived from, and what is said of it."""


@pytest.mark.parametrize(("reason", "step"), REFUSED.items(), ids=REFUSED)
def test_what_is_not_understood_is_refused_and_never_left_out(reason: str, step: Callable[..., Any]) -> None:
    def whole(cell: Any, x: Tensor, h: Tensor) -> Any:
        h = step(cell, x, h)
        return h, h

    with pytest.raises(DerivationError) as refused:
        step_of(own(whole, 2, b=2))
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("reason", "first"),
    {
        "one tensor is two parts of its state": lambda cell: Two(*[cell.zeros(1)] * 2),
        "its first state is not zeros (R, B, H)": lambda cell: Two(cell.zeros(1), cell.zeros(1) + 1),
        "its state is neither a tensor nor a tuple of tensors": lambda cell: (cell.zeros(1), 0),
        "its output is not the first part of its state": lambda cell: Two(cell.zeros(1), cell.zeros(1)),
    }.items(),
)
def test_a_state_that_a_step_does_not_understand_is_refused(reason: str, first: Callable[..., Any]) -> None:
    cell = own(lambda cell, x, state: (state[1], state), 1, 2)
    cell.initial_state = lambda batch: first(cell)  # type: ignore[method-assign]
    with pytest.raises(DerivationError) as refused:
        step_of(cell)
    assert str(refused.value) == reason


def test_what_torch_would_repeat_for_a_cell_of_one_unit_is_refused() -> None:
    cell = Own({"W": torch.ones(1, 3, 2), "U": torch.ones(1, 1, 2)}, lambda cell, x, h: 2 * [h * (x @ cell.W)], 1)
    with pytest.raises(DerivationError, match=r"^it adds or multiplies vectors of unequal lengths$"):
        step_of(cell)
