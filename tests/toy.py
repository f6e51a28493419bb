"""A small training on a made-up series."""

from typing import Any

import numpy as np
import torch

from cellbench.cells.contract import Weights
from cellbench.config.params import Experiment
from cellbench.data.dataset import Dataset
from cellbench.streams import stream
from cellbench.train.experiment import Trained, train_experiment
from cuts import rows, series

SERIES = np.exp(stream(0, "series").normal(size=100).cumsum() / 10)


def toy() -> Dataset:
    """A series to be forecast two steps ahead."""
    return rows(series(SERIES), {"train": 0.7, "validation": 0.85, "test": 1.0}, horizon=2)


def experiment(**changes: Any) -> Experiment:
    """Of windows of three rows."""
    recipe = {
        "replicates": 3,
        "epochs": 10,
        "batch_size": 8,
        "learning_rate": 0.1,
        "weight_decay": 0.01,
        "window": 3,
        "scaling": "train",
    }
    return Experiment.model_validate(
        {"seed": 7, "dataset": "toy", "cell": "gru", "units": 2, "skip": "linear"} | recipe | changes
    )


def trained(dataset: Dataset, **changes: Any) -> Trained:
    return train_experiment("e", experiment(**changes), dataset)


def assert_same(first: Weights, second: Weights) -> None:
    assert first.keys() == second.keys()
    assert all(torch.equal(weight, second[name]) for name, weight in first.items())
