"""A training as its experiment asks for it: which samples, for how long, and which weights are kept.

Shape letters: R replicates, N samples, O outputs, H steps ahead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.cells.contract import Weights
from cellbench.config.params import Experiment
from cellbench.continuation import continued_forecasts, network_forecasts
from cellbench.data.dataset import Dataset, Samples
from cellbench.data.scaling import View, single
from cellbench.files import rounded
from cellbench.learning.engines import choose_engine
from cellbench.learning.learner import Learner, OnEpoch
from cellbench.learning.trainer import fit
from cellbench.network import Network, Shape, build_network, initial_weights
from cellbench.runs.card import ModelCard
from cellbench.runs.outputs import Run
from cellbench.streams import stream


@dataclass(frozen=True)
class Trained(Run):
    """What a training leaves behind."""

    losses: dict[str, list[NDArray[np.float32]]]
    summary: str
    """What was trained, for the log."""


def train_experiment(
    name: str,
    experiment: Experiment,
    data: Dataset,
    on_epoch: OnEpoch = lambda epoch, losses: None,
    checkpoints: Path | None = None,
) -> Trained:
    """Train all replicates of an experiment on the training part of its dataset.

    Where there is a validation part, the network is first trained without it. With `select: best` each replicate
    keeps the weights of its best epoch there. With `select: last` it is trained once more, from the same first
    weights, on everything; the validation losses and residuals then are those of the first training, since the
    second has seen the answers.

    A replicate that diverges is left out of the weights and the residuals; its losses are NaN or infinite from then on.

    Args:
        data: its known rows.
        on_epoch: called after each epoch with the losses that will be in `losses`.
        checkpoints: the folder of the checkpoints, from which an interrupted training continues.

    Raises:
        InputError: all replicates diverged, or the recipe does not fit the data.
    """
    place = f"experiments.{name}"
    view = data.view(experiment, place)

    def cut(*periods: str) -> Samples:
        return data.samples(data.origins(*periods, window=experiment.window or 1), view, place)

    everything, held_out = cut("train", "validation"), data.samples(data.origins("validation"), view, place)
    timesteps, features = everything.x.shape[1:]
    shape = Shape(timesteps, features, experiment.units, data.card.outputs, experiment.skip == "linear")
    draw, epochs = partial(stream, *experiment.seeded_by), experiment.stop_after or experiment.epochs
    randoms = [draw("weights", replicate) for replicate in range(experiment.replicates)]
    first = initial_weights(experiment.cell, shape, randoms)
    network = build_network(experiment.cell, first, experiment.cell_options)
    engine, reason = choose_engine(name, experiment.engine, network, experiment.batch_size)
    summary = (
        f"{experiment.replicates} replicates of {network.n_params} parameters, {epochs} epochs, by the {engine} engine "
        f"({reason})"
    )
    diverged: dict[int, int] = {}

    def trained_on(part: Samples, file: str, logged: tuple[str, ...], validation: Samples | None = None) -> Learner:
        """The learner after training on a part of the samples, from the first weights."""

        def log(epoch: int, losses: Mapping[str, NDArray[np.float32]]) -> None:
            on_epoch(epoch, {loss: losses[loss] for loss in logged})

        weights = {weight: values.clone() for weight, values in first.items()}
        network = build_network(experiment.cell, weights, experiment.cell_options)
        learner = Learner(network, draw, name, experiment, engine, validation, log)
        fit(learner, part, epochs, checkpoints and checkpoints / file)
        for replicate, epoch in learner.diverged.items():
            diverged[replicate] = min(epoch, diverged.get(replicate, epoch))
        if len(diverged) == experiment.replicates:
            raise InputError(
                f"{name}: all {experiment.replicates} replicates diverged, the first in epoch "
                f"{min(diverged.values())}: losses or weights are not finite; "
                f"try a smaller experiments.{name}.learning_rate than {experiment.learning_rate:g}"
            )
        return learner

    best_epochs = [epochs] * experiment.replicates
    losses: dict[str, list[NDArray[np.float32]]] = {}
    validated = len(held_out.x) > 0
    if validated:
        logged = ("val_loss",) if experiment.select == "last" else ("train_loss", "val_loss")
        learner = trained_on(cut("train"), "without_validation.ckpt", logged, held_out)
        losses = {"train_loss": learner.train_loss, "val_loss": learner.val_loss}
        final = calibrated = learner.network.state_dict()
        if experiment.select == "best":
            final = calibrated = learner.best.network.state_dict()
            best_epochs = learner.best.epoch.tolist()
    if not validated or experiment.select == "last":
        learner = trained_on(everything, "whole.ckpt", ("train_loss",))
        losses |= {"train_loss": learner.train_loss}
        final = learner.network.state_dict()
    for replicate, epoch in sorted(diverged.items()):
        summary += f"; replicate {replicate} diverged in epoch {epoch} and is left out"

    members = [replicate for replicate in range(experiment.replicates) if replicate not in diverged]

    def of_members(weights: Weights) -> Weights:
        return {weight: values[members] for weight, values in weights.items()}

    residuals, val_error = np.empty((0, data.card.outputs)), []
    if validated and view:
        together = build_network(experiment.cell, of_members(calibrated), experiment.cell_options)
        residuals = validation_residuals(together, data, view, place)
        val_error = rounded(data.validation_errors(network_forecasts(together, held_out)).tolist())
    card = ModelCard(
        experiment=experiment,
        n_params=network.n_params,
        multiply_adds=network.multiply_adds(timesteps),
        engine=engine,
        members=members,
        diverged=dict(sorted(diverged.items())),
        best_epochs=[best_epochs[replicate] for replicate in members],
        val_error=val_error,
        data=data.card,
        view=view,
    )
    return Trained(card, {"initial": of_members(first), "final": of_members(final)}, residuals, losses, summary)


def validation_residuals(network: Network, data: Dataset, view: View, place: str) -> NDArray[np.float64]:
    """How far the validation part lies from the ensemble's forecasts `(N, H)`, as the network sees both.

    They go on beyond the horizon from its own forecasts, as far as `DatasetCard.reach`; NaN after the validation part.
    """
    origins = data.origins("validation")
    windows, truth = data.windows(origins, view, place), data.following(origins, data.card.reach, "validation")
    series = data.series[origins]
    forecasts = continued_forecasts(network, view, windows, series, data.card.reach)
    residuals = single(view.inputs(windows, series)[1].about(forecasts).from_units(truth))
    return np.where(np.isnan(residuals) & ~np.isnan(truth), np.inf, residuals)  # of a forecast beyond all bounds
