"""Which epoch's weights a replicate keeps, when a validation part is to decide it.

Shape letters: R replicates.
"""

from typing import Any

import torch
from torch import Tensor

from cellbench.network import Network


class Best:
    """The weights of each replicate at the epoch of its lowest validation loss.

    A replicate that has not improved for `patience` epochs takes no later epoch, however long the others go on: what
    it becomes does not depend on them.
    """

    def __init__(self, network: Network, patience: int | None) -> None:
        self.patience = patience
        self.weights = {name: weight.detach().clone() for name, weight in network.named_parameters()}
        self.loss = torch.full((network.replicates,), torch.inf)
        self.epoch = torch.zeros(network.replicates, dtype=torch.int64)
        """Counted from 1."""
        self.epochs = 0
        self._stopped = torch.zeros(network.replicates, dtype=torch.bool)

    def update(self, network: Network, losses: Tensor) -> None:
        """Take over each replicate whose validation loss `(R,)` is its lowest so far."""
        self.epochs += 1
        better = (losses < self.loss) & ~self._stopped
        self.loss = torch.where(better, losses, self.loss)
        self.epoch[better] = self.epochs
        for name, weight in network.named_parameters():
            self.weights[name][better] = weight.detach()[better]
        if self.patience is not None:
            self._stopped |= self.epochs - self.epoch >= self.patience

    @property
    def finished(self) -> bool:
        return bool(self._stopped.all())

    @property
    def state(self) -> dict[str, Any]:
        """All that a later epoch depends on."""
        return {"weights": self.weights, "loss": self.loss, "epoch": self.epoch, "epochs": self.epochs,
                "stopped": self._stopped}  # fmt: skip

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.weights, self.loss, self.epoch = state["weights"], state["loss"], state["epoch"]
        self.epochs, self._stopped = state["epochs"], state["stopped"]
