"""A cell of this project against neuralforecast's LSTM on the monthly series of M3, which writes MANY_SERIES.md.

Each is trained and forecasts the official hold-out, in turns in one run; a figure is the median of the rounds. Ours is
the GRU of studies/competitions, with the recipe that was chosen on M1: ten replicates, trained without and with the
validation part. Neither makes use of the hold-out; both are scored by the same code.
"""

import datetime
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import processor
from cellbench.config.params import load_params
from cellbench.continuation import network_forecasts
from cellbench.data.dataset import Dataset
from cellbench.evaluate.holdout import Holdout
from cellbench.network import build_network
from cellbench.prepare.periods import divide
from cellbench.prepare.stage import read_series
from cellbench.train.experiment import train_experiment

HERE = Path(__file__).parent
PYTHON = HERE.parent / ".venv-neuralforecast/bin/python"
EXPERIMENT = "m3_monthly_gru"
ROUNDS = 3
Array = NDArray[np.float64]


def ours(data: Dataset, test: Holdout) -> tuple[float, Array]:
    """The seconds for training and forecasting, and the forecasts `(R, N, O)`."""
    experiment, start = load_params().experiments[EXPERIMENT], time.perf_counter()
    trained = train_experiment(EXPERIMENT, experiment, data.only(data.until("train", "validation")))
    network = build_network(experiment.cell, trained.weights["final"], experiment.cell_options)
    forecasts = network_forecasts(network, data.samples(test.origins, trained.card.view, EXPERIMENT))
    return time.perf_counter() - start, forecasts


def theirs(data: Dataset, test: Holdout) -> tuple[float, Array]:
    """The same of the other project's network: one seed."""
    known = data.rows[data.until("train", "validation")]
    table = pd.DataFrame({"unique_id": data.series[known.index], "ds": known.index, "y": data.values[known.index, 0]})
    with tempfile.TemporaryDirectory() as folder:
        rows, found = Path(folder) / "rows.csv", Path(folder) / "forecasts.csv"
        table.to_csv(rows, index=False)
        command = [PYTHON, HERE / "neuralforecast_lstm.py", rows, str(data.card.outputs), found]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=folder)
        forecasts = pd.read_csv(found).sort_values(["unique_id", "ds"])["y"].to_numpy()
    return float(done.stdout.split()[-1]), forecasts.reshape(1, len(test.origins), data.card.outputs)


def main() -> None:
    os.chdir(HERE.parent / "studies/competitions")
    params = load_params()
    source = params.datasets[params.experiments[EXPERIMENT].dataset]
    data = divide(read_series(source, params.seed, EXPERIMENT), source, EXPERIMENT)
    test, times, mase = Holdout(data), [], []
    for number in range(ROUNDS):
        pair = [ours(data, test), theirs(data, test)]
        times.append([seconds for seconds, _ in pair])
        mase.append([np.nanmean(test.scores(found.mean(axis=0, keepdims=True))["test_mase"]) for _, found in pair])
        print(f"round {number + 1} of {ROUNDS}: {times[-1]} s, MASE {mase[-1]}", flush=True)
    (seconds, others), errors = np.median(times, axis=0), np.median(mase, axis=0)
    ratio = statistics.median(other / own for own, other in times)
    lines = [
        "# Many series, against neuralforecast",
        f"{datetime.date.today().isoformat()}, {processor()}, {os.cpu_count()} cores. The {len(test.names)} monthly "
        "series of M3, trained and the official hold-out forecast; what is measured is in [README.md](README.md).",
        "| | seconds | mean MASE |\n|---|---|---|\n"
        f"| this project's GRU, ten replicates, their mean | {seconds:.1f} | {errors[0]:.3f} |\n"
        f"| neuralforecast 3.3.0, LSTM as it comes, 1,000 steps, one seed | {others:.1f} | {errors[1]:.3f} |",
        f"It took {ratio:.1f} times as long as ours.",
    ]
    (HERE / "MANY_SERIES.md").write_text("\n\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
