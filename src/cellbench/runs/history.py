"""The learning curves of a run: `history.csv`, one row per epoch (from 1) and replicate (from 0).

Shape letters: R replicates, E epochs.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench.files import read_table, write_table

LOSSES = ("train_loss", "val_loss")


def write_history(folder: Path, losses: Mapping[str, Sequence[NDArray[np.float32]]]) -> None:
    """Write the losses of each epoch, by name, one array `(R,)` per epoch; of each replicate while they are finite."""
    epochs, replicates = np.shape(next(iter(losses.values())))
    rows = pd.MultiIndex.from_product([range(1, epochs + 1), range(replicates)], names=["epoch", "replicate"])
    curves = pd.DataFrame({name: np.stack(values).ravel() for name, values in losses.items()}, rows)
    finite = np.isfinite(curves).all(axis="columns").astype(int).groupby("replicate").cummin()
    write_table(folder / "history.csv", curves[finite == 1].reset_index())


def read_history(folder: Path, replicates: int) -> dict[str, NDArray[np.float64]]:
    """The losses `(E, R)` by name: `train_loss`, and `val_loss` where there is a validation part.

    After a replicate's losses were not finite they are NaN.

    Args:
        replicates: how many were trained.

    Raises:
        InputError: the file is missing or has no rows.
    """
    curves = read_table(folder / "history.csv").set_index(["epoch", "replicate"]).unstack()
    return {name: curves[name].reindex(columns=range(replicates)).to_numpy() for name in LOSSES if name in curves}
