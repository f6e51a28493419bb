"""A small training on a made-up series."""

from typing import Any

import numpy as np
import torch

from cellbench.cells.contract import Weights
from cellbench.config.params import Experiment
from cellbench.config.sources import CsvFile
from cellbench.data.dataset import Dataset
from cellbench.data.series import Series
from cellbench.data.timeline import numbered
from cellbench.data.windows import cut
from cellbench.streams import stream
from cellbench.train.experiment import Trained, train_experiment

SERIES = np.exp(stream(0, "series").normal(size=100).cumsum() / 10)


def toy(transform: str = "none", scaling: str = "train") -> Dataset:
    """A series in windows of three rows, two steps ahead."""
    source = CsvFile.model_validate(
        {"source": "csv", "path": "data/raw/toy.csv", "target": "y", "window": 3, "horizon": 2}
        | {"transform": transform, "scaling": scaling}
    )
    return cut(Series(numbered(100), ("y",), SERIES[:, None], np.full(100, True)), source, "toy", None)


def experiment(**changes: Any) -> Experiment:
    recipe = {"replicates": 3, "epochs": 10, "batch_size": 8, "learning_rate": 0.1, "weight_decay": 0.01}
    return Experiment.model_validate(
        {"seed": 7, "dataset": "toy", "cell": "gru", "units": 2, "skip": "linear"} | recipe | changes
    )


def trained(dataset: Dataset, **changes: Any) -> Trained:
    return train_experiment("e", experiment(**changes), dataset.train, dataset.card)


def assert_same(first: Weights, second: Weights) -> None:
    assert first.keys() == second.keys()
    assert all(torch.equal(weight, second[name]) for name, weight in first.items())
