"""Stage `check`."""

import hashlib
from pathlib import Path
from typing import Any

from cellbench import InputError
from cellbench.config.params import Experiment, Params
from cellbench.config.sources import CsvFile
from cellbench.files import keep_only, write_json

CHECKED = Path("data/checked")


def check(params: Params) -> str:
    """Check params.yaml, and write to data/checked/ what other stages depend on besides code:

        experiments/<experiment>.json   an experiment with its recipe filled in: nothing else reruns its training
        searches/<experiment>.json      what its search depends on, if its recipe is to be found
        compared/<dataset>.json         the names of the experiments on a dataset
        file/<dataset>.json             the digest of its file in data/raw: a new file there reruns no other dataset

    Returns:
        How many datasets and experiments there are.

    Raises:
        InputError: a file that params.yaml names is not there.
    """
    files = {name: _file(name, source) for name, source in params.datasets.items() if isinstance(source, CsvFile)}
    found: dict[Path, Any] = {CHECKED / "file" / f"{name}.json": files.get(name, {}) for name in params.datasets}
    found |= {CHECKED / "compared" / f"{name}.json": [*params.experiments_on(name)] for name in params.datasets}
    for name, experiment in params.experiments.items():
        found[CHECKED / "experiments" / f"{name}.json"] = experiment.model_dump(mode="json", exclude_none=True)
        found[CHECKED / "searches" / f"{name}.json"] = _search(params, experiment)
    for path, value in found.items():
        write_json(path, value)
    keep_only(CHECKED, found)
    return f"params.yaml is right: {len(params.datasets)} datasets, {len(params.experiments)} experiments"


def _search(params: Params, experiment: Experiment) -> dict[str, Any]:
    """Not its replicates, which are trained after the search."""
    if experiment.recipe is None:
        return {}
    return {
        "experiment": experiment.model_dump(mode="json", exclude={"replicates"}),
        "search": params.search.model_dump(exclude={"spaces"}),
        "space": params.search.spaces.get(experiment.dataset, {}),
        "training": params.training.model_dump(mode="json"),
        "seed": params.seed,
    }


def _file(name: str, source: CsvFile) -> dict[str, str]:
    try:
        content = Path(source.path).read_bytes()
    except OSError as error:
        raise InputError(f"params.yaml: datasets.{name}.path: {source.path}: {error.strerror}") from None
    return {"path": source.path, "sha256": hashlib.sha256(content).hexdigest()}
