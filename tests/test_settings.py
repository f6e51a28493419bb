"""Which settings leave the results of small experiments the same bytes: the table in docs/reproducible.md."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellbench import PINNED
from project import ROOT, write_pipeline

PARAMS = """
seed: 0
training: {replicates: 3, epochs: 20, batch_size: 16, learning_rate: 0.01}
datasets:
  nile:
    {source: statsmodels, name: nile, target: volume, time: year, window: 5, horizon: 2, transform: log,
     until: {train: 0.5, validation: 0.7, test: 1.0}}
experiments:
  compiled: {dataset: nile, cell: gru, units: 4, skip: linear}
  torch: {dataset: nile, cell: gru, units: 4, skip: linear, engine: torch}
  wide: {dataset: nile, cell: lstm, units: 64, epochs: 3, engine: torch}
"""
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from cellbench.base.params.config import load_params
from prepare import prepare
from train import train
from evaluate import evaluate
params = load_params()
prepare(params, "nile")
for experiment in params.experiments:
    train(params, experiment)
evaluate(params, "nile")
"""
SETTINGS = {
    "once more, in another folder": {},
    "`OMP_NUM_THREADS=2 MKL_NUM_THREADS=2 NUMBA_NUM_THREADS=2`": {
        "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2",
    },
    "`OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1`": {
        "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
    },
    "`OPENBLAS_NUM_THREADS=2`": {"OPENBLAS_NUM_THREADS": "2"},
    "another locale, time zone and hash seed": {"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"},
    "`ATEN_CPU_CAPABILITY=default`": {"ATEN_CPU_CAPABILITY": "default"},
    "`MKL_CBWR=COMPATIBLE`": {"MKL_CBWR": "COMPATIBLE"},
    "`ONEDNN_MAX_CPU_ISA=SSE41`": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "`NPY_DISABLE_CPU_FEATURES=X86_V3`": {"NPY_DISABLE_CPU_FEATURES": "X86_V3"},
    "`OPENBLAS_CORETYPE=Nehalem`": {"OPENBLAS_CORETYPE": "Nehalem"},
}  # fmt: skip
PARTS = {
    "data": ("data/*",),
    "compiled": ("runs/*/compiled/weights*",),
    "torch": ("runs/*/torch/weights*",),
    "torch, wide": ("runs/*/wide/weights*",),
    "metrics": ("reports/*",),
}


def digests(folder: Path, **environment: str) -> dict[str, str]:
    """What the experiments give in a folder, under some settings: a digest for each part."""
    folder.mkdir()
    (folder / "params.yaml").write_text(PARAMS)
    write_pipeline(folder)
    kept = {name: value for name, value in os.environ.items() if name not in PINNED}
    command = [sys.executable, "-c", RUN, str(ROOT / "src")]
    subprocess.run(command, cwd=folder, env=kept | environment, check=True, capture_output=True)
    found = {}
    for part, patterns in PARTS.items():
        paths = sorted(path for pattern in patterns for path in folder.rglob(pattern))
        assert paths, part
        files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
        content = hashlib.sha256()
        for file in files:
            if file.is_file():
                content.update(file.read_bytes())
        found[part] = content.hexdigest()
    return found


@pytest.mark.long
def test_the_table_in_the_docs_is_what_comes_out(tmp_path: Path) -> None:
    whole = digests(tmp_path / "whole")
    header, rows = ["setting", *PARTS], []
    for number, (setting, environment) in enumerate(SETTINGS.items()):
        found = digests(tmp_path / str(number), **environment)
        rows.append([setting, *("same" if found[part] == whole[part] else "other" for part in PARTS)])
    lines = [header, ["---"] * len(header), *rows]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    assert table in (ROOT / "docs/reproducible.md").read_text(), table
