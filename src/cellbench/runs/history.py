"""The learning curves of a run: `history.csv`, one row an epoch (from 1) and replicate (from 0).

Shape letters: R replicates, E epochs.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellbench.base.files import read_csv, write_csv

LOSSES = ("train_loss", "val_loss")


def write_history(folder: Path, losses: Mapping[str, Sequence[NDArray[np.float32]]]) -> None:
    """Write the losses of each epoch, by name, each an array `(R,)` an epoch; of each replicate until it diverges."""
    curves = np.stack([np.stack(values) for values in losses.values()], axis=2)
    going = np.logical_and.accumulate(np.isfinite(curves).all(axis=2))
    rows = [
        {"epoch": epoch + 1, "replicate": replicate} | dict(zip(losses, curves[epoch, replicate].tolist(), strict=True))
        for epoch, replicate in np.argwhere(going).tolist()
    ]
    write_csv(folder / "history.csv", rows)


def read_history(folder: Path, replicates: int) -> dict[str, NDArray[np.float64]]:
    """The losses `(E, R)` by name: `train_loss`, and `val_loss` where there is a validation part.

    After a replicate has diverged they are NaN.

    Args:
        replicates: how many were trained.

    Raises:
        InputError: the file is missing or has no rows.
    """
    rows = read_csv(folder / "history.csv")
    losses = {loss: np.full((int(rows[-1]["epoch"]), replicates), np.nan) for loss in LOSSES if loss in rows[0]}
    for row in rows:
        for loss, values in losses.items():
            values[int(row["epoch"]) - 1, int(row["replicate"])] = float(row[loss])
    return losses
