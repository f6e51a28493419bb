"""Work in progress, in `.scratch/<key>/` of the user's repository, outside of what DVC keeps.

The folder is removed once the results are written. The running process holds `.scratch/<key>.lock`; that file stays,
empty, since a lock that others may wait for cannot be removed.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cellbench import InputError
from cellbench.console import say
from cellbench.data.stored import KNOWN
from cellbench.project import repository_root

SCRATCH = ".scratch"


def work_key(described: Any, data: Path) -> str:
    """Equal for equal work on equal data by equal code, in whatever copy of the repository it runs.

    Args:
        described: what is done, as JSON has it.
        data: the folder of the dataset.
    """
    digest = hashlib.sha256(json.dumps([described, version("torch")], sort_keys=True).encode())
    for path in (data / "dataset.json", data / KNOWN, *sorted(Path("src").rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


@contextmanager
def scratch_folder(key: str, name: str) -> Iterator[Path]:
    """The folder of a piece of work; kept for the next attempt if this one fails or is killed.

    If another process does the same work, wait for it.
    """
    folder = repository_root() / SCRATCH / key
    lock = FileLock(folder.with_suffix(".lock"))
    try:
        folder.parent.mkdir(exist_ok=True)
        if is_held(folder):
            say(f"{name}: another process does the same; waiting for it")
        lock.acquire()
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}: what a run has done so far is kept there") from None
    try:
        yield folder
        shutil.rmtree(folder)
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Whether a process works in a folder."""
    try:
        with FileLock(folder.with_suffix(".lock"), timeout=0):
            return False
    except Timeout:
        return True
