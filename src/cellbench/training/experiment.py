"""A training as its experiment asks for it: which samples, for how long, and which weights are kept.

Shape letters: R replicates, N samples, O outputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellbench.cells.contract import Weights
from cellbench.datasets.scaling import ensemble
from cellbench.datasets.splits import Split
from cellbench.errors import InputError
from cellbench.network import Network, Shape, build_network, initial_weights, network_outputs
from cellbench.params.config import Experiment
from cellbench.streams import stream
from cellbench.training.engine import choose_engine
from cellbench.training.learner import Learner, Recipe, samples
from cellbench.training.trainer import Report, fit

Losses = dict[str, list[NDArray[np.float32]]]


@dataclass(frozen=True)
class Trained:
    """What a training leaves behind."""

    model: dict[str, Any]
    weights: dict[str, Weights]
    """`initial` and `final`, of the replicates that did not diverge: the members of the ensemble."""
    losses: Losses
    residuals: Tensor
    """Of the ensemble on the validation part `(N, O)`, as the network sees it: target minus forecast."""


def train_experiment(
    name: str,
    experiment: Experiment,
    seed: int,
    split: Split,
    description: Mapping[str, Any],
    report: Report | None = None,
    checkpoints: Path | None = None,
) -> Trained:
    """Train all replicates of an experiment on the training part of its dataset.

    Where there is a validation part, the network is trained without it first. With `select: best` each replicate
    keeps the weights of its best epoch there. With `select: last` it is trained once more, from the same first
    weights, on everything; the validation losses and residuals then are those of the first training, since the
    second has seen the answers.

    Args:
        report: is told the losses that will be in `losses`, each epoch as it ends.
        checkpoints: the folder in which those lie that a training was cut off at, and goes on from.

    A replicate that diverges is left out of the weights and the residuals; its losses are NaN or infinite from then on.

    Raises:
        InputError: all replicates diverged.
    """
    first = _initial_weights(name, experiment, seed, description)
    network = build_network(experiment.cell, first, experiment.cell_options)
    engine, reason = choose_engine(name, experiment.engine, network, experiment.batch_size)
    recipe = Recipe(
        experiment.batch_size, experiment.learning_rate, experiment.weight_decay, experiment.patience, engine
    )

    diverged: dict[int, int] = {}

    def trained(on: str, part: Split, told: tuple[str, ...], validation: Split | None = None) -> Learner:
        def report_some(epoch: int, losses: Mapping[str, NDArray[np.float32]]) -> None:
            if report:
                report(epoch, {loss: losses[loss] for loss in told})

        network = build_network(experiment.cell, {k: w.clone() for k, w in first.items()}, experiment.cell_options)
        learner = Learner(network, seed, name, recipe, None if validation is None else samples(validation))
        checkpoint = checkpoints and checkpoints / f"{on}.ckpt"
        fit(learner, samples(part), experiment.epochs, report_some, checkpoint)
        for replicate, epoch in learner.diverged.items():
            diverged[replicate] = min(epoch, diverged.get(replicate, epoch))
        _check_some_left(name, experiment, diverged)
        return learner

    print(f"{name}: {experiment.replicates} replicates of {network.n_params} parameters, {experiment.epochs} epochs")
    print(f"{name}: engine {engine}: {reason}")
    held_out = description["validation_samples"]
    best_epochs = [experiment.epochs] * experiment.replicates
    if not held_out:
        last = trained("whole", split, ("train_loss",))
        final, losses = last.network.state_dict(), {"train_loss": last.train_loss}
    else:
        print(f"{name}: without the {held_out} samples of the validation part")
        validation = split[-held_out:]
        told = ("val_loss",) if experiment.select == "last" else ("train_loss", "val_loss")
        learner = trained("without_validation", split[: description["train_samples"]], told, validation)
        final, losses = learner.network.state_dict(), {"train_loss": learner.train_loss, "val_loss": learner.val_loss}
        if experiment.select == "best":
            final, best_epochs = learner.best.weights, learner.best.epoch.tolist()
        calibrated = final
        if experiment.select == "last":
            print(f"{name}: on the whole training part")
            last = trained("whole", split, ("train_loss",))
            final, losses["train_loss"] = last.network.state_dict(), last.train_loss

    members = [replicate for replicate in range(experiment.replicates) if replicate not in diverged]
    for replicate, epoch in sorted(diverged.items()):
        print(f"{name}: replicate {replicate} diverged in epoch {epoch} and is left out")

    def left(weights: Weights) -> Weights:
        return {weight: values[members] for weight, values in weights.items()}

    residuals = torch.zeros(0, description["outputs"])
    if held_out:
        together = build_network(experiment.cell, left(calibrated), experiment.cell_options)
        residuals = validation_residuals(together, validation, description["transform"])

    model = {
        "cell": experiment.cell,
        "options": experiment.cell_options,
        "features": description["features"],
        "units": experiment.units,
        "outputs": description["outputs"],
        "replicates": experiment.replicates,
        "members": members,
        "diverged": {str(replicate): epoch for replicate, epoch in sorted(diverged.items())},
        "n_params": network.n_params,
        "multiply_adds": network.multiply_adds(description["timesteps"]),
        "best_epochs": [best_epochs[replicate] for replicate in members],
        "engine": engine,
        "data": dict(description),
    }
    return Trained(model, {"initial": left(first), "final": left(final)}, losses, residuals)


def validation_residuals(network: Network, validation: Split, transform: str) -> Tensor:
    """How far the targets lie from the ensemble's forecasts `(N, O)`, as the network sees both."""
    scaling = validation.scaling(transform)
    forecasts = ensemble(network_outputs(network, validation.x), scaling)
    return torch.from_numpy((validation.y - scaling.from_units(forecasts)).astype(np.float32))


def _initial_weights(name: str, experiment: Experiment, seed: int, description: Mapping[str, Any]) -> Weights:
    shape = Shape(
        description["timesteps"],
        description["features"],
        experiment.units,
        description["outputs"],
        experiment.skip == "linear",
    )
    randoms = [stream(seed, name, "weights", replicate) for replicate in range(experiment.replicates)]
    return initial_weights(experiment.cell, shape, randoms)


def _check_some_left(name: str, experiment: Experiment, diverged: Mapping[int, int]) -> None:
    if len(diverged) == experiment.replicates:
        raise InputError(
            f"{name}: all {experiment.replicates} replicates diverged, the first in epoch {min(diverged.values())}: "
            f"losses or weights are not finite; "
            f"try a smaller experiments.{name}.learning_rate than {experiment.learning_rate:g}"
        )
