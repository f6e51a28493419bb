"""A dataset as it lies in `data/<dataset>/`.

dataset.json  its card
known.csv     the rows of each series up to the end of the period validation
test.csv      the rows after it, and those that come next (period `future`), whose values are not known
"""

from pathlib import Path

import numpy as np
import pandas as pd

from cellbench import InputError
from cellbench.data.card import DatasetCard
from cellbench.data.dataset import DESCRIBED, Dataset
from cellbench.files import read_card, read_table, write_json, write_table
from cellbench.project import rerun_command

KNOWN, TEST = "known.csv", "test.csv"


def save_dataset(dataset: Dataset, folder: Path) -> None:
    """Write known.csv, test.csv and dataset.json."""
    rows = dataset.rows.copy()
    for column in rows.columns.drop(DESCRIBED):  # as text: to the last bit
        rows[column] = np.where(rows[column].isna(), "", rows[column].to_numpy().astype(str))
    known = dataset.until("train", "validation")
    write_table(folder / KNOWN, rows[known])
    write_table(folder / TEST, rows[~known])
    write_json(folder / "dataset.json", dataset.card.model_dump(mode="json"))


def load_dataset(folder: Path, *files: str) -> Dataset:
    """Read the rows of a dataset that may be seen: KNOWN, or KNOWN and TEST.

    Raises:
        InputError: a file is missing, broken, or holds numbers that are not finite.
    """
    card = read_card(folder / "dataset.json", DatasetCard)
    rows = pd.concat([_read_rows(folder / file) for file in files], ignore_index=True)
    if card.is_series:  # each in one piece, in the order of known.csv
        rows = rows.iloc[np.argsort(pd.factorize(rows["series"])[0], kind="stable")].reset_index(drop=True)
    return Dataset(card, rows)


def _read_rows(path: Path) -> pd.DataFrame:
    rows, again = read_table(path), rerun_command(f"prepare@{path.parent.name}")
    if rows.columns[: len(DESCRIBED)].tolist() != DESCRIBED or rows["observed"].dtype != bool:
        raise InputError(f"{path}: broken: not a table of rows; run `{again}`")
    numbers = rows.drop(columns=DESCRIBED)[rows["period"] != "future"]
    if not np.isfinite(numbers.apply(pd.to_numeric, errors="coerce")).all(axis=None):
        raise InputError(f"{path}: holds numbers that are not finite; run `{again}`")
    return rows
