"""The network unrolls whatever cell it is given, from the first time step to the last, and reads out at the end."""

import numpy as np
import pytest
import torch
from torch import Tensor

from cellbench.cells.contract import Cell
from cellbench.cells.initializers import Array
from cellbench.network import Network, Readout, build_network, initial_weights
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
    network = Network(Decimal({"W": one, "U": one}), Readout({"W": torch.tensor([[[1.0]], [[2.0]]]), "b": 0 * one}))
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])[None, :, :, None]
    assert network(x).tolist() == [[[123.0], [456.0]], [[246.0], [912.0]]]


@pytest.mark.parametrize(
    ("cell", "timesteps", "expected"), [("elman", 11, 41), ("lstm", 1, 149), ("gru_reset_after", 1, 125)]
)
def test_the_notebooks_networks_have_the_parameters_keras_counts(cell: str, timesteps: int, expected: int) -> None:
    network = build_network(cell, initial_weights(cell, 4, 4, 1, [stream(0, r) for r in range(3)]), {})
    assert network(torch.zeros(1, 2, timesteps, 4)).shape == (3, 2, 1)
    assert network.n_params == expected


def test_more_replicates_leave_the_first_ones_as_they_were() -> None:
    few, many = (initial_weights("lstm", 4, 4, 1, [stream(0, "lstm", r) for r in range(n)]) for n in (2, 5))
    for name, weight in few.items():
        assert torch.equal(weight, many[name][:2])
    assert not torch.equal(many["cell.W"][0], many["cell.W"][1])
