"""An interrupted training continues from its last checkpoint, to the same bytes as without the interruption.

A checkpoint holds what the rest of a training depends on: the weights, Adam's moments, the losses so far, the best
epochs. The orders of the samples follow from the seed and the epoch alone. It lies in the training's scratch folder,
whose name is the key of what is trained.
"""

import sys
from pathlib import Path
from time import monotonic

import pytorch_lightning as pl
import torch

SECONDS = 2.0
"""Between two checkpoints: each takes some milliseconds."""


class Checkpoint(pl.Callback):
    """Writes a checkpoint now and then, and one when all epochs are done.

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
                print(f"WARNING: {self._path}: {error.strerror}: no checkpoint", file=sys.stderr)
            self._failed = True


def usable(path: Path) -> bool:
    """Whether there is a checkpoint from which to continue; a torn one is not."""
    if not path.exists():
        return False
    try:
        torch.load(path, weights_only=True)
    except Exception as error:  # torch raises one of many for a file that is cut off or overwritten
        print(f"WARNING: {path}: {type(error).__name__}: torn: the training starts again", file=sys.stderr)
        return False
    return True
