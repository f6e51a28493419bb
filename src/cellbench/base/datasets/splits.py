"""What is learned and what is tested on: the splits of a dataset, kept in `data/<dataset>/`.

Shape letters: N samples, T timesteps, F features, Y targets.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.base.datasets.scaling import Scaling
from cellbench.base.dvc_record import rerun_command
from cellbench.base.files import read_bytes, read_json, write_bytes, write_json

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """Samples in the order of time; those that are only to be predicted have Y = 0."""

    x: NDArray[np.float32]
    """Inputs `(N, T, F)`, scaled."""
    y: Array
    """Targets `(N, Y)`, scaled."""
    shift: Array
    """What was taken off each sample's targets, `(N,)`."""
    scale: Array
    """What they were then divided by, `(N,)`."""
    origin: NDArray[np.int64]
    """The last row of the series that each sample's inputs see, `(N,)`."""

    def __getitem__(self, samples: slice | NDArray[np.bool_]) -> "Split":
        return Split(*(part[samples] for part in self.parts.values()))

    @property
    def parts(self) -> dict[str, NDArray[Any]]:
        return {"x": self.x, "y": self.y, "shift": self.shift, "scale": self.scale, "origin": self.origin}

    def scaling(self, transform: str) -> Scaling:
        """How to get back to the units of the series, whose values went through `transform` first."""
        return Scaling(transform, self.shift, self.scale)

    def truth(self, transform: str) -> Array:
        """The targets in the units of the series, `(N, Y)`."""
        return self.scaling(transform).to_units(self.y)


def joined(splits: list[Split]) -> Split:
    """All samples of several splits, one split after the other."""
    return Split(*(np.concatenate(parts) for parts in zip(*(s.parts.values() for s in splits), strict=True)))


@dataclass(frozen=True)
class Dataset:
    """The splits, and what a training needs to know about them."""

    train: Split
    """The whole training part: `train_samples` to learn from come first, `validation_samples` last."""
    tests: dict[str, Split]
    """By test period."""
    predict: Split
    """What is to be forecast though nobody knows the answer."""
    description: dict[str, Any]
    """What `dataset.json` says: nothing about the test periods, since a training depends on it."""


def save_dataset(dataset: Dataset, folder: Path) -> None:
    """Write `train.npz`, `predict.npz`, `tests/<period>.npz` and `dataset.json`."""
    for old in folder.glob("tests/*.npz"):  # of a period that is called otherwise now
        old.unlink()
    files = {"train": dataset.train, "predict": dataset.predict}
    files |= {f"tests/{period}": split for period, split in dataset.tests.items()}
    for name, split in files.items():
        write_bytes(folder / f"{name}.npz", _archive(split))
    write_json(folder / "dataset.json", dataset.description)


def _archive(split: Split) -> bytes:
    """What `np.savez` writes, but for the sizes in the headers: how it leaves them open depends on Python's version."""
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for name, part in split.parts.items():
            array = io.BytesIO()
            np.lib.format.write_array(array, part, allow_pickle=False)
            archive.writestr(ZipInfo(f"{name}.npy"), array.getvalue())
    return content.getvalue()


def load_split(folder: Path, name: str) -> Split:
    """Read one split of a dataset, such as `train` or `tests/test`.

    Raises:
        InputError: the file is missing, broken, or holds something else than finite numbers.
    """
    path, again = folder / f"{name}.npz", rerun_command(f"prepare@{folder.name}")
    try:
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as arrays:
            split = Split(arrays["x"], arrays["y"], arrays["shift"], arrays["scale"], arrays["origin"])
    except (ValueError, KeyError, BadZipFile, EOFError) as error:
        raise InputError(f"{path}: broken ({error}); run `{again}`") from None
    if not all(np.isfinite(part).all() for part in split.parts.values()):
        raise InputError(f"{path}: holds numbers that are not finite; run `{again}`")
    return split


def load_tests(folder: Path) -> dict[str, Split]:
    """The test periods of a dataset, in the order of time."""
    periods = {path.stem: load_split(folder, f"tests/{path.stem}") for path in sorted(folder.glob("tests/*.npz"))}
    return dict(sorted(periods.items(), key=lambda period: int(period[1].origin[0])))


def load_description(folder: Path) -> dict[str, Any]:
    """What `dataset.json` says."""
    description: dict[str, Any] = read_json(folder / "dataset.json")
    return description
