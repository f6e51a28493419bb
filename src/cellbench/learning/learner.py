"""The LightningModule of every experiment: one epoch is one block of mini-batches, one training step."""

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cellbench.config.recipe import Recipe
from cellbench.data.dataset import Samples
from cellbench.learning.engines import ENGINES, EngineName
from cellbench.learning.losses import LOSSES
from cellbench.network import Network, network_outputs

DECIMALS = 12
"""Of a share of the learning rate: processors round a cosine differently in its 16th."""
OnEpoch = Callable[[int, Mapping[str, NDArray[np.float32]]], None]
"""Called with each epoch, from 1, and its losses `(R,)` by name; also with those that a checkpoint brings along."""


def adam(network: Network, learning_rate: float, weight_decay: float = 0.0) -> torch.optim.Optimizer:
    """Adam with Keras's defaults, whose epsilon is 1e-7 where torch's is 1e-8 (Kingma and Ba 2015).

    Weight decay is taken off the weights themselves, not added to the gradient (Loshchilov and Hutter 2019).
    """
    return torch.optim.AdamW(network.parameters(), lr=learning_rate, eps=1e-7, weight_decay=weight_decay, fused=True)


class Learner(pl.LightningModule):
    """Trains all replicates of an experiment with Adam on the loss of its recipe.

    After training, `train_loss[e]` holds the training loss of epoch e for each replicate `(R,)`; with samples to
    validate on, `val_loss[e]` that on them, and `best` the weights of each replicate's best epoch.
    """

    def __init__(
        self,
        network: Network,
        draw: Callable[..., np.random.Generator],
        experiment: str,
        recipe: Recipe,
        engine: EngineName,
        validation: Samples | None = None,
        on_epoch: OnEpoch = lambda epoch, losses: None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False  # the engine steps through the mini-batches of a block itself
        self.network = network
        self.draw = draw
        self.experiment = experiment
        self.recipe = recipe
        self.validation = validation
        self.on_epoch = on_epoch
        self.run_block, self.loss = ENGINES[engine], LOSSES[recipe.loss]
        self.best = Best(network, recipe.patience or math.inf)
        self.train_loss: list[NDArray[np.float32]] = []
        self.val_loss: list[NDArray[np.float32]] = []

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return adam(self.network, self.recipe.learning_rate, self.recipe.weight_decay)

    def training_step(self, split: tuple[Tensor, Tensor], _: int) -> None:
        """Run one epoch over the training split, `(N, T, F)` and `(N, Y)`, in each replicate's own order."""
        x, y = split
        order = self.epoch_order(self.current_epoch, len(x))
        optimizer: Any = self.optimizers(use_pl_optimizer=False)
        for group in optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * self.share_of_rate(self.current_epoch)
        losses = self.run_block(self.network, optimizer, x, y, order, self.recipe.batch_size, self.loss)
        self.train_loss.append(losses.numpy())
        if self.validation is not None:
            self._validate(self.validation)
        self.on_epoch(self.current_epoch + 1, self.losses_of(-1))
        self.trainer.should_stop = self._is_over

    def _validate(self, samples: Samples) -> None:
        errors = torch.from_numpy(network_outputs(self.network, samples.x) - samples.y)
        losses = self.loss.values(errors).mean(dim=(1, 2)).float()  # rounded: the same on every processor
        self.val_loss.append(losses.numpy())
        self.best.update(self.network, losses, len(self.val_loss))

    def share_of_rate(self, epoch: int) -> float:
        """What is left of the learning rate in an epoch, from 0: all, or along half a cosine (Loshchilov & Hutter 2017,
        eq. 5, without restarts), from all in the first epoch to nothing after the last.
        """
        if self.recipe.schedule == "constant":
            return 1.0
        return round((1 + math.cos(math.pi * epoch / self.recipe.epochs)) / 2, DECIMALS)

    @property
    def _is_over(self) -> bool:
        """Whether further epochs change nothing: none improves any more, or all diverged."""
        return bool(self.best.stopped(len(self.val_loss)).all()) or not bool(np.isfinite(self.train_loss[-1]).any())

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["losses"] = [torch.from_numpy(np.array(losses)) for losses in (self.train_loss, self.val_loss)]

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.train_loss, self.val_loss = (list(losses.numpy()) for losses in checkpoint["losses"])

    def on_fit_start(self) -> None:
        """Of a training that continues, the weights and the best epochs are loaded by now; it may have been over."""
        for epoch in range(len(self.train_loss)):
            self.on_epoch(epoch + 1, self.losses_of(epoch))
        if self.train_loss:
            self.trainer.should_stop = self._is_over

    def losses_of(self, epoch: int) -> dict[str, NDArray[np.float32]]:
        """The losses `(R,)` of an epoch, counted from 0 or, as -1, from the last; by name."""
        curves = {"train_loss": self.train_loss, "val_loss": self.val_loss}
        return {name: losses[epoch] for name, losses in curves.items() if losses}

    @property
    def diverged(self) -> dict[int, int]:
        """The replicates whose loss or weights are not finite, and the epoch, from 1, at which they first were not.

        What happens after a replicate's patience has stopped it does not count.
        """
        curves = np.stack([curve for curve in (self.train_loss, self.val_loss) if curve])
        finite = torch.from_numpy(curves).isfinite().all(0)  # (E, R)
        for weight in self.network.parameters():
            finite[-1] &= weight.isfinite().flatten(1).all(1)
        for epoch in range(len(self.val_loss)):
            finite[epoch] |= self.best.stopped(epoch)
        return {int(r): int(finite[:, r].int().argmin()) + 1 for r in (~finite.all(0)).nonzero()}

    def epoch_order(self, epoch: int, samples: int) -> Tensor:
        """The order of the samples in an epoch `(R, N)`, from the experiment's seed, dataset and cell alone."""
        draws = [self.draw("order", replicate, epoch) for replicate in range(self.network.replicates)]
        return torch.from_numpy(np.stack([draw.permutation(samples) for draw in draws]))


class Best(nn.Module):
    """The weights of each replicate at the epoch of its lowest validation loss.

    A replicate that has not improved for `patience` epochs takes no later epoch, however long the others continue: its
    weights do not depend on them.
    """

    loss: Tensor
    """The lowest of each replicate `(R,)`."""
    epoch: Tensor
    """Of that loss, `(R,)`, counted from 1."""

    def __init__(self, network: Network, patience: float) -> None:
        super().__init__()
        self.patience = patience
        self.network = deepcopy(network).requires_grad_(False)
        self.register_buffer("loss", torch.full((network.replicates,), torch.inf))
        self.register_buffer("epoch", torch.zeros(network.replicates, dtype=torch.int64))

    def stopped(self, epochs: int) -> Tensor:
        """Which replicates take no later epoch, `(R,)`, after so many."""
        return epochs - self.epoch >= self.patience

    def update(self, network: Network, losses: Tensor, epoch: int) -> None:
        """Take over each replicate whose validation loss `(R,)` after an epoch, from 1, is its lowest so far."""
        better = (losses < self.loss) & ~self.stopped(epoch - 1)
        self.loss = torch.where(better, losses, self.loss)
        self.epoch[better] = epoch
        for best, weight in zip(self.network.parameters(), network.parameters(), strict=True):
            best[better] = weight.detach()[better]
