"""Which engine runs the mini-batches of an experiment: torch, or the compiled one."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor
from torch.optim import Optimizer

from cellbench import InputError
from cellbench.config.recipe import Engine
from cellbench.learning import torch_engine
from cellbench.learning.losses import Loss
from cellbench.learning.native import native_engine
from cellbench.learning.native.equation import DerivationError
from cellbench.learning.native.step import step_of
from cellbench.network import Network

EngineName = Literal["torch", "native"]
ENGINES: dict[EngineName, Callable[[Network, Optimizer, Tensor, Tensor, Tensor, int, Loss], Tensor]] = {
    "torch": torch_engine.run_block,
    "native": native_engine.run_block,
}
"""Each trains on a block of mini-batches: see `torch_engine.run_block`."""

LARGEST_NATIVE_STEP = 200_000
"""Multiply-adds of a replicate's mini-batch in one time step above which torch is the faster one, as measured in
benchmarks/: below, its calls cost more than the arithmetic; above, its products of matrices are better than ours."""


def choose_engine(experiment: str, asked: Engine, network: Network, batch_size: int) -> tuple[EngineName, str]:
    """The engine for an experiment, and why. It depends on what is trained alone, never on the machine.

    Raises:
        InputError: the compiled engine is asked for, and the cell has no compiled form.
    """
    cell = network.cell
    if asked == "torch":
        return "torch", "as asked"
    try:
        step_of(cell)
    except DerivationError as reason:
        if asked == "native":
            raise InputError(f"experiments.{experiment}.engine: {cell.name} has no compiled form: {reason}") from None
        return "torch", f"the cell {cell.name} has no compiled form: {reason}"
    if asked == "native":
        return "native", "as asked"
    work = batch_size * (cell.W.numel() + cell.U.numel()) // network.replicates
    if work > LARGEST_NATIVE_STEP:
        return "torch", f"{work:,} multiply-adds per time step are faster there than compiled"
    return "native", f"{work:,} multiply-adds per time step are few"
