"""The learning curves of a run: `history.csv`, one row an epoch (from 1) and replicate (from 0).

Shape letters: R replicates, E epochs.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellbench.files import read_csv, write_csv

LOSSES = ("train_loss", "val_loss")


def write_history(folder: Path, losses: Mapping[str, Sequence[NDArray[np.float32]]]) -> None:
    """Write the losses of each epoch, by name; each an array `(R,)` an epoch."""
    rows = []
    for epoch, values in enumerate(zip(*losses.values(), strict=True), start=1):
        by_replicate = np.stack(values, axis=1).tolist()
        rows += [
            {"epoch": epoch, "replicate": replicate} | dict(zip(losses, row, strict=True))
            for replicate, row in enumerate(by_replicate)
        ]
    write_csv(folder / "history.csv", rows)


def read_history(folder: Path) -> dict[str, NDArray[np.float64]]:
    """The losses `(E, R)` by name: `train_loss`, and `val_loss` where there is a validation part.

    Raises:
        InputError: the file is missing or has no rows.
    """
    rows = read_csv(folder / "history.csv")
    replicates = int(rows[-1]["replicate"]) + 1
    return {
        loss: np.array([float(row[loss]) for row in rows]).reshape(-1, replicates) for loss in LOSSES if loss in rows[0]
    }
