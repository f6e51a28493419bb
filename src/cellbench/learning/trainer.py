"""Lightning's Trainer as every experiment uses it."""

import logging
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray

from cellbench.learning.checkpoint import Checkpoint, usable
from cellbench.learning.learner import Learner, Tensors, whole_split

OnEpoch = Callable[[int, Mapping[str, NDArray[np.float32]]], None]
"""Called with each epoch, from 1, and its losses `(R,)` by name."""


def fit(
    learner: Learner,
    samples: Tensors,
    epochs: int,
    on_epoch: OnEpoch = lambda epoch, losses: None,
    checkpoint: Path | None = None,
    silent: bool = False,
) -> None:
    """Train for some epochs.

    Args:
        on_epoch: also called for the epochs that a checkpoint brings along.
        checkpoint: the file from which to continue, written now and then.
        silent: without a progress bar and lines in the log.

    Raises:
        KeyboardInterrupt: after Ctrl-C, which Lightning turns into a silent exit.
    """
    torch.set_num_threads(1)  # the cells are small: threads would cost more than they bring
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    on_terminal = sys.stderr.isatty()
    shown = Bar() if on_terminal else pl.callbacks.LambdaCallback(on_train_epoch_end=print_losses)
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=on_terminal and not silent,
        callbacks=[
            *([] if silent else [shown]),
            EpochEnd(on_epoch),
            *([Checkpoint(checkpoint)] if checkpoint else []),
        ],
    )
    start = checkpoint if checkpoint and usable(checkpoint) else None
    try:
        trainer.fit(learner, whole_split(samples), ckpt_path=start, weights_only=True)
    except SystemExit:
        raise KeyboardInterrupt from None


def print_losses(trainer: pl.Trainer, learner: Any) -> None:
    """Print a line ten times per training, where there is no terminal for a progress bar."""
    epoch, epochs = trainer.current_epoch + 1, trainer.max_epochs or 0
    if epoch % max(1, epochs // 10) == 0 or epoch == epochs:
        losses = ", ".join(f"{name} {loss.mean():.5f}" for name, loss in learner.losses_of(-1).items())
        print(f"{learner.experiment}: epoch {epoch}/{epochs}, {losses}", flush=True)


class Bar(pl.callbacks.TQDMProgressBar):
    """A progress bar that ends with the losses; Lightning's own log of them takes as long as a small epoch."""

    def get_metrics(self, _: pl.Trainer, learner: Any) -> dict[str, int | str | float | dict[str, float]]:
        return {name: f"{loss.mean():.5f}" for name, loss in learner.losses_of(-1).items()}


class EpochEnd(pl.Callback):
    """Passes on the losses of every epoch."""

    def __init__(self, on_epoch: OnEpoch) -> None:
        self.on_epoch = on_epoch

    def on_fit_start(self, trainer: pl.Trainer, learner: Any) -> None:
        for epoch in range(len(learner.train_loss)):
            self.on_epoch(epoch + 1, learner.losses_of(epoch))

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: Any) -> None:
        self.on_epoch(trainer.current_epoch + 1, learner.losses_of(-1))
