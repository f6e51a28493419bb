"""The LightningModule of every experiment: one epoch is one block of mini-batches, one training step."""

from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from cellbench.engine import run_block
from cellbench.network import Network
from cellbench.streams import stream


def adam(network: Network, learning_rate: float) -> torch.optim.Adam:
    """Adam with Keras's defaults, whose epsilon is 1e-7 where torch's is 1e-8 (Kingma and Ba 2015)."""
    return torch.optim.Adam(network.parameters(), lr=learning_rate, eps=1e-7, fused=True)


class Learner(pl.LightningModule):
    """Trains all replicates of an experiment with Adam on the mean squared error.

    After training, `history[e]` holds the training loss of epoch e for each replicate `(R,)`.
    """

    def __init__(self, network: Network, seed: int, experiment: str, batch_size: int, learning_rate: float) -> None:
        super().__init__()
        self.automatic_optimization = False  # the engine steps through the mini-batches of a block itself
        self.network = network
        self.seed = seed
        self.experiment = experiment
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.history: list[NDArray[np.float32]] = []

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return adam(self.network, self.learning_rate)

    def training_step(self, split: tuple[Tensor, Tensor], _: int) -> None:
        """Run one epoch over the training split, `(N, T, F)` and `(N, Y)`, in each replicate's own order."""
        x, y = split
        order = self.epoch_order(self.current_epoch, len(x))
        optimizer: Any = self.optimizers(use_pl_optimizer=False)
        losses = run_block(self.network, optimizer, x[order], y[order], self.batch_size)
        self.history.append(losses.numpy())
        self.log("train_loss", losses.mean(), prog_bar=True, batch_size=len(x))

    def epoch_order(self, epoch: int, samples: int) -> Tensor:
        """The order of the samples in an epoch `(R, N)`, from (seed, experiment, replicate, epoch) alone."""
        return torch.stack(
            [
                torch.from_numpy(stream(self.seed, self.experiment, "order", replicate, epoch).permutation(samples))
                for replicate in range(self.network.replicates)
            ]
        )


def whole_split(x: NDArray[np.float32], y: NDArray[np.float32]) -> DataLoader[Any]:
    """A loader that hands over the whole training split at once: the block of one epoch, not yet ordered."""
    return DataLoader([(torch.from_numpy(x), torch.from_numpy(y))], batch_size=None)  # type: ignore[arg-type]
