"""The network unrolls whatever cell it is given, from the first time step to the last, and reads out at the end."""

import numpy as np
import pytest
import torch
from torch import Tensor

from cellbench.cells import CELLS
from cellbench.cells.contract import Cell, Weights
from cellbench.cells.initializers import Array
from cellbench.learning.engines import ENGINES, EngineName
from cellbench.learning.learner import adam
from cellbench.network import Network, Shape, build_network, initial_weights
from cellbench.prepare.arma import simulate
from cellbench.streams import stream


class Decimal(Cell[Tensor]):
    """A fake cell that appends each input as a decimal digit: order and number of the steps show in its state."""

    gates = ("digit",)

    @staticmethod
    def initial_weights(features: int, units: int, random: np.random.Generator) -> dict[str, Array]:
        raise AssertionError("the test gives the weights")

    def initial_state(self, batch: int) -> Tensor:
        return self.zeros(batch)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        h = 10 * h + x
        return h, h


def test_the_state_is_carried_from_the_first_step_to_the_last() -> None:
    one = torch.ones(2, 1, 1)
    network = Network(Decimal({"W": one, "U": one}), {"W": torch.tensor([[[1.0]], [[2.0]]]), "b": 0 * one})
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])[None, :, :, None]
    assert network(x).tolist() == [[[123.0], [456.0]], [[246.0], [912.0]]]


@pytest.mark.parametrize(
    ("cell", "timesteps", "expected"), [("elman", 11, 41), ("lstm", 1, 149), ("gru_reset_after", 1, 125)]
)
def test_the_notebooks_networks_have_the_parameters_keras_counts(cell: str, timesteps: int, expected: int) -> None:
    network = build_network(
        cell, initial_weights(cell, Shape(timesteps, 4, 4, 1), [stream(0, r) for r in range(3)]), {}
    )
    assert network(torch.zeros(1, 2, timesteps, 4)).shape == (3, 2, 1)
    assert network.n_params == expected


def test_more_replicates_leave_the_first_ones_as_they_were() -> None:
    few, many = (initial_weights("lstm", Shape(2, 4, 4, 1), [stream(0, "lstm", r) for r in range(n)]) for n in (2, 5))
    for name, weight in few.items():
        assert torch.equal(weight, many[name][:2])
    assert not torch.equal(many["cell.W"][0], many["cell.W"][1])


R, B, T, F, H, Y = 3, 5, 4, 2, 3, 2


def first_weights(cell: str, skip: bool) -> Weights:
    return initial_weights(cell, Shape(T, F, H, Y, skip), [stream(0, "skip", r) for r in range(R)])


@pytest.mark.parametrize("cell", CELLS)
def test_a_skip_adds_a_linear_map_of_the_whole_window(cell: str) -> None:
    """y += x[t, f] W[t F + f], summed over all t and f, in every replicate its own."""
    weights = first_weights(cell, skip=True)
    weights["skip.W"] = W = torch.from_numpy(stream(0, "W").normal(size=(R, T * F, Y)).astype(np.float32))
    x = torch.from_numpy(stream(0, "x").normal(size=(1, B, T, F)).astype(np.float32))
    without = {name: weight for name, weight in weights.items() if name != "skip.W"}
    with torch.no_grad():
        difference = build_network(cell, weights, {})(x) - build_network(cell, without, {})(x)
    for r, b, o in np.ndindex(R, B, Y):
        by_hand = sum(float(x[0, b, t, f] * W[r, t * F + f, o]) for t in range(T) for f in range(F))
        assert float(difference[r, b, o]) == pytest.approx(by_hand, abs=1e-5)


def test_a_skip_starts_at_zero_and_leaves_the_other_weights_as_they_are() -> None:
    without, weights = first_weights("gru", skip=False), first_weights("gru", skip=True)
    assert not weights.pop("skip.W").any()
    assert weights.keys() == without.keys()
    assert all(torch.equal(weight, without[name]) for name, weight in weights.items())


def test_a_skip_alone_learns_the_coefficients_of_an_autoregression(engine: EngineName) -> None:
    """The network with a silent cell is x(t) = 0.6 x(t-1) - 0.4 x(t-2) + e(t): least squares, the latest value last."""
    torch.set_num_threads(1)  # as every training has it
    process = simulate([0.6, -0.4], [], 1.0, 1000, stream(0, "process"))
    windows = np.lib.stride_tricks.sliding_window_view(process, 5)
    x, y = windows[:, :4], windows[:, 4:]
    weights = initial_weights("gru", Shape(4, 1, 2, 1, skip=True), [stream(0, r) for r in range(2)])
    for name in ("cell.W", "cell.U", "readout.W"):
        weights[name].zero_()
    network = build_network("gru", weights, {})
    block = [torch.from_numpy(part.astype(np.float32)) for part in (x[..., None], y)]
    in_turn = torch.arange(len(x)).expand(2, -1)
    optimizer = adam(network, 0.02)
    for _ in range(200):
        ENGINES[engine](network, optimizer, *block, in_turn, len(x))
    learned = network.state_dict()["skip.W"][:, :, 0]
    expected, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y[:, 0], rcond=None)
    np.testing.assert_allclose(learned, [expected[:4]] * 2, atol=2e-3)
    np.testing.assert_allclose(learned, [[0, 0, -0.4, 0.6]] * 2, atol=0.08)
    assert not network.readout["W"].any()


@pytest.mark.parametrize(("cell", "gates", "biases"), [("elman", 1, 3), ("lstm", 4, 12), ("gru", 3, 0),
                                                       ("gru_reset_after", 3, 18)])  # fmt: skip
def test_parameters_and_products_are_those_of_one_replicate(cell: str, gates: int, biases: int) -> None:
    """Each of T steps has the products of F inputs and H units with the gates' weights; the rest is done once."""
    for skip, linear in ((False, 0), (True, T * F * Y)):
        network = build_network(cell, first_weights(cell, skip), {})
        assert network.multiply_adds(T) == T * (F + H) * gates * H + H * Y + linear
        assert network.n_params == (F + H) * gates * H + biases + H * Y + Y + linear
