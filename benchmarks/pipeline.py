"""The whole pipeline from empty caches, in a clone of this repository, against the notebook's three scripts."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ruamel.yaml import YAML

from contestants import HERE, KERAS, timed

ROOT = HERE.parent
NOTEBOOK = ("elman", "lstm", "gru")
BUDGETS = {"prepare": 3, "train": 15, "evaluate": 10, "report": 12, "publish": 20}
"""Seconds that one stage of a kind may take from empty caches; see README.md."""
LINE = re.compile(r"(?:(\w+): )?(?:Running stage '(?:pipeline/dvc\.yaml:)?(\w+))?")
"""What `make repro` prints: a dataset's name where two go on side by side, and the stage that begins, if one does."""


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


def whole_pipeline(only: tuple[str, ...] | None = None) -> tuple[float, dict[str, list[float]]]:
    """`make repro` with its set-up done and nothing cached: neither results nor compiled code.

    Args:
        only: the experiments to leave in params.yaml; all unless given.

    Returns:
        The seconds it took, and those that each stage of a kind took of them, as two datasets went on side by side.
    """
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        run(f"git clone --quiet {ROOT} {clone}", Path(folder))
        (clone / ".venv").symlink_to(ROOT / ".venv")
        shutil.rmtree(clone / "reports")
        (clone / "pipeline/dvc.lock").unlink()
        if only is not None:
            leave(clone / "params.yaml", only)
        start, printed = time.perf_counter(), []
        command = ["make", "--assume-old", ".venv/ready", "repro"]
        environment = clean_environment() | {"NUMBA_CACHE_DIR": str(Path(folder) / "numba")}
        with subprocess.Popen(command, cwd=clone, env=environment, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                printed.append((time.perf_counter() - start, line))
        if process.returncode:
            raise SystemExit("".join(line for _, line in printed))
        end = time.perf_counter() - start
        return end, stage_times(printed)


def stage_times(printed: list[tuple[float, str]]) -> dict[str, list[float]]:
    """Seconds of each stage by its kind, up to when the next stage of the same dataset begins or its last line comes.

    Args:
        printed: when each line came, and the line; those of a dataset begin with its name.
    """
    by_dataset: dict[str | None, list[tuple[float, str | None]]] = {}
    for seconds, line in printed:
        dataset, stage = LINE.match(line).groups()  # type: ignore[union-attr]
        by_dataset.setdefault(dataset, []).append((seconds, stage))
    found: dict[str, list[float]] = {}
    for lines in by_dataset.values():
        begun = [(seconds, stage) for seconds, stage in lines if stage]
        ends = [seconds for seconds, _ in begun[1:]] + [lines[-1][0]]
        for (start, stage), end in zip(begun, ends, strict=False):
            found.setdefault(stage, []).append(end - start)
    return found


def leave(path: Path, only: tuple[str, ...]) -> None:
    """Take every other experiment out of a parameter file, and the datasets that are then not used."""
    yaml = YAML()
    params = yaml.load(path)
    params["experiments"] = {name: params["experiments"][name] for name in only}
    used = {experiment["dataset"] for experiment in params["experiments"].values()}
    params["datasets"] = {name: dataset for name, dataset in params["datasets"].items() if name in used}
    yaml.dump(params, path)


def run(command: str, folder: Path) -> None:
    subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True, env=clean_environment())


def clean_environment() -> dict[str, str]:
    """This process's, without what DVC and MLflow would take for theirs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
