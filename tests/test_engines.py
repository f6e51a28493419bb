"""Which engine an experiment gets, and why."""

import pytest
import torch
from torch import Tensor

from cellbench import InputError
from cellbench.cells.contract import affine
from cellbench.cells.elman import Elman
from cellbench.learning.engines import LARGEST_NATIVE_STEP, choose_engine
from cellbench.network import Network, Shape, build_network, initial_weights
from cellbench.streams import stream


def network(cell: str = "lstm", units: int = 4) -> Network:
    return build_network(cell, initial_weights(cell, Shape(3, 2, units, 1), [stream(0, r) for r in range(3)]), {})


class Own(Elman):
    """A cell with an operation that has no compiled form."""

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(affine(h, self.U, affine(x, self.W, self.b)))
        return h, h


def with_own_cell() -> Network:
    known = network("elman")
    own = Own({name: weight for name, weight in known.cell.named_parameters()})
    return Network(own, known.readout)


def test_small_cells_are_compiled_and_where_arithmetic_dominates_torch_runs() -> None:
    """An LSTM of H units with two features: (2 + H) 4 H multiply-adds a sample and time step."""
    assert choose_engine("mine", "auto", network(units=4), 1) == ("native", "96 multiply-adds per time step are few")
    largest = LARGEST_NATIVE_STEP // 96
    assert choose_engine("mine", "auto", network(units=4), largest)[0] == "native"
    assert choose_engine("mine", "auto", network(units=4), largest + 1)[0] == "torch"
    name, reason = choose_engine("mine", "auto", network(units=128), 32)
    assert (name, reason) == ("torch", "2,129,920 multiply-adds per time step are faster there than compiled")


def test_an_explicit_engine_is_used() -> None:
    assert choose_engine("mine", "torch", network(), 1) == ("torch", "as asked")
    assert choose_engine("mine", "native", network(units=64), 256) == ("native", "as asked")


def test_a_cell_without_a_compiled_form_runs_in_torch() -> None:
    name, reason = choose_engine("mine", "auto", with_own_cell(), 1)
    assert (name, reason) == ("torch", "the cell test_engines has no compiled form: it uses relu")
    assert choose_engine("mine", "torch", with_own_cell(), 1)[0] == "torch"
    with pytest.raises(
        InputError,
        match=r"^experiments\.mine\.engine: test_engines has no compiled form: it uses relu$",
    ):
        choose_engine("mine", "native", with_own_cell(), 1)
