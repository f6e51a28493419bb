"""A training that was cut off goes on from its last checkpoint, to the same bytes as if it never had been.

A checkpoint is what the rest of a training depends on: the weights, Adam's moments, the losses so far, the best epochs.
The orders of the samples follow from the seed and the epoch alone. It lies in the training's scratch folder, whose name
is the key of what is trained.
"""

import hashlib
import io
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import torch

from cellbench import InputError
from cellbench.base.files import write_bytes
from cellbench.training.lightning import pl

SECONDS = 2.0
"""Between two checkpoints: each takes some milliseconds."""


class CheckpointFile(pl.plugins.CheckpointIO):
    """A checkpoint behind a digest of it and of where it belongs; written whole or not at all, read without pickle."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        content = io.BytesIO()
        torch.save(checkpoint, content)
        write_bytes(Path(path), _digest(Path(path), content.getvalue()) + content.getvalue())

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        content = Path(path).read_bytes()[hashlib.sha256().digest_size :]
        checkpoint: dict[str, Any] = torch.load(io.BytesIO(content), map_location, weights_only=True)
        return checkpoint

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink()


def usable(path: Path) -> bool:
    """Whether there is a checkpoint to go on from; one that is torn, or was made for another training, is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        print(f"WARNING: {path}: {error.strerror}: the training begins anew", file=sys.stderr)
        return False
    size = hashlib.sha256().digest_size
    if content[:size] == _digest(path, content[size:]):
        return True
    print(f"WARNING: {path}: torn, or of another training: the training begins anew", file=sys.stderr)
    return False


class Checkpoint(pl.Callback):
    """Writes a checkpoint now and then, and one when all epochs are done."""

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
        """A disk that takes no checkpoint stops no training."""
        self._written = monotonic()
        try:
            trainer.save_checkpoint(self._path)
        except InputError as error:
            if not self._failed:
                print(f"WARNING: {error}: no checkpoint", file=sys.stderr)
            self._failed = True


def _digest(path: Path, content: bytes) -> bytes:
    """Of a checkpoint, its training's key, and the version of torch: another may round otherwise."""
    origin = f"{path.parent.name}/{path.name} torch {torch.__version__}\n"
    return hashlib.sha256(origin.encode() + content).digest()
