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

from cellbench.base.datasets.scaling import ensemble
from cellbench.base.datasets.splits import Split
from cellbench.base.params.config import Experiment
from cellbench.base.params.streams import stream
from cellbench.cells.contract import Weights
from cellbench.network import Network, Shape, build_network, initial_weights, network_outputs
from cellbench.training.engine import choose_engine
from cellbench.training.fits import Fits
from cellbench.training.trainer import Report

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
    print(f"{name}: {experiment.replicates} replicates of {network.n_params} parameters, {experiment.epochs} epochs")
    print(f"{name}: engine {engine}: {reason}")
    fits = Fits(name, experiment, seed, first, engine, report, checkpoints)
    held_out = description["validation_samples"]
    best_epochs = [experiment.epochs] * experiment.replicates
    losses: Losses = {}
    if held_out:
        print(f"{name}: without the {held_out} samples of the validation part")
        validation = split[-held_out:]
        told = ("val_loss",) if experiment.select == "last" else ("train_loss", "val_loss")
        learner = fits.run("without_validation", split[: description["train_samples"]], told, validation)
        losses = {"train_loss": learner.train_loss, "val_loss": learner.val_loss}
        final = calibrated = learner.network.state_dict()
        if experiment.select == "best":
            final = calibrated = learner.best.weights
            best_epochs = learner.best.epoch.tolist()
    if not held_out or experiment.select == "last":
        if held_out:
            print(f"{name}: on the whole training part")
        learner = fits.run("whole", split, ("train_loss",))
        losses |= {"train_loss": learner.train_loss}
        final = learner.network.state_dict()
    for replicate, epoch in sorted(fits.diverged.items()):
        print(f"{name}: replicate {replicate} diverged in epoch {epoch} and is left out")

    residuals = torch.zeros(0, description["outputs"])
    if held_out:
        together = fits.network(fits.of_members(calibrated))
        residuals = validation_residuals(together, validation, description["transform"])
    model = {
        "cell": experiment.cell,
        "options": experiment.cell_options,
        "features": description["features"],
        "units": experiment.units,
        "outputs": description["outputs"],
        "replicates": experiment.replicates,
        "members": fits.members,
        "diverged": {str(replicate): epoch for replicate, epoch in sorted(fits.diverged.items())},
        "n_params": network.n_params,
        "multiply_adds": network.multiply_adds(description["timesteps"]),
        "best_epochs": [best_epochs[replicate] for replicate in fits.members],
        "engine": engine,
        "data": dict(description),
    }
    weights = {"initial": fits.of_members(first), "final": fits.of_members(final)}
    return Trained(model, weights, losses, residuals)


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
