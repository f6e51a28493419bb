"""Ways to train the notebook's networks, each timed as its user would run it: seconds per optimiser step of a fit.

What is done once, such as compiling or a first epoch, is done before the clock starts.
"""

import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from cellbench.config.params import Experiment
from cellbench.data.dataset import Samples
from cellbench.learning.engines import EngineName
from cellbench.learning.learner import Learner
from cellbench.learning.trainer import fit
from cellbench.network import Shape, build_network, initial_weights
from cellbench.streams import stream

HERE = Path(__file__).parent
KERAS = HERE.parent / ".venv-keras/bin/python"
LAYERS = {"elman": nn.RNN, "lstm": nn.LSTM, "gru_reset_after": nn.GRU}


class Task(NamedTuple):
    """One of the notebook's experiments, and its training samples."""

    name: str
    experiment: Experiment
    samples: Samples

    @property
    def steps(self) -> int:
        """Of one epoch."""
        return -(-len(self.samples.x) // self.experiment.batch_size)

    @property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """Inputs and targets."""
        return torch.from_numpy(self.samples.x), torch.from_numpy(self.samples.y)


class Plain(nn.Module):
    """What a user of torch would write."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        units = task.experiment.units
        self.recurrent = LAYERS[task.experiment.cell](task.samples.x.shape[2], units, batch_first=True)
        self.readout = nn.Linear(units, 1)

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        outputs, _ = self.recurrent(x)
        return (self.readout(outputs[:, -1]) - y).square().mean()  # one output against every target


class Automatic(pl.LightningModule):
    """The same in Lightning, which optimises by itself."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.model = Plain(task)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=0.001, eps=1e-7)

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        return self.model.loss(*batch)


def keras(task: Task) -> float:
    """The notebook's own code."""
    command = [KERAS, HERE / "notebook.py", task.name, "--measure"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def plain_torch(task: Task, epochs: int = 2) -> float:
    """`nn.LSTM` and Adam in a loop."""
    torch.set_num_threads(1)
    model = Plain(task)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7)
    x, y = task.tensors

    def epoch() -> None:
        for batch in torch.randperm(len(x)).split(task.experiment.batch_size):
            optimizer.zero_grad()
            model.loss(x[batch], y[batch]).backward()
            optimizer.step()

    epoch()
    return timed(lambda: [epoch() for _ in range(epochs)]) / (epochs * task.steps)


def lightning(task: Task, epochs: int = 2) -> float:
    """Lightning's automatic optimisation with a DataLoader."""
    torch.set_num_threads(1)
    loader = DataLoader(TensorDataset(*task.tensors), batch_size=task.experiment.batch_size, shuffle=True)
    quiet: dict[str, Any] = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_model_summary", "enable_progress_bar"), False
    )
    trainer = pl.Trainer(max_epochs=epochs, accelerator="cpu", **quiet)
    return timed(lambda: trainer.fit(Automatic(task), loader)) / (epochs * task.steps)


def ours(task: Task, engine: EngineName, replicates: int, epochs: int) -> float:
    """A learner of this project on one of its engines, all of its replicates side by side."""
    experiment, (_, timesteps, features) = task.experiment, task.samples.x.shape
    shape = Shape(timesteps, features, experiment.units, 1)

    def learner() -> Learner:
        randoms = [stream(0, task.name, r) for r in range(replicates)]
        network = build_network(experiment.cell, initial_weights(experiment.cell, shape, randoms), {})
        return Learner(network, partial(stream, 0, task.name), task.name, experiment, engine)

    fit(learner(), task.samples, 1)
    return timed(lambda: fit(learner(), task.samples, epochs)) / (epochs * task.steps)


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
