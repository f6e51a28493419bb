"""The fits of one experiment, without its validation part and with it: from the same first weights each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.base.datasets.splits import Split
from cellbench.base.params.config import Experiment
from cellbench.cells.contract import Weights
from cellbench.network import Network, build_network
from cellbench.training.engine import EngineName
from cellbench.training.learner import Learner, Recipe, samples
from cellbench.training.trainer import Report, fit


@dataclass
class Fits:
    """What they have in common, and which replicates diverged in any of them."""

    name: str
    experiment: Experiment
    seed: int
    first: Weights
    engine: EngineName
    report: Report | None
    """Is told the losses of each epoch as it ends."""
    checkpoints: Path | None
    """The folder in which those lie that a training was cut off at, and goes on from."""
    diverged: dict[int, int] = field(default_factory=dict)
    """The epoch, from 1, in which a replicate first was not finite."""

    @property
    def members(self) -> list[int]:
        """The replicates that did not diverge so far, in any of them."""
        return [replicate for replicate in range(self.experiment.replicates) if replicate not in self.diverged]

    def of_members(self, weights: Weights) -> Weights:
        """The weights of those alone."""
        return {name: values[self.members] for name, values in weights.items()}

    def network(self, weights: Weights) -> Network:
        """The experiment's network with such weights."""
        return build_network(self.experiment.cell, weights, self.experiment.cell_options)

    def run(self, checkpoint: str, part: Split, told: tuple[str, ...], validation: Split | None = None) -> Learner:
        """Train all replicates on a part of the samples.

        Args:
            checkpoint: the name of its file.
            told: the losses that the report is told.
            validation: the samples on which losses are measured after each epoch, and by which the best is chosen.

        Raises:
            InputError: all replicates have diverged.
        """

        def report_some(epoch: int, losses: Mapping[str, NDArray[np.float32]]) -> None:
            if self.report:
                self.report(epoch, {loss: losses[loss] for loss in told})

        experiment = self.experiment
        recipe = Recipe(
            experiment.batch_size, experiment.learning_rate, experiment.weight_decay, experiment.patience, self.engine
        )
        network = self.network({name: values.clone() for name, values in self.first.items()})
        learner = Learner(network, self.seed, self.name, recipe, None if validation is None else samples(validation))
        file = self.checkpoints and self.checkpoints / f"{checkpoint}.ckpt"
        fit(learner, samples(part), experiment.epochs, report_some, file)
        for replicate, epoch in learner.diverged.items():
            self.diverged[replicate] = min(epoch, self.diverged.get(replicate, epoch))
        self._check_some_left()
        return learner

    def _check_some_left(self) -> None:
        if not self.members:
            raise InputError(
                f"{self.name}: all {self.experiment.replicates} replicates diverged, the first in epoch "
                f"{min(self.diverged.values())}: losses or weights are not finite; "
                f"try a smaller experiments.{self.name}.learning_rate than {self.experiment.learning_rate:g}"
            )
