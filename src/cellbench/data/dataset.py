"""A dataset as it lies in `data/<dataset>/`: its splits, which are learned from and tested on, and its card.

Shape letters: N samples, T timesteps, F features, Y targets.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cellbench import InputError
from cellbench.config.sources import Missing
from cellbench.data.scaling import Scaling, Standardisation, TransformName
from cellbench.files import keep_only, read_bytes, read_card, write_bytes, write_card
from cellbench.project import rerun_command

Array = NDArray[np.float64]


class DatasetCard(BaseModel):
    """What a training needs to know of a dataset; nothing about the test periods, since a training depends on it."""

    model_config = ConfigDict(frozen=True)

    timesteps: int
    features: int
    outputs: int
    transform: TransformName = "none"
    scaling: Standardisation | None = None
    """None where nothing is scaled, as with noise."""
    optimum_mse: list[float] | None = None
    """The mean squared error by step that no forecast can be expected to beat, where it is known."""
    columns: list[str] = []
    """Of a series: the target first, then further features."""
    time: str | None = None
    """The column of time labels."""
    missing: Missing = "error"
    """What is done about a row without a value."""
    training_rows: int = 0
    """Rows of a series up to the end of the validation period."""
    lowest: float = 0.0
    highest: float = 0.0
    """The range of its target in the period train, in its own units."""
    train_samples: int
    validation_samples: int

    def validation(self, train: "Split") -> "Split":
        """The validation samples of the whole training part; noise has none."""
        return train[len(train.x) - self.validation_samples :]

    def beyond(self, values: Array) -> NDArray[np.bool_]:
        """Which values of the series lie beyond the range of the period train."""
        outside: NDArray[np.bool_] = (values < self.lowest) | (values > self.highest)
        return outside

    @property
    def is_series(self) -> bool:
        return bool(self.columns)

    @property
    def expected_optimum(self) -> float | None:
        """The mean of `optimum_mse` over the horizon."""
        return None if self.optimum_mse is None else float(np.mean(self.optimum_mse))


@dataclass(frozen=True)
class Split:
    """Samples in the order of time; those that are only to be predicted have Y = 0."""

    x: NDArray[np.float32]
    """Inputs `(N, T, F)`, scaled."""
    y: NDArray[np.float32]
    """Targets `(N, Y)`, scaled."""
    truth: Array
    """Targets `(N, Y)` in the units of the series."""
    shift: Array
    """What was taken off each sample's targets, `(N, O)`."""
    scale: Array
    """What they were then divided by, `(N,)`."""
    origin: NDArray[np.int64]
    """The last row of the series that each sample's inputs see, `(N,)`."""

    def __getitem__(self, samples: slice | NDArray[np.bool_]) -> "Split":
        return Split(*(part[samples] for part in vars(self).values()))

    def scaling(self, transform: TransformName) -> Scaling:
        """How to get back to the units of the series, whose values went through `transform` first."""
        return Scaling(transform, self.shift, self.scale)


def joined(splits: list[Split]) -> Split:
    """All samples of several splits, one split after the other."""
    return Split(*(np.concatenate(parts) for parts in zip(*(vars(split).values() for split in splits), strict=True)))


@dataclass(frozen=True)
class Dataset:
    """The splits, and what a training needs to know about them."""

    train: Split
    """The whole training part: `train_samples` to learn from come first, `validation_samples` last."""
    tests: dict[str, Split]
    """By test period."""
    predict: Split
    """Samples whose targets lie in the future."""
    card: DatasetCard


def save_dataset(dataset: Dataset, folder: Path) -> None:
    """Write `train.safetensors`, `tests/<period>.safetensors`, `predict.safetensors` and `dataset.json`."""
    splits = {"train": dataset.train, "predict": dataset.predict}
    splits |= {f"tests/{period}": split for period, split in dataset.tests.items()}
    for name, split in splits.items():
        contiguous = {part: np.ascontiguousarray(values) for part, values in vars(split).items()}
        write_bytes(folder / f"{name}.safetensors", save(contiguous))
    write_card(folder / "dataset.json", dataset.card)
    keep_only(folder / "tests", [folder / f"tests/{period}.safetensors" for period in dataset.tests])


def load_split(folder: Path, name: str) -> Split:
    """Read one split of a dataset, such as `train` or `tests/test`.

    Raises:
        InputError: the file is missing, broken, or holds numbers that are not finite.
    """
    path, again = folder / f"{name}.safetensors", rerun_command(f"prepare@{folder.name}")
    try:
        split = Split(**load(read_bytes(path)))
    except (SafetensorError, TypeError) as error:  # TypeError: of other parts
        raise InputError(f"{path}: broken ({error}); run `{again}`") from None
    if not all(np.isfinite(part).all() for part in vars(split).values()):
        raise InputError(f"{path}: holds numbers that are not finite; run `{again}`")
    return split


def load_tests(folder: Path) -> dict[str, Split]:
    """The test periods of a dataset, in the order of time."""
    periods = {path.stem: load_split(folder, f"tests/{path.stem}") for path in folder.glob("tests/*")}
    return dict(sorted(periods.items(), key=lambda period: int(period[1].origin[0])))


def load_card(folder: Path) -> DatasetCard:
    """What `dataset.json` says."""
    return read_card(folder / "dataset.json", DatasetCard)
