"""The whole pipeline from empty caches, in a clone of this repository, against the notebook's three scripts."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from contestants import HERE, KERAS, timed

ROOT = HERE.parent
NOTEBOOK = ("elman", "lstm", "gru")


def notebook_scripts() -> dict[str, float]:
    """Seconds that each of the notebook's three scripts takes from start to end, one seed each."""
    return {
        name: timed(
            lambda name=name: subprocess.run([KERAS, HERE / "notebook.py", name], check=True, capture_output=True)
        )
        for name in NOTEBOOK
    }


def import_of_torch() -> float:
    """Seconds that a process takes for it, with which every training and evaluation begins."""
    return min(timed(lambda: subprocess.run([sys.executable, "-c", "import torch"], check=True)) for _ in range(3))


def whole_pipeline(only: tuple[str, ...] | None = None) -> float:
    """Seconds of `make repro` with its set-up done and nothing cached: neither results nor compiled code.

    Args:
        only: the experiments to leave in params.yaml; all if not given.
    """
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        run(f"git clone --quiet {ROOT} {clone}", Path(folder))
        (clone / ".venv").symlink_to(ROOT / ".venv")
        shutil.rmtree(clone / "reports")
        (clone / "dvc.lock").unlink()
        if only is not None:
            leave(clone / "params.yaml", only)
        return timed(lambda: run("make --assume-old .venv/ready repro", clone, NUMBA_CACHE_DIR=f"{folder}/numba"))


def leave(path: Path, only: tuple[str, ...]) -> None:
    """Take every other experiment out of a parameter file, and the datasets that are then not used."""
    yaml = YAML()
    params = yaml.load(path)
    params["experiments"] = {name: params["experiments"][name] for name in only}
    used = {experiment["dataset"] for experiment in params["experiments"].values()}
    params["datasets"] = {name: dataset for name, dataset in params["datasets"].items() if name in used}
    yaml.dump(params, path)


def run(command: str, folder: Path, **environment: str) -> None:
    kept = clean_environment() | environment
    subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True, env=kept)


def clean_environment() -> dict[str, str]:
    """This process's, without what DVC and MLflow would take for theirs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
