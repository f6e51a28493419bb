"""Lightning's Trainer as every experiment uses it."""

import logging
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cellbench.training.checkpoint import Checkpoint, CheckpointFile, usable
from cellbench.training.learner import Learner, Samples, whole_split
from cellbench.training.lightning import pl

Report = Callable[[int, Mapping[str, NDArray[np.float32]]], None]
"""Is told the losses `(R,)` of each epoch, by name."""


def fit(
    learner: Learner, samples: Samples, epochs: int, report: Report | None = None, checkpoint: Path | None = None
) -> None:
    """Train for some epochs; what a training leaves behind is written once it is done.

    Args:
        report: is told the losses of each epoch, also of those that a checkpoint brings along.
        checkpoint: the file to go on from, and to write now and then.

    Raises:
        KeyboardInterrupt: after Ctrl-C, of which Lightning itself would make an end without a word.
    """
    torch.set_num_threads(1)  # the cells are small: threads would cost more than they bring
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    on_terminal = sys.stderr.isatty()
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=on_terminal,
        callbacks=[
            Bar() if on_terminal else LogLine(every=max(1, epochs // 10)),
            *([Reporter(report)] if report else []),
            *([Checkpoint(checkpoint)] if checkpoint else []),
        ],
        plugins=[CheckpointFile()],
    )
    start = checkpoint if checkpoint and usable(checkpoint) else None
    try:
        trainer.fit(learner, whole_split(samples), ckpt_path=start, weights_only=True)
    except SystemExit:
        raise KeyboardInterrupt from None


# All ask the learner itself: what goes through Lightning's own log takes as long as a small epoch.


class Bar(pl.callbacks.TQDMProgressBar):
    """A progress bar with the losses beside it."""

    def get_metrics(self, _: pl.Trainer, learner: Any) -> dict[str, int | str | float | dict[str, float]]:
        return {name: f"{loss.mean():.5f}" for name, loss in learner.losses_of(-1).items()}


class LogLine(pl.Callback):
    """A line now and then, where there is no terminal to draw a progress bar on."""

    def __init__(self, every: int) -> None:
        self.every = every

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: Any) -> None:
        epoch = trainer.current_epoch + 1
        if epoch % self.every == 0 or epoch == trainer.max_epochs:
            losses = ", ".join(f"{name} {loss.mean():.5f}" for name, loss in learner.losses_of(-1).items())
            print(f"{learner.experiment}: epoch {epoch}/{trainer.max_epochs}, {losses}", flush=True)


class Reporter(pl.Callback):
    """Hands the losses of every epoch on."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def on_fit_start(self, trainer: pl.Trainer, learner: Any) -> None:
        for epoch in range(len(learner.train_loss)):
            self.report(epoch + 1, learner.losses_of(epoch))

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: Any) -> None:
        self.report(trainer.current_epoch + 1, learner.losses_of(-1))
