"""Each cell against an independent route: a step worked by hand, torch's own layers, Keras's way to initialise."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cellbench.cells import CELLS, cell_class
from cellbench.network import Shape, build_network, initial_weights
from cellbench.streams import stream

R, B, T, F, H = 3, 5, 7, 2, 4


def sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def one_unit(cell: str, options: dict[str, str] | None = None, **weights: list[float]) -> nn.Module:
    """A cell of one unit with one feature, whose gates have the given weights in their order."""
    return cell_class(cell)({k: torch.tensor(v).view(1, 1, -1) for k, v in weights.items()}, **(options or {}))


def step(cell: nn.Module, x: float, *state: float) -> float:
    tensors = [torch.full((1, 1, 1), value) for value in state]
    wrapped = type(cell.initial_state(1))(*tensors) if len(tensors) > 1 else tensors[0]
    return float(cell(torch.full((1, 1, 1), x), wrapped)[0].detach())


@pytest.mark.parametrize(("activation", "function"), [("tanh", math.tanh), ("sigmoid", sigmoid)])
def test_elman_step_by_hand(activation: str, function: Callable[[float], float]) -> None:
    cell = one_unit("elman", {"activation": activation}, W=[0.5], U=[-2.0], b=[0.1])
    assert step(cell, 3.0, 0.25) == pytest.approx(function(0.5 * 3 - 2 * 0.25 + 0.1), abs=1e-7)


def test_lstm_step_by_hand() -> None:
    W, U, b = [0.5, -0.3, 0.8, 0.2], [0.1, 0.4, -0.6, 0.9], [0.0, 1.0, -0.2, 0.3]
    x, h, c = 1.5, -0.4, 0.7
    i, f, g, o = (x * W[k] + h * U[k] + b[k] for k in range(4))
    expected = sigmoid(o) * math.tanh(sigmoid(f) * c + sigmoid(i) * math.tanh(g))
    assert step(one_unit("lstm", W=W, U=U, b=b), x, h, c) == pytest.approx(expected, abs=1e-7)


def test_gru_step_by_hand() -> None:
    W, U, x, h = [0.5, -0.3, 0.8], [0.1, 0.4, -0.6], 1.5, -0.4
    z, r = sigmoid(x * W[0] + h * U[0]), sigmoid(x * W[1] + h * U[1])
    expected = (1 - z) * h + z * math.tanh(x * W[2] + r * h * U[2])
    assert step(one_unit("gru", W=W, U=U), x, h) == pytest.approx(expected, abs=1e-7)


def test_gru_reset_after_step_by_hand() -> None:
    W, U, b, d, x, h = [0.5, -0.3, 0.8], [0.1, 0.4, -0.6], [0.2, 0.0, -0.1], [0.3, -0.2, 0.7], 1.5, -0.4
    z, r = (sigmoid(x * W[k] + b[k] + h * U[k] + d[k]) for k in range(2))
    expected = z * h + (1 - z) * math.tanh(x * W[2] + b[2] + r * (h * U[2] + d[2]))
    assert step(one_unit("gru_reset_after", W=W, U=U, b=b, d=d), x, h) == pytest.approx(expected, abs=1e-7)


# The columns of torch's gates, by our gate; torch has one more bias than Keras in its RNN and LSTM.
TORCH = {"elman": (nn.RNN, [0]), "lstm": (nn.LSTM, [0, 1, 2, 3]), "gru_reset_after": (nn.GRU, [1, 0, 2])}


@pytest.mark.parametrize("name", TORCH)
def test_a_sequence_through_the_cell_is_torchs_own(name: str) -> None:
    layer, order = TORCH[name]
    torch.manual_seed(1)
    references = [layer(F, H, batch_first=True) for _ in range(R)]
    x = torch.randn(R, B, T, F)

    def gates(weight: Tensor) -> Tensor:
        return torch.cat([weight.chunk(len(order))[k] for k in order])

    def stacked(*parameters: str) -> Tensor:
        return torch.stack([sum(gates(getattr(one, p)) for p in parameters) for one in references]).detach()

    weights = {"W": stacked("weight_ih_l0").mT, "U": stacked("weight_hh_l0").mT}
    if name == "gru_reset_after":
        weights |= {"b": stacked("bias_ih_l0")[:, None], "d": stacked("bias_hh_l0")[:, None]}
    else:
        weights["b"] = stacked("bias_ih_l0", "bias_hh_l0")[:, None]
    cell = cell_class(name)({k: w.contiguous() for k, w in weights.items()})

    state = cell.initial_state(B)
    with torch.no_grad():
        for t in range(T):
            h, state = cell(x[:, :, t], state)
            expected = torch.stack([one(x[r])[0][:, t] for r, one in enumerate(references)])
            torch.testing.assert_close(h, expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", CELLS)
def test_gradients_agree_with_finite_differences(name: str) -> None:
    randoms = [stream(0, name, r) for r in range(2)]
    weights = {k: w.double() for k, w in initial_weights(name, Shape(T, F, H, 1), randoms).items()}
    x = torch.randn(2, B, 3, F, dtype=torch.double)
    names = list(weights)

    def outputs(*tensors: Tensor) -> Tensor:
        network = build_network(name, weights, {})
        return torch.func.functional_call(network, dict(zip(names, tensors, strict=True)), x)

    assert torch.autograd.gradcheck(outputs, [w.clone().requires_grad_() for w in weights.values()])


@pytest.mark.parametrize("name", CELLS)
def test_replicates_do_not_touch_one_another(name: str) -> None:
    weights = initial_weights(name, Shape(T, F, H, 2), [stream(0, name, r) for r in range(R)])
    x = torch.randn(R, B, T, F)
    with torch.no_grad():
        together = build_network(name, weights, {})(x)
        alone = [build_network(name, {k: w[[r]] for k, w in weights.items()}, {})(x[[r]])[0] for r in range(R)]
    torch.testing.assert_close(together, torch.stack(alone), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", CELLS)
def test_first_weights_are_drawn_as_keras_draws_them(name: str) -> None:
    units, gates = 16, len(cell_class(name).gates)
    weights = cell_class(name).initial_weights(32, units, stream(0, "init"))
    limit = math.sqrt(6 / (32 + gates * units))  # Glorot over the gates side by side
    assert 0.98 * limit < np.abs(weights["W"]).max() <= limit
    assert np.std(weights["W"]) == pytest.approx(limit / math.sqrt(3), rel=0.1)
    np.testing.assert_allclose(weights["U"] @ weights["U"].T, np.eye(units), atol=1e-6)
    biases = {k: w for k, w in weights.items() if k in "bd"}
    for bias in biases.values():
        expected = np.zeros((gates, units))
        if name == "lstm":
            expected[1] = 1  # the forget gate
        np.testing.assert_array_equal(bias.reshape(gates, units), expected)
