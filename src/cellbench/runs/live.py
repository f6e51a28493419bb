"""The curves of a running training, in `.scratch/<key>/` of the user's repository, outside of what DVC keeps.

`training.json` says what is trained. `losses.csv` grows by one line per loss and epoch: its name, the epoch, and the
loss of every replicate. The folder is removed once the results are written. The running process holds
`.scratch/<key>.lock`; that file stays, empty, since a lock that others may wait for cannot be removed.

Shape letters: R replicates, E epochs.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import monotonic

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.config.params import Experiment
from cellbench.data.dataset import KNOWN
from cellbench.files import write_bytes, write_json
from cellbench.project import repository_root

SCRATCH = ".scratch"
LOSSES_FILE = "losses.csv"
SECONDS = 1.0
"""Between two writes of the losses, at least: a small epoch takes milliseconds."""


def training_key(name: str, experiment: Experiment) -> str:
    """Equal for trainings of equal parameters, data and code, in whatever copy of the repository they run."""
    data = Path("data") / experiment.dataset
    parameters = [name, experiment.model_dump(exclude_none=True), version("torch")]
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for path in (data / "dataset.json", data / KNOWN, *sorted(Path("src").rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


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
            print(f"WARNING: {self._path}: {error.strerror}: no further curves while training", file=sys.stderr)
            self._path = None
        self._lines = []


@contextmanager
def live_training(name: str, experiment: Experiment) -> Iterator[LossLog]:
    """The folder of a running training; kept for the next attempt if this one fails or is killed.

    If another process trains the same, wait for it.
    """
    folder = repository_root() / SCRATCH / training_key(name, experiment)
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
        yield LossLog(folder)
        shutil.rmtree(folder)
    finally:
        lock.release()


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
        lock = _lock(self.folder)
        if not _acquired(lock):
            return True
        lock.release()
        return False

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


def _lock(folder: Path) -> FileLock:
    return FileLock(folder.with_suffix(".lock"))


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
