"""What makes two trainings the same: their parameters, their data, and the code that they run."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from cellbench.base.dvc_record import PIPELINE, digest, read_stages
from cellbench.base.params.config import Experiment


def training_key(name: str, experiment: Experiment, seed: int, dependencies: Mapping[str, str]) -> str:
    """Equal for trainings of equal parameters, data and code, wherever they run.

    Args:
        dependencies: DVC's digests of what the stage depends on, by path.
    """
    content = [name, seed, experiment.model_dump(exclude_none=True), dict(dependencies)]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def dependencies(experiment: Experiment) -> dict[str, str]:
    """What the pipeline says that the training of an experiment depends on, by path, as it lies here."""
    listed = read_stages(PIPELINE)["train"]["do"]["deps"]
    items = {"${item.dataset}": experiment.dataset, "${item.cell}": experiment.cell}
    paths = []
    for path in listed:
        for item, value in items.items():
            path = path.replace(item, value)
        paths.append(path)
    return {path: digest(Path(path)) for path in paths}
