"""What is learned: the splits of a dataset, made by its source and kept in `data/<dataset>/`.

Shape letters: N samples, T timesteps, F features, Y targets.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cellbench.config import Noise
from cellbench.errors import InputError
from cellbench.files import read_bytes, read_json, write_bytes, write_json
from cellbench.streams import stream

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Split:
    """Inputs `x` `(N, T, F)` and targets `y` `(N, Y)`; samples that are only to be predicted have Y = 0."""

    x: Array
    y: Array


@dataclass(frozen=True)
class Dataset:
    """Named splits, and what is known about them."""

    splits: dict[str, Split]
    outputs: int
    """Outputs of a network on this data; one output may meet several targets."""
    optimum_mse: float | None
    """The mean squared error that no forecast can be expected to beat, where it is known."""

    @property
    def description(self) -> dict[str, Any]:
        """What `dataset.json` says: nothing about the test split, since a training depends on it."""
        _, timesteps, features = self.splits["train"].x.shape
        return {
            "timesteps": timesteps,
            "features": features,
            "targets": self.splits["train"].y.shape[1],
            "outputs": self.outputs,
            "optimum_mse": self.optimum_mse,
        }


def make_noise(source: Noise, seed: int, name: str) -> Dataset:
    """The notebook's data: x and y uniform on [0, 1), y as wide as x is long, and neither knows of the other.

    The best forecast is therefore the mean 1/2, and its mean squared error the variance 1/12.
    """

    def draw(split: str, samples: int, targets: int) -> Split:
        random = stream(seed, name, split)
        x = random.random((samples, source.timesteps, source.features), np.float32)
        return Split(x, random.random((samples, targets), np.float32))

    splits = {
        "train": draw("train", source.samples, source.timesteps),
        "test": draw("test", source.test_samples, source.timesteps),
        "predict": draw("predict", source.predict_samples, 0),
    }
    return Dataset(splits, outputs=1, optimum_mse=1 / 12)


def save_dataset(dataset: Dataset, folder: Path) -> None:
    """Write `<split>.npz` for every split, and `dataset.json`."""
    for name, split in dataset.splits.items():
        content = io.BytesIO()
        np.savez(content, x=split.x, y=split.y)
        write_bytes(folder / f"{name}.npz", content.getvalue())
    write_json(folder / "dataset.json", dataset.description)


def load_split(folder: Path, name: str) -> Split:
    """Read one split of a dataset.

    Raises:
        InputError: the file is missing, broken, or holds something else than finite numbers.
    """
    path = folder / f"{name}.npz"
    try:
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as arrays:
            split = Split(arrays["x"], arrays["y"])
    except (ValueError, KeyError, BadZipFile, EOFError) as error:
        raise InputError(f"{path}: broken ({error}); run `dvc repro --force prepare@{folder.name}`") from None
    if not (np.isfinite(split.x).all() and np.isfinite(split.y).all()):
        raise InputError(f"{path}: holds numbers that are not finite; run `dvc repro --force prepare@{folder.name}`")
    return split


def load_description(folder: Path) -> dict[str, Any]:
    """What `dataset.json` says: timesteps, features, targets, outputs, optimum_mse."""
    description: dict[str, Any] = read_json(folder / "dataset.json")
    return description
