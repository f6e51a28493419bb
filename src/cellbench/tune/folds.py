"""Folds: the end of the training part of each series, part by part, each to be forecast from all that comes before it.

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
    return data.only(data.until("train"))


def folds(data: Dataset) -> list[Dataset]:
    """The folds of a training part, the latest first; what is to be forecast is their period validation.

    Each has a tenth of the rows of a series, or as many as ORIGINS forecasts of all series need, and half of the rows
    at least come before all of them. A series that is too short for a fold is left out of it.
    """
    rows, outputs = np.bincount(data.series), data.card.outputs
    origins, least = (-(-needed // len(rows)) for needed in (ORIGINS, LEAST_ROWS))
    length = np.maximum(outputs + origins - 1, rows // 10)
    counts = np.minimum(MOST, (rows - np.maximum(max(2, least), rows // 2)) // length)
    left = (rows + np.searchsorted(data.series, np.arange(len(rows))))[data.series] - np.arange(len(data.rows))
    found = []
    for fold in range(counts.max()):
        seen = (fold < counts[data.series]) & (left > fold * length[data.series])
        period = np.where(left > (fold + 1) * length[data.series], "train", "validation")
        one = Dataset(data.card, data.rows.assign(period=period)).only(seen)
        if len(one.origins("validation")):
            found.append(one)
    return found
