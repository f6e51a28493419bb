"""Folds: the end of the training part, part by part, each to be forecast from all that comes before it.

Tashman (2000), Out-of-sample tests of forecasting accuracy: rolling origins. The training is new before each fold.
"""

import numpy as np

from cellbench.data.dataset import Dataset

MOST = 4
ORIGINS = 4
"""In each fold, at least: one alone says little."""
LEAST_ROWS = 20
"""To learn from, before the first fold."""


def training_part(data: Dataset) -> Dataset:
    """The rows of the period train, up to the last that was observed, since a filled-in one rests on what follows."""
    return Dataset(data.card, data.rows[: data.until("train")])


def folds(data: Dataset) -> list[Dataset]:
    """The folds of a training part, the latest first; what is to be forecast is their period validation.

    Each has a tenth of the rows, or as many as ORIGINS forecasts need, and half of the rows at least come before all of
    them. A series that is too short has none.
    """
    rows = len(data.rows)
    length = max(data.card.outputs + ORIGINS - 1, rows // 10)
    count = min(MOST, (rows - max(LEAST_ROWS, rows // 2)) // length)
    found = []
    for end in range(rows, rows - max(0, count) * length, -length):
        period = np.where(np.arange(end) < end - length, "train", "validation")
        fold = Dataset(data.card, data.rows[:end].assign(period=period))
        if len(fold.origins("validation")):
            found.append(fold)
    return found
