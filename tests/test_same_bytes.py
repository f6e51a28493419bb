"""The same results on any x86-64: the bytes do not depend on the instruction sets that libraries choose."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cellbench.prepare.arma import simulate
from cellbench.streams import stream
from project import ROOT
from test_baselines import MONTHS

PARAMS = """
seed: 0
training: {replicates: 3, epochs: 20, batch_size: 16, learning_rate: 0.01}
datasets:
  nile: {source: statsmodels, name: nile, target: volume, time: year, horizon: 2, season: 4}
  gas: {source: arma, ar: [0.6, -0.3], ma: [0.4], sigma: 2.0, length: 200, baselines: [mean, ar]}
  many:
    source: csv
    path: data/raw/many.csv
    target: y
    series: id
    horizon: 2
    until: {train: -4, validation: -2, test: 0}
    baselines: [last, drift, ets, theta, ces]
  noise: {source: noise, samples: 50, test_samples: 50, predict_samples: 3, timesteps: 5, features: 2}
experiments:
  nile_gru: {dataset: nile, cell: gru, window: 9, transform: log, units: 4, skip: linear}
  gas_elman: {dataset: gas, cell: elman, window: 12, scaling: window, units: 4}
  gas_gru_reset_after: {dataset: gas, cell: gru_reset_after, window: 12, scaling: window, units: 4, select: best}
  many_gru: {dataset: many, cell: gru, window: 4, scaling: mean, transform: log, units: 4}
  noise_lstm: {dataset: noise, cell: lstm, units: 4}
"""
RUN = """
from cellbench.config.params import load_params
from cellbench.data.scaling import single
from cellbench.evaluate.baselines import forecast
from cellbench.evaluate.stage import evaluate
from cellbench.prepare.stage import prepare
from cellbench.report.stage import report
from cellbench.train.stage import train

params = load_params()
for dataset in params.datasets:
    prepare(params, dataset)
    for experiment in params.experiments_on(dataset):
        train(params, experiment)
    evaluate(params, dataset)
report(params)

import numpy as np

with open("data/baselines.txt", "w") as file:
    for series in np.load("data/raw/series.npz").values():
        for name in ("ar", "arima", "ets", "theta"):
            forecasts, label = forecast(name, series, 90, np.arange(89, len(series) - 3, 7), 3, 4)
            print(label, single(forecasts).tobytes().hex(), file=file)
"""
SERIES = "".join(f"s{s},{(1 + s % 5) * (20 + n % 4 + (s * n * n) % 7)}\n" for s in range(20) for n in range(14 + s))
NUMPY: list[str] = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])  # type: ignore[call-overload]
OLD = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "NPY_DISABLE_CPU_FEATURES": " ".join(NUMPY),
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA",
    "OMP_NUM_THREADS": "1",
    "CELLBENCH_WORKERS": "1",
}
SETTINGS = {
    "as in 2004": OLD | {"OPENBLAS_CORETYPE": "Prescott"},
    "as in 2013": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "OPENBLAS_CORETYPE": "Haswell",
        "OMP_NUM_THREADS": "2",
        "CELLBENCH_WORKERS": "2",
    },
}
NAMES = {*OLD, "OPENBLAS_CORETYPE", "DVC_ROOT"}


def results(folder: Path, settings: dict[str, str]) -> dict[str, bytes]:
    """Every file that a small pipeline writes in a folder of its own, under some settings."""
    folder.mkdir()
    (folder / "params.yaml").write_text(PARAMS)
    (folder / "data/raw").mkdir(parents=True)
    (folder / "data/raw/many.csv").write_text(f"id,y\n{SERIES}")
    level = simulate([0.7], [], 1.0, 120, stream(0, "level"))
    np.savez(folder / "data/raw/series.npz", months=MONTHS[:120], level=level)
    (folder / "src").symlink_to(ROOT / "src")
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    environment = kept | settings | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", RUN], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len((folder / "data/baselines.txt").read_text().splitlines()) == 8
    made = (path for top in ("data", "runs", "reports") for path in (folder / top).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in made}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What comes out where every library chooses what it likes best."""
    return results(tmp_path_factory.mktemp("reference") / "own", {})


@pytest.mark.parametrize("settings", SETTINGS)
def test_all_outputs_are_the_same_bytes_whatever_the_processor(
    settings: str, reference: dict[str, bytes], tmp_path: Path
) -> None:
    found = results(tmp_path / "other", SETTINGS[settings])
    assert found.keys() == reference.keys()
    assert [name for name, content in found.items() if content != reference[name]] == []
