"""The curves of a running training, in its scratch folder.

`training.json` says what is trained. `losses.csv` grows by one line per loss and epoch: its name, the epoch, and the
loss of every replicate.

Shape letters: R replicates, E epochs.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from cellbench.config.params import Experiment
from cellbench.console import say
from cellbench.files import write_bytes, write_json
from cellbench.runs.scratch import SCRATCH, is_held, scratch_folder, work_key

LOSSES_FILE = "losses.csv"
SECONDS = 1.0
"""Between two writes of the losses, at least: a small epoch takes milliseconds."""


def training_key(name: str, experiment: Experiment) -> str:
    """Equal for trainings of equal parameters, data and code."""
    return work_key([name, experiment.model_dump(exclude_none=True)], Path("data") / experiment.dataset)


class LossLog:
    """The file to which a running training adds its losses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Also the place of its checkpoints."""
        self._path: Path | None = folder / LOSSES_FILE
        self._lines: list[str] = []
        self._written = monotonic()

    def add(self, epoch: int, losses: Mapping[str, NDArray[np.float32]]) -> None:
        """Add the losses `(R,)` of an epoch, by name; if the disk is full, curves stop and training continues."""
        if self._path is None:
            return
        for name, values in losses.items():
            self._lines.append(",".join([name, str(epoch), *(f"{loss:.9g}" for loss in values.tolist())]) + "\n")
        now = monotonic()
        if now - self._written < SECONDS:
            return
        self._written = now
        try:
            with self._path.open("a") as file:
                file.writelines(self._lines)
        except OSError as error:
            say(f"WARNING: {self._path}: {error.strerror}: no further curves while training")
            self._path = None
        self._lines = []


@contextmanager
def live_training(name: str, experiment: Experiment) -> Iterator[LossLog]:
    """The log of a running training in its scratch folder."""
    described = {"experiment": name, "dataset": experiment.dataset, "cell": experiment.cell}
    with scratch_folder(training_key(name, experiment), name) as folder:
        write_json(folder / "training.json", described | {"replicates": experiment.replicates})
        write_bytes(folder / LOSSES_FILE, b"")
        yield LossLog(folder)


@dataclass(frozen=True)
class LiveTraining:
    """A training that is running, or was interrupted."""

    folder: Path
    experiment: str
    dataset: str
    cell: str
    replicates: int

    @property
    def key(self) -> str:
        return self.folder.name

    @property
    def is_running(self) -> bool:
        return is_held(self.folder)

    @property
    def losses(self) -> dict[str, NDArray[np.float64]]:
        """The losses so far `(E, R)`, by name."""
        try:
            *lines, _ = (self.folder / LOSSES_FILE).read_text().split("\n")  # the last one may be cut off
        except FileNotFoundError:  # the training has ended since
            lines = []
        found: dict[str, list[list[float]]] = {}
        for name, _, *values in (line.split(",") for line in lines):
            found.setdefault(name, []).append([float(value) for value in values])
        return {name: np.array(rows) for name, rows in found.items()}


def live_trainings(root: Path) -> list[LiveTraining]:
    """All that are running or were interrupted."""
    found = []
    for path in sorted((root / SCRATCH).glob("*/training.json")):
        try:
            found.append(LiveTraining(path.parent, **json.loads(path.read_text())))
        except FileNotFoundError:  # that training has ended since
            continue
    return found
