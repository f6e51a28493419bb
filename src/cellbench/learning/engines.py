"""Which engine runs the mini-batches of an experiment: torch, or the compiled one."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from torch import Tensor
from torch.optim import Optimizer

from cellbench import InputError
from cellbench.config.recipe import Engine
from cellbench.learning import torch_engine
from cellbench.learning.losses import Loss
from cellbench.learning.native import native_engine
from cellbench.network import Network

EngineName = Literal["torch", "native"]
ENGINES: dict[EngineName, Callable[[Network, Optimizer, Tensor, Tensor, Tensor, int, Loss], Tensor]] = {
    "torch": torch_engine.run_block,
    "native": native_engine.run_block,
}
"""Each trains on a block of mini-batches: see `torch_engine.run_block`."""

NATIVE_CELLS = {path.stem for path in (Path(__file__).parent / "native" / "cells").glob("[!_]*.py")}
"""Those with a compiled form."""
LARGEST_NATIVE_STEP = 200_000
"""Multiply-adds of a replicate's mini-batch in one time step above which torch is the faster one, as measured in
benchmarks/: below, its calls cost more than the arithmetic; above, its products of matrices are better than ours."""


def choose_engine(experiment: str, asked: Engine, network: Network, batch_size: int) -> tuple[EngineName, str]:
    """The engine for an experiment, and why. It depends on what is trained alone, never on the machine.

    Raises:
        InputError: the compiled engine is asked for, and does not know the cell.
    """
    cell = network.cell
    if cell.name not in NATIVE_CELLS:
        if asked == "native":
            known = ", ".join(sorted(NATIVE_CELLS))
            raise InputError(f"experiments.{experiment}.engine: native has {known}, but not {cell.name}")
        return "torch", f"the cell {cell.name} has no compiled form"
    if asked != "auto":
        return asked, "as asked"
    work = batch_size * (cell.W.numel() + cell.U.numel()) // network.replicates
    if work > LARGEST_NATIVE_STEP:
        return "torch", f"{work:,} multiply-adds per time step are faster there than compiled"
    return "native", f"{work:,} multiply-adds per time step are few"
