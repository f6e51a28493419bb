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
    """`initial` and `final`."""
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

    Raises:
        InputError: a replicate diverged.
    """
    first = _initial_weights(name, experiment, seed, description)
    network = build_network(experiment.cell, first, experiment.cell_options)
    engine, reason = choose_engine(name, experiment.engine, network, experiment.batch_size)
    recipe = Recipe(
        experiment.batch_size, experiment.learning_rate, experiment.weight_decay, experiment.patience, engine
    )

    def trained(on: str, part: Split, told: tuple[str, ...], validation: Split | None = None) -> Learner:
        def report_some(epoch: int, losses: Mapping[str, NDArray[np.float32]]) -> None:
            if report:
                report(epoch, {loss: losses[loss] for loss in told})

        network = build_network(experiment.cell, {k: w.clone() for k, w in first.items()}, experiment.cell_options)
        learner = Learner(network, seed, name, recipe, None if validation is None else samples(validation))
        checkpoint = checkpoints and checkpoints / f"{on}.ckpt"
        fit(learner, samples(part), experiment.epochs, report_some, checkpoint)
        _check_finite(name, experiment, learner)
        return learner

    print(f"{name}: {experiment.replicates} replicates of {network.n_params} parameters, {experiment.epochs} epochs")
    print(f"{name}: engine {engine}: {reason}")
    held_out = description["validation_samples"]
    best_epochs = [experiment.epochs] * experiment.replicates
    if not held_out:
        last = trained("whole", split, ("train_loss",))
        final, losses = last.network.state_dict(), {"train_loss": last.train_loss}
        residuals = torch.zeros(0, description["outputs"])
    else:
        print(f"{name}: without the {held_out} samples of the validation part")
        validation = split[-held_out:]
        told = ("val_loss",) if experiment.select == "last" else ("train_loss", "val_loss")
        learner = trained("without_validation", split[: description["train_samples"]], told, validation)
        final, losses = learner.network.state_dict(), {"train_loss": learner.train_loss, "val_loss": learner.val_loss}
        if experiment.select == "best":
            final, best_epochs = learner.best.weights, learner.best.epoch.tolist()
        calibrated = build_network(experiment.cell, final, experiment.cell_options)
        residuals = validation_residuals(calibrated, validation, description["transform"])
        if experiment.select == "last":
            print(f"{name}: on the whole training part")
            last = trained("whole", split, ("train_loss",))
            final, losses["train_loss"] = last.network.state_dict(), last.train_loss

    model = {
        "cell": experiment.cell,
        "options": experiment.cell_options,
        "features": description["features"],
        "units": experiment.units,
        "outputs": description["outputs"],
        "replicates": experiment.replicates,
        "n_params": network.n_params,
        "multiply_adds": network.multiply_adds(description["timesteps"]),
        "best_epochs": best_epochs,
        "engine": engine,
        "data": dict(description),
    }
    return Trained(model, {"initial": first, "final": final}, losses, residuals)


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


def _check_finite(name: str, experiment: Experiment, learner: Learner) -> None:
    finite = torch.stack([weight.isfinite().flatten(1).all(1) for weight in learner.network.parameters()]).all(0)
    finite &= torch.from_numpy(np.isfinite([*learner.train_loss, *learner.val_loss]).all(axis=0))
    if diverged := [str(replicate) for replicate in range(experiment.replicates) if not finite[replicate]]:
        raise InputError(
            f"{name}: replicate {', '.join(diverged)} diverged: its loss or weights are not finite; "
            f"try a smaller experiments.{name}.learning_rate than {experiment.learning_rate:g}"
        )
