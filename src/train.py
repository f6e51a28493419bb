"""Stage `train@<experiment>`: train all replicates of an experiment side by side."""

import logging
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

from cellbench.cli import run_stage_for
from cellbench.config import Params
from cellbench.datasets import load_description, load_split
from cellbench.errors import InputError
from cellbench.history import write_history
from cellbench.learner import Learner, whole_split
from cellbench.network import build_network, initial_weights
from cellbench.runs import run_folder, save_run
from cellbench.streams import stream


def train(params: Params, name: str) -> None:
    """Train all replicates of an experiment and write runs/<dataset>/<experiment>/."""
    experiment = params.experiments[name]
    data = Path("data") / experiment.dataset
    shape = load_description(data)
    split = load_split(data, "train")

    randoms = [stream(params.seed, name, "weights", replicate) for replicate in range(experiment.replicates)]
    first = initial_weights(experiment.cell, shape["features"], experiment.units, shape["outputs"], randoms)
    network = build_network(experiment.cell, {k: w.clone() for k, w in first.items()}, experiment.cell_options)
    learner = Learner(network, params.seed, name, experiment.batch_size, experiment.learning_rate)
    print(f"{name}: {experiment.replicates} replicates of {network.n_params} parameters, {experiment.epochs} epochs")
    make_trainer(experiment.epochs).fit(learner, whole_split(split.x, split.y))
    finite = torch.stack([weight.isfinite().flatten(1).all(1) for weight in network.parameters()]).all(0)
    finite &= torch.from_numpy(np.isfinite(learner.history).all(axis=0))
    if diverged := [str(replicate) for replicate in range(experiment.replicates) if not finite[replicate]]:
        raise InputError(
            f"{name}: replicate {', '.join(diverged)} diverged: its loss or weights are not finite; "
            f"try a smaller experiments.{name}.learning_rate than {experiment.learning_rate:g}"
        )

    folder = run_folder(experiment.dataset, name)
    model = {
        "cell": experiment.cell,
        "options": experiment.cell_options,
        "features": shape["features"],
        "units": experiment.units,
        "outputs": shape["outputs"],
        "replicates": experiment.replicates,
        "n_params": network.n_params,
    }
    save_run(folder, model, {"initial": first, "final": network.state_dict()})
    write_history(folder, learner.history)


def make_trainer(epochs: int) -> pl.Trainer:
    """A Trainer that keeps nothing: what a training leaves behind is written once it is done."""
    torch.set_num_threads(1)  # the cells are small: threads would cost more than they bring
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    on_terminal = sys.stderr.isatty()
    return pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=on_terminal,
        callbacks=[] if on_terminal else [LogLine(every=max(1, epochs // 10))],
    )


class LogLine(pl.Callback):
    """A line now and then, where there is no terminal to draw a progress bar on."""

    def __init__(self, every: int) -> None:
        self.every = every

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: Any) -> None:
        epoch = trainer.current_epoch + 1
        if epoch % self.every == 0 or epoch == trainer.max_epochs:
            print(
                f"{learner.experiment}: epoch {epoch}/{trainer.max_epochs}, "
                f"train_loss {trainer.callback_metrics['train_loss']:.5f}",
                flush=True,
            )


if __name__ == "__main__":
    run_stage_for("experiments", train)
