"""Where a result comes from: what DVC recorded about its inputs, and what git knows."""

import hashlib
import json
import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cellbench import InputError
from cellbench.base.dvc_record import PIPELINE, RECORD, address, digest, load_yaml, read_stages, recorded
from cellbench.base.params.config import Params
from cellbench.runs.training_key import training_key

SOURCES = (str(PIPELINE), "params.yaml", "data/raw", "src")
"""What decides on a result, as far as git has it."""
PACKAGES = ("dvc", "mlflow", "numba", "numpy", "pytorch-lightning", "torch")


@dataclass(frozen=True)
class Origin:
    """The sources that results were made from, as git and DVC name them."""

    commit: str
    """The git commit that they are, or to which they are changes; "" before the first one."""
    changes: str
    """What they have otherwise, as git prints a diff."""
    experiment: str = ""
    """The DVC experiment's name, if they belong to one; the commit then is its baseline."""

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


FULL = ("--full-index", "--no-color", "--no-ext-diff")


def git(*arguments: str) -> str:
    """What git prints; nothing where it fails, as it does outside a repository."""
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False).stdout


@dataclass(frozen=True)
class Provenance:
    """The inputs of one experiment's result."""

    key: str
    """Equal for equal inputs: parameters, data and code, wherever and however the stages ran."""
    parameters: dict[str, str]
    """The experiment's resolved parameters, and those of its dataset as `data.<name>`."""
    dataset_digest: str
    """DVC's digest of `data/<dataset>`."""
    tags: dict[str, str]
    """The DVC stage, what git and DVC call its sources, DVC's digests of data and weights, and versions."""
    changes: str
    """What the sources have other than the commit, as git prints a diff."""
    training: str
    """The key of the training alone, under which it tells its progress."""


def trace(params: Params, origin: Origin) -> dict[str, Provenance]:
    """The provenance of every experiment in params.yaml.

    Raises:
        InputError: a stage has not run yet, or what it ran with or left behind is no longer what lies here.
    """
    stages = read_stages(RECORD)
    raw = load_yaml(Path("params.yaml"))
    tags = origin.tags | {"version.python": platform.python_version()}
    tags |= {f"version.{package}": version(package) for package in PACKAGES}
    of_datasets = [f"{stage}@{dataset}" for stage in ("prepare", "evaluate") for dataset in params.datasets]
    of_experiments = [f"train@{name}" for name in params.experiments]
    used = {stage: _checked(stages, stage, raw) for stage in (*of_datasets, *of_experiments, "report")}
    return {name: _trace(params, name, stages, used, tags, origin.changes) for name in params.experiments}


def _trace(
    params: Params,
    name: str,
    stages: dict[str, Any],
    used: dict[str, dict[str, str]],
    shared: dict[str, str],
    changes: str,
) -> Provenance:
    experiment = params.experiments[name]
    dataset, stage = f"data/{experiment.dataset}", f"train@{name}"
    digests = used[stage] | used[f"evaluate@{experiment.dataset}"]
    data = params.datasets[experiment.dataset].model_dump(exclude_none=True, exclude={"published"})
    parameters = {"seed": str(params.seed)}
    parameters |= {k: str(v) for k, v in experiment.model_dump(exclude_none=True).items()} | experiment.cell_options
    parameters |= {f"data.{k}": str(v) for k, v in data.items()}
    # Outputs of training are left out: another processor may round them otherwise, and it is still the same result.
    # So are the other cells, which the evaluation may load: the training names its own.
    content = {path: md5 for path, md5 in digests.items() if not path.startswith("runs/")}
    content.pop("src/cellbench/cells")
    key = hashlib.sha256(json.dumps([name, parameters, content], sort_keys=True).encode()).hexdigest()[:32]
    (weights,) = (out["md5"] for out in stages[stage]["outs"] if out["path"].endswith("/weights.safetensors"))
    tags = shared | {
        "dvc.stage": address(stage),
        "mlflow.source.name": stage,  # of a path MLflow shows the last part alone
        "dvc.md5.data": digests[dataset],
        "dvc.md5.weights": weights,
    }
    training = training_key(name, experiment, params.seed, used[stage])
    return Provenance(key, parameters, digests[dataset], tags, changes, training)


def _checked(stages: dict[str, Any], stage: str, raw: dict[str, Any]) -> dict[str, str]:
    """The digests of what a stage depended on, if its parameters and outputs still are what lies here."""
    record = recorded(stages, stage)
    for key, value in record.get("params", {}).get("params.yaml", {}).items():
        if _at(raw, key) != value:
            raise InputError(f"params.yaml: {key} has changed since the stage {stage} ran; run `dvc repro`")
    for out in record["outs"]:
        if digest(Path(out["path"])) != out["md5"]:
            raise InputError(f"{out['path']}: is not what the stage {stage} left behind; run `dvc repro`")
    return {dep["path"]: dep["md5"] for dep in record["deps"]}


def _at(raw: dict[str, Any], key: str) -> object:
    node: Any = raw
    for part in key.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node
