"""A small project with a series of sales and runs made by hand, and how `cellbench forecast` is asked about it."""

import csv
from pathlib import Path
from typing import Any

import click.testing
import numpy as np

from cellbench.commands import main
from cellbench.config.params import load_params
from cellbench.config.sources import CsvFile, Noise
from cellbench.prepare.noise import make_noise
from cellbench.prepare.periods import divide
from cellbench.runs.card import run_folder
from cellbench.runs.outputs import save_run
from cellbench.streams import stream
from cellbench.train.experiment import train_experiment
from csv_files import read_csv_file

PARAMS = """
seed: 3
training: {replicates: 2, epochs: 1, batch_size: 16, learning_rate: 0.01}
datasets:
  sales: {source: csv, path: data/raw/sales.csv, target: sold, time: month, horizon: 2}
  weather: {source: csv, path: data/raw/sales.csv, target: sold, time: month, features: [rain, sun]}
  noise: {source: noise, samples: 20, test_samples: 2, predict_samples: 2, timesteps: 2, features: 1}
experiments:
  sales_gru: {dataset: sales, cell: gru, window: 4, transform: log, units: 2, skip: linear}
  sales_never: {dataset: sales, cell: gru, window: 4, units: 2}
  weather_gru: {dataset: weather, cell: gru, window: 3, units: 2, select: best}
  noise_gru: {dataset: noise, cell: gru, units: 2}
"""
ROWS = 150  # from 2000-01 to 2012-06


def make_sales_project(folder: Path) -> Path:
    (folder / "params.yaml").write_text(PARAMS)
    rows = np.exp(stream(0, "sales").normal(size=(ROWS, 3)) / 4)
    write(folder / "sales.csv", ["month", "sold", "rain", "sun"], [[month(n), *rows[n]] for n in range(ROWS)])
    params = load_params(folder / "params.yaml")
    for name in ("sales_gru", "weather_gru", "noise_gru"):
        experiment = params.experiments[name]
        source = params.datasets[experiment.dataset]
        if isinstance(source, Noise):
            dataset = make_noise(source, 3, "noise")
        else:
            assert isinstance(source, CsvFile)
            series = read_csv_file(folder / "sales.csv", source.target, source.time, source.features, "error")
            dataset = divide([series], source, f"datasets.{experiment.dataset}")
        found = train_experiment(name, experiment, dataset)
        save_run(folder / run_folder(experiment.dataset, name), found.card, found.weights, found.residuals)
    return folder


def month(n: int) -> str:
    return f"{2000 + n // 12}-{1 + n % 12:02}"


def write(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def forecast(*arguments: str | Path) -> click.testing.Result:
    return click.testing.CliRunner().invoke(main, ["forecast", *map(str, arguments)])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
