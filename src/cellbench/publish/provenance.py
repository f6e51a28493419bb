"""Where a result comes from: its parameters, its files, and what git and DVC call its sources."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cellbench import InputError
from cellbench.config.params import Params
from cellbench.data.stored import TEST
from cellbench.files import read_bytes, read_json
from cellbench.publish.store import TESTED
from cellbench.results.results import REPORTS
from cellbench.runs.card import load_model_card, run_folder
from cellbench.runs.recipe import with_found_recipe

SOURCES = ("dvc.yaml", "params.yaml", "data/raw", "src")
"""What decides on a result, as far as git has it."""
RUN_FILES = ("history.csv", "model.json", "weights.safetensors")
"""What a training leaves behind; any other file in its folder is a leftover."""
PACKAGES = ("dvc", "mlflow", "numba", "numpy", "pytorch-lightning", "torch")
FULL = ("--full-index", "--no-color", "--no-ext-diff")


def git(*arguments: str) -> str:
    """What git prints; nothing where it fails, as it does outside a repository."""
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False).stdout


@dataclass(frozen=True)
class Origin:
    """The sources that results were made from, as git and DVC name them."""

    commit: str
    """The git commit that they are, or to which they are changes; "" before the first one."""
    changes: str
    """Their difference from the commit, as git prints it."""
    experiment: str = ""
    """The DVC experiment's name, if they belong to one; the commit then is its baseline."""
    saved: str = ""
    """The commit that has the results, if they are not those in the current folder."""

    @classmethod
    def here(cls) -> "Origin":
        """Of the current folder, which may be a temporary copy that DVC runs an experiment in."""
        commit = os.environ.get("DVC_EXP_BASELINE_REV") or git("rev-parse", "--verify", "--quiet", "HEAD").strip()
        changes = git("diff", *FULL, commit, "--", *SOURCES) if commit else ""
        return cls(commit, changes, os.environ.get("DVC_EXP_NAME", ""))

    @property
    def tags(self) -> dict[str, str]:
        tags = {
            "mlflow.source.git.commit": self.commit,
            "dvc.exp.name": self.experiment,
            "dvc.exp.baseline": self.commit if self.experiment else "",
            "git.dirty": str(bool(self.changes)).lower(),
        }
        return {name: value for name, value in tags.items() if value}


@dataclass(frozen=True)
class Provenance:
    """The identity of one experiment's result, and where it comes from."""

    key: str
    """Of its name, parameters and files: the same result has the same key, wherever and however it was made."""
    parameters: dict[str, str]
    """The experiment's resolved parameters, and those of its dataset as `data.<name>`."""
    tags: dict[str, str]
    """The DVC stage, what git and DVC call its sources, and the versions of the packages that publish it."""


def trace(params: Params, origin: Origin) -> dict[str, Provenance]:
    """The provenance of every experiment in params.yaml.

    Raises:
        InputError: a result is missing, or was made with other parameters than those in params.yaml.
    """
    tags = origin.tags | {"publisher.python": platform.python_version()}
    tags |= {f"publisher.{package}": version(package) for package in PACKAGES}
    return {name: _trace(params, name, tags) for name in params.experiments}


def _trace(params: Params, name: str, shared: dict[str, str]) -> Provenance:
    experiment = with_found_recipe(name, params.experiments[name])
    dataset = experiment.dataset
    folder, data = run_folder(dataset, name), Path("data") / dataset
    card = load_model_card(folder)
    if card.experiment != experiment:
        raise InputError(f"params.yaml: experiments.{name} has changed since train@{name} ran; run `dvc repro`")
    described = params.datasets[dataset].model_dump(mode="json")
    if read_json(REPORTS / "comparisons" / f"{dataset}.json")["dataset"] != described:
        raise InputError(f"params.yaml: datasets.{dataset} has changed since its evaluation; run `dvc repro`")
    parameters = {k: str(v) for k, v in experiment.model_dump(exclude_none=True).items()} | experiment.cell_options
    parameters |= {f"data.{k}": str(v) for k, v in described.items() if v is not None and k != "published"}
    data_digest = digest(path for path in data.rglob("*") if path.is_file())
    files = [*(folder / file for file in RUN_FILES), REPORTS / "metrics" / dataset / f"{name}.json"]
    key = hashlib.sha256(json.dumps([name, parameters, data_digest, digest(files)]).encode()).hexdigest()[:32]
    tags = shared | {
        "dvc.stage": f"train@{name}",
        "mlflow.source.name": f"train@{name}",
        "digest.data": data_digest,
        TESTED: digest([data / TEST]),
        "digest.weights": digest([folder / "weights.safetensors"]),
    }
    return Provenance(key, parameters, tags)


def digest(paths: Iterable[Path]) -> str:
    """Of the contents of files, in the order of their paths."""
    contents = b"".join(hashlib.sha256(read_bytes(path)).digest() for path in sorted(paths))
    return hashlib.sha256(contents).hexdigest()[:32]
