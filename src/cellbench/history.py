"""The learning curves of a run: `history.csv`, one row an epoch (from 1) and replicate (from 0).

Shape letters: R replicates, E epochs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellbench.files import read_csv, write_csv


def write_history(folder: Path, train_loss: Sequence[NDArray[np.float32]]) -> None:
    """Write the training loss of each epoch, an array `(R,)` an epoch."""
    rows = [
        {"epoch": epoch, "replicate": replicate, "train_loss": float(loss)}
        for epoch, losses in enumerate(train_loss, start=1)
        for replicate, loss in enumerate(losses)
    ]
    write_csv(folder / "history.csv", rows)


def read_history(folder: Path) -> NDArray[np.float64]:
    """The training loss `(E, R)`.

    Raises:
        InputError: the file is missing or has no rows.
    """
    rows = read_csv(folder / "history.csv")
    replicates = int(rows[-1]["replicate"]) + 1
    return np.array([float(row["train_loss"]) for row in rows]).reshape(-1, replicates)
