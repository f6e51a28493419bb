"""Where a result comes from: what DVC recorded about its inputs in dvc.lock, and what git knows."""

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cellbench.config import Params
from cellbench.errors import InputError
from cellbench.files import read_bytes


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
    """The DVC stage, and the git commit and the DVC experiment it ran in, where there are any."""


def trace(params: Params, lock_file: Path = Path("dvc.lock")) -> dict[str, Provenance]:
    """The provenance of every experiment in params.yaml.

    Raises:
        InputError: a stage has not run yet.
    """
    stages = yaml.safe_load(read_bytes(lock_file)).get("stages", {})
    tags = {
        "mlflow.source.git.commit": _git_commit(),
        "dvc.exp.name": os.environ.get("DVC_EXP_NAME", ""),
        "dvc.exp.baseline": os.environ.get("DVC_EXP_BASELINE_REV", ""),
    }
    present = {name: value for name, value in tags.items() if value}
    return {name: _trace(params, name, stages, present) for name in params.experiments}


def _trace(params: Params, name: str, stages: dict[str, Any], tags: dict[str, str]) -> Provenance:
    experiment = params.experiments[name]
    dataset, stage = f"data/{experiment.dataset}", f"train@{name}"
    digests = _inputs(stages, stage) | _inputs(stages, f"evaluate@{experiment.dataset}")
    parameters = {"seed": str(params.seed)}
    parameters |= {k: str(v) for k, v in experiment.model_dump(exclude_none=True).items()}
    parameters |= {f"data.{k}": str(v) for k, v in params.datasets[experiment.dataset].model_dump().items()}
    # Outputs of training are left out: another processor may round them otherwise, and it is still the same result.
    content = {path: md5 for path, md5 in digests.items() if not path.startswith("runs/")}
    key = hashlib.sha256(json.dumps([name, parameters, content], sort_keys=True).encode()).hexdigest()[:32]
    own = {"dvc.stage": stage, "mlflow.source.name": f"dvc repro {stage}"}
    return Provenance(key, parameters, digests[dataset], own | tags)


def _inputs(stages: dict[str, Any], stage: str) -> dict[str, str]:
    if stage not in stages:
        raise InputError(f"dvc.lock: the stage {stage} has not run yet; run `dvc repro`")
    return {dep["path"]: dep["md5"] for dep in stages[stage]["deps"]}


def _git_commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--verify", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip()
