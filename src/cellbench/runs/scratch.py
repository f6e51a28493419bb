"""What a training tells while it goes on, in `.scratch/<key>/` of the user's repository, outside of what DVC keeps.

`training.json` says what is trained. `losses.csv` grows by a line for each loss and epoch: its name, the epoch, and the
loss of every replicate. Once the results are written the folder is gone. Whoever trains holds `.scratch/<key>.lock`,
which stays, empty, since a lock that others may wait for can not be removed.

Shape letters: R replicates, E epochs.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.base.dvc_record import repository_root
from cellbench.base.files import write_bytes, write_json
from cellbench.base.params.config import Experiment
from cellbench.runs.training_key import dependencies, training_key

SCRATCH = ".scratch"
LOSSES_FILE = "losses.csv"
SECONDS = 1.0
"""At least so long between two times that the losses are written: a small epoch takes milliseconds."""


class Progress:
    """The losses of a training that goes on, for whoever looks at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where its checkpoints belong, too."""
        self._path: Path | None = folder / LOSSES_FILE
        self._lines: list[str] = []
        self._written = monotonic()

    def add(self, epoch: int, losses: Mapping[str, NDArray[np.float32]]) -> None:
        """The losses `(R,)` of an epoch, by name; a disk that takes no more ends the telling, not the training."""
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
            print(f"WARNING: {self._path}: {error.strerror}: no further curves while training", file=sys.stderr)
            self._path = None
        self._lines = []


@contextmanager
def training(name: str, experiment: Experiment, seed: int) -> Iterator[Progress]:
    """The folder of a training for as long as it goes on; it stays, for the next one, if that fails or is killed.

    Who finds that another process trains the same waits for it.
    """
    folder = repository_root() / SCRATCH / training_key(name, experiment, seed, dependencies(experiment))
    described = {"experiment": name, "dataset": experiment.dataset, "cell": experiment.cell}
    lock = _lock(folder)
    try:
        folder.parent.mkdir(exist_ok=True)
        if not _acquired(lock):
            print(f"{name}: another process trains the same; waiting for it", flush=True)
            lock.acquire()
        write_json(folder / "training.json", described | {"replicates": experiment.replicates})
        write_bytes(folder / LOSSES_FILE, b"")
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}: a training writes its progress there") from None
    try:
        yield Progress(folder)
        shutil.rmtree(folder)
    finally:
        lock.release()


@dataclass(frozen=True)
class Training:
    """A training that goes on, or that was cut off."""

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
        lock = _lock(self.folder)
        if not _acquired(lock):
            return True
        lock.release()
        return False

    @property
    def told(self) -> int:
        """How much it has told so far, in bytes."""
        try:
            return self._losses_path.stat().st_size
        except FileNotFoundError:  # the training is over by now
            return 0

    @property
    def losses(self) -> dict[str, NDArray[np.float64]]:
        """The losses so far `(E, R)`, by name."""
        try:
            *lines, _ = self._losses_path.read_text().split("\n")  # the last one may be cut off
        except FileNotFoundError:  # the training is over by now
            lines = []
        found: dict[str, list[list[float]]] = {}
        for name, _, *values in (line.split(",") for line in lines):
            found.setdefault(name, []).append([float(value) for value in values])
        return {name: np.array(rows) for name, rows in found.items()}

    @property
    def _losses_path(self) -> Path:
        return self.folder / LOSSES_FILE


def trainings(root: Path) -> list[Training]:
    """All that go on or were cut off."""
    found = []
    for path in sorted((root / SCRATCH).glob("*/training.json")):
        try:
            found.append(Training(path.parent, **json.loads(path.read_text())))
        except FileNotFoundError:  # that training is over by now
            continue
    return found


def _lock(folder: Path) -> FileLock:
    return FileLock(folder.with_suffix(".lock"))


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
