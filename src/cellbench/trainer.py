"""Lightning's Trainer as every experiment uses it."""

import logging
import sys
import warnings
from typing import Any

import torch

from cellbench.learner import Learner, Samples, whole_split
from cellbench.lightning import pl


def fit(learner: Learner, samples: Samples, epochs: int) -> None:
    """Train for some epochs; nothing is written, since what a training leaves behind is written once it is done."""
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
        callbacks=[Bar() if on_terminal else LogLine(every=max(1, epochs // 10))],
    )
    trainer.fit(learner, whole_split(samples))


# Both ask the learner itself: what goes through Lightning's own log takes as long as a small epoch.


class Bar(pl.callbacks.TQDMProgressBar):
    """A progress bar with the losses beside it."""

    def get_metrics(self, _: pl.Trainer, learner: Any) -> dict[str, int | str | float | dict[str, float]]:
        return {name: f"{loss:.5f}" for name, loss in learner.progress.items()}


class LogLine(pl.Callback):
    """A line now and then, where there is no terminal to draw a progress bar on."""

    def __init__(self, every: int) -> None:
        self.every = every

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: Any) -> None:
        epoch = trainer.current_epoch + 1
        if epoch % self.every == 0 or epoch == trainer.max_epochs:
            losses = ", ".join(f"{name} {loss:.5f}" for name, loss in learner.progress.items())
            print(f"{learner.experiment}: epoch {epoch}/{trainer.max_epochs}, {losses}", flush=True)
