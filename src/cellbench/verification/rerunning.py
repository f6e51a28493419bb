"""The stages of some datasets, run once more in a folder of their own from what is committed."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cellbench import InputError
from cellbench.base.dvc_record import PIPELINE
from cellbench.base.params.config import Params


@contextmanager
def committed_state() -> Iterator[Path]:
    """A folder with the files of the last commit, and the series under data/raw.

    Raises:
        InputError: what decides results is not committed, or this is no git repository.
    """
    changed = _git("status", "--porcelain", "--", str(PIPELINE.parent), "params.yaml", "src").decode().splitlines()
    if changed:
        paths = ", ".join(line[3:] for line in changed)
        raise InputError(f"verify compares with the last commit, and these are not committed: {paths}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(fileobj=io.BytesIO(_git("archive", "HEAD"))) as archive:
            archive.extractall(folder, filter="data")
        shutil.copytree("data/raw", folder / "data/raw", dirs_exist_ok=True)  # which DVC may keep instead of git
        yield folder


def stages_of(params: Params, datasets: list[str]) -> Iterator[tuple[str, str]]:
    """The stages that make the results on some datasets, each after those that it depends on: script and name."""
    for dataset in datasets:
        yield "prepare", dataset
        for experiment in params.experiments_on(dataset):
            yield "train", experiment
        yield "evaluate", dataset


def run_stage_in(folder: Path, stage: str, name: str) -> None:
    """Run a stage there, without DVC, which would take the result from its cache.

    Raises:
        InputError: the stage fails; with what it said.
    """
    environment = os.environ | {"DVC_ROOT": str(folder)}  # nothing of it shows in the user's repository
    command = [sys.executable, f"src/{stage}.py", name]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"{stage}@{name} failed in the state of the last commit:\n{done.stderr.strip()}")


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    if done.returncode:
        raise InputError(f"git {arguments[0]}: {done.stderr.decode().strip()}")
    return done.stdout
