"""Stage `check`."""

import hashlib
from pathlib import Path
from typing import Any

from cellbench import InputError
from cellbench.config.params import Params
from cellbench.config.sources import CsvFile
from cellbench.files import keep_only, write_json

CHECKED = Path("data/checked")


def check(params: Params) -> None:
    """Check params.yaml, and write what the stages of each dataset depend on besides parameters and code.

    That is data/checked/file/<dataset>.json, the digest of the dataset's file in data/raw: a new file there reruns no
    other dataset; and data/checked/experiments/<dataset>.json, the names of the experiments to compare.

    Raises:
        InputError: a file that params.yaml names is not there.
    """
    files = {name: _file(name, source) for name, source in params.datasets.items() if isinstance(source, CsvFile)}
    found: dict[Path, Any] = {CHECKED / "file" / f"{name}.json": files.get(name, {}) for name in params.datasets}
    found |= {CHECKED / "experiments" / f"{name}.json": [*params.experiments_on(name)] for name in params.datasets}
    for path, value in found.items():
        write_json(path, value)
    keep_only(CHECKED, found)
    print(f"params.yaml is right: {len(params.datasets)} datasets, {len(params.experiments)} experiments")


def _file(name: str, source: CsvFile) -> dict[str, str]:
    try:
        content = Path(source.path).read_bytes()
    except OSError as error:
        raise InputError(f"params.yaml: datasets.{name}.path: {source.path}: {error.strerror}") from None
    return {"path": source.path, "sha256": hashlib.sha256(content).hexdigest()}
