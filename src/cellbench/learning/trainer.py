"""Lightning's Trainer as every experiment uses it.

An interrupted training continues from its last checkpoint, to the same bytes as without the interruption.
"""

import logging
import sys
import warnings
from pathlib import Path
from time import monotonic
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from cellbench.console import say
from cellbench.data.dataset import Samples
from cellbench.learning.learner import Learner

SECONDS = 2.0
"""Between two checkpoints: each takes some milliseconds."""
LINES = 30.0
"""Seconds between two lines of a log."""


def fit(learner: Learner, samples: Samples, epochs: int, checkpoint: Path | None = None, silent: bool = False) -> None:
    """Train for some epochs.

    Args:
        checkpoint: the file from which to continue, written now and then.
        silent: without a progress bar and lines in the log.

    Raises:
        KeyboardInterrupt: after Ctrl-C, which Lightning turns into a silent exit.
    """
    torch.set_num_threads(1)  # the cells are small: threads would cost more than they bring
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    on_terminal = sys.stderr.isatty()
    shown = Bar() if on_terminal else Lines()
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=on_terminal and not silent,
        callbacks=[*([] if silent else [shown]), *([Checkpoint(checkpoint)] if checkpoint else [])],
    )
    start = checkpoint if checkpoint and usable(checkpoint) else None
    one_batch: Any = [(samples.x, samples.y)]
    try:
        trainer.fit(learner, DataLoader(one_batch, batch_size=None), ckpt_path=start, weights_only=True)
    except SystemExit:
        raise KeyboardInterrupt from None


class Lines(pl.Callback):
    """A line now and then, where there is no terminal for a progress bar."""

    def __init__(self) -> None:
        self._printed = monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: Any) -> None:
        if monotonic() - self._printed < LINES:
            return
        self._printed = monotonic()
        losses = ", ".join(f"{name} {loss.mean():.5f}" for name, loss in learner.losses_of(-1).items())
        epoch = f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}"
        say(f"{learner.experiment}: {epoch}, {losses}")


class Bar(pl.callbacks.TQDMProgressBar):
    """A progress bar that ends with the losses; Lightning's own log of them takes as long as a small epoch."""

    def get_metrics(self, _: pl.Trainer, learner: Any) -> dict[str, int | str | float | dict[str, float]]:
        return {name: f"{loss.mean():.5f}" for name, loss in learner.losses_of(-1).items()}


class Checkpoint(pl.Callback):
    """Writes now and then, and when all epochs are done, what the rest of a training depends on: the weights, Adam's
    moments, the losses so far, the best epochs. The orders of the samples follow from the seed and the epoch alone.

    Lightning's ModelCheckpoint ends the training when the disk is full; this warns, and training continues.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = monotonic()
        self._failed = False

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        if monotonic() - self._written >= SECONDS:
            self._write(trainer)

    def on_train_end(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        self._write(trainer)

    def _write(self, trainer: pl.Trainer) -> None:
        self._written = monotonic()
        part = self._path.with_suffix(".part")
        try:
            trainer.save_checkpoint(part)
            part.replace(self._path)
        except OSError as error:
            if not self._failed:
                say(f"WARNING: {self._path}: {error.strerror}: no checkpoint")
            self._failed = True


def usable(path: Path) -> bool:
    """Whether there is a checkpoint from which to continue; a torn one is not."""
    if not path.exists():
        return False
    try:
        torch.load(path, weights_only=True)
    except Exception as error:  # torch raises one of many for a file that is cut off or overwritten
        say(f"WARNING: {path}: {type(error).__name__}: unreadable: the training starts from the beginning")
        return False
    return True
