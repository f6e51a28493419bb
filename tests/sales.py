"""A small project with a series of sales and runs made by hand, and how `cellbench forecast` is asked about it."""

import csv
from pathlib import Path
from typing import Any

import click.testing
import numpy as np
import pandas as pd

from cellbench.commands import main
from cellbench.config.params import load_params
from cellbench.config.sources import CsvFile, Noise
from cellbench.data.series import series_of_table
from cellbench.data.table import read_text_table
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
        save_run(folder / run_folder(experiment.dataset, name), found)
    return folder


GERMAN = """
seed: 3
training: {replicates: 2, epochs: 1, batch_size: 16, learning_rate: 0.01}
datasets:
  umsatz: {source: csv, path: data/raw/umsatz.csv, target: Umsätze, time: Tag, horizon: 2, missing: interpolate,
           sep: ";", decimal: ",", thousands: ".", encoding: cp1252, skip_rows: 1, skip_footer: 1,
           missing_values: ["--"], time_format: "%d.%m.%Y"}
experiments:
  umsatz_gru: {dataset: umsatz, cell: gru, window: 4, units: 2}
"""


def make_german_project(folder: Path) -> Path:
    """A run on a file with semicolons, decimal commas, a title, a note and German dates."""
    (folder / "params.yaml").write_text(GERMAN)
    params = load_params(folder / "params.yaml")
    source, experiment = params.datasets["umsatz"], params.experiments["umsatz_gru"]
    assert isinstance(source, CsvFile)
    values = 1000 + 100 * stream(0, "umsatz").normal(size=90).cumsum()
    days = pd.date_range("2024-01-01", periods=90)
    cells = [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in values]
    lines = ["Umsätze unseres Ladens", "Tag;Umsätze", *(f"{d:%d.%m.%Y};{c}" for d, c in zip(days, cells, strict=True))]
    lines[5] = f"{lines[5].split(';')[0]};--"
    file = folder / source.path
    file.parent.mkdir(parents=True)
    file.write_text("\n".join([*lines, "Quelle: Kasse"]), encoding=source.encoding)
    names = source.target, source.time, source.features, source.missing
    series = series_of_table(read_text_table(file, source.form), *names, str(file), None, source.form)
    found = train_experiment("umsatz_gru", experiment, divide(series, source, "datasets.umsatz"))
    save_run(folder / run_folder("umsatz", "umsatz_gru"), found)
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
