"""Chooses the epoch whose weights a replicate keeps, by its validation loss.

Shape letters: R replicates.
"""

from copy import deepcopy

import torch
from torch import Tensor, nn

from cellbench.cells.contract import Weights
from cellbench.network import Network


class Best(nn.Module):
    """The weights of each replicate at the epoch of its lowest validation loss.

    A replicate that has not improved for `patience` epochs takes no later epoch, however long the others continue: its
    weights do not depend on them.
    """

    loss: Tensor
    """The lowest of each replicate `(R,)`."""
    epoch: Tensor
    """Of that loss, `(R,)`, counted from 1."""
    epochs: Tensor
    """So far."""
    stopped: Tensor
    """Which replicates take no later epoch, `(R,)`."""

    def __init__(self, network: Network, patience: int | None) -> None:
        super().__init__()
        self.patience = patience
        self.network = deepcopy(network).requires_grad_(False)
        self.register_buffer("loss", torch.full((network.replicates,), torch.inf))
        self.register_buffer("epoch", torch.zeros(network.replicates, dtype=torch.int64))
        self.register_buffer("epochs", torch.tensor(0))
        self.register_buffer("stopped", torch.zeros(network.replicates, dtype=torch.bool))

    def update(self, network: Network, losses: Tensor) -> None:
        """Take over each replicate whose validation loss `(R,)` is its lowest so far."""
        self.epochs += 1
        better = (losses < self.loss) & ~self.stopped
        self.loss = torch.where(better, losses, self.loss)
        self.epoch[better] = self.epochs
        for best, weight in zip(self.network.parameters(), network.parameters(), strict=True):
            best[better] = weight.detach()[better]
        if self.patience is not None:
            self.stopped |= self.epochs - self.epoch >= self.patience

    @property
    def weights(self) -> Weights:
        return self.network.state_dict()

    @property
    def finished(self) -> bool:
        return bool(self.stopped.all())
