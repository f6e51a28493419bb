"""The compiled step is derived from a cell's equation, also for cells that are not in the project."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, sigmoid, tanh

from cellbench.cells.contract import affine
from cellbench.learning.native.step import step_of
from cellbench.network import Network
from cellbench.streams import stream
from gradients import first_gradients
from own_cells import CELLS, FEATURES, REPLICATES, UNITS, Own, Two, drawn, own


@pytest.mark.parametrize("name", ["minimal_gated", "with_peepholes", "without_products"])
def test_the_compiled_gradients_are_those_of_autograd(name: str) -> None:
    cell = CELLS[name]
    network = Network(cell, {"W": drawn("readout", UNITS, 2), "b": drawn("bias", 1, 2)})
    double = Network(in_double_precision(cell), {name: w.detach().double() for name, w in network.readout.items()})
    random = stream(0, "data")
    x, y = (torch.from_numpy(random.normal(size=shape).astype(np.float32)) for shape in ((6, 4, FEATURES), (6, 2)))
    for name, (gradient, true) in first_gradients(network, double, x, y, torch.arange(6).expand(REPLICATES, 6)).items():
        true = torch.zeros_like(gradient) if true is None else true
        assert float((gradient - true).abs().max()) <= 1e-5 * float(true.abs().max()), name


def in_double_precision(cell: Own) -> Own:
    return Own({name: weight.double() for name, weight in cell.state_dict().items()}, cell.step, cell.states)


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
    cell = in_double_precision(cell)
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
