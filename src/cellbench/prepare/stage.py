"""Stage `prepare@<dataset>`: a series from a file of the user's, statsmodels or a known process; its samples."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.datasets

from cellbench import InputError
from cellbench.config.params import Params
from cellbench.config.sources import AnySeries, Arma, CsvFile, Noise, Statsmodels
from cellbench.data.dataset import Dataset, save_dataset
from cellbench.data.series import Series, series_from_table
from cellbench.data.table import read_text_table
from cellbench.data.timeline import numbered
from cellbench.data.windows import cut
from cellbench.files import write_table
from cellbench.prepare.arma import optimal_mse, simulate
from cellbench.prepare.noise import make_noise
from cellbench.streams import stream

LEAST_ROWS = 6
"""Of the training part: an autoregression cannot be fitted to fewer."""


def prepare(params: Params, name: str) -> None:
    """Make the splits of a dataset and write them to data/<dataset>/."""
    source, folder = params.datasets[name], Path("data") / name
    if isinstance(source, Noise):
        dataset = make_noise(source, params.seed, name)
    else:
        series = read_series(source, params.seed, name)
        optimum = None
        if isinstance(source, Arma):
            optimum = optimal_mse(source.ar, source.ma, source.sigma, source.horizon).tolist()
        dataset = cut(series, source, name, optimum)
        if dataset.card.training_rows < LEAST_ROWS:
            raise InputError(f"datasets.{name}.until.validation: needs {LEAST_ROWS} rows up to there to fit baselines")
        save_series(series, source.horizon, folder)
    save_dataset(dataset, folder)
    print(f"{name}: {summary(dataset)} samples")


def read_series(source: AnySeries, seed: int, name: str) -> Series:
    """The series that a dataset of params.yaml names.

    Raises:
        InputError: it is not there, or not a series that can be forecast.
    """
    match source:
        case CsvFile():
            table, place = read_text_table(Path(source.path)), source.path
        case Statsmodels():
            table, place = _shipped(source.name, f"datasets.{name}"), f"datasets.{name}: {source.name}"
        case Arma():
            random = stream(seed, name, "arma", source.seed)
            values = simulate(source.ar, source.ma, source.sigma, source.length, random)[:, None]
            return Series(numbered(len(values)), ("x",), values, np.ones(len(values), bool))
    return series_from_table(table, source.target, source.time, source.features, source.missing, place)


def _shipped(name: str, key: str) -> pd.DataFrame:
    """The cells of a data set of statsmodels as text, in rows from 1 on."""
    shipped: Any = getattr(statsmodels.datasets, name, None)
    if not hasattr(shipped, "load_pandas"):
        raise InputError(f"{key}.name: statsmodels ships no data set '{name}'")
    table: pd.DataFrame = shipped.load_pandas().data.map(lambda v: f"{v:.17g}" if isinstance(v, float) else str(v))
    return table.set_axis(range(1, len(table) + 1))


def save_series(series: Series, horizon: int, folder: Path) -> None:
    """Write series.csv: the target, row by row, and the labels of the rows that come next."""
    values = [*map(repr, series.target.tolist()), *([""] * horizon)]  # as text: to the last bit
    labels = [*series.timeline.labels, *series.timeline.future(horizon)]
    write_table(folder / "series.csv", pd.DataFrame({"time": labels, "target": values}))


def summary(dataset: Dataset) -> str:
    """How many samples there are in which split."""
    counts = {"train": dataset.card.train_samples, "validation": dataset.card.validation_samples}
    counts |= {period: len(split.x) for period, split in dataset.tests.items()} | {"predict": len(dataset.predict.x)}
    return ", ".join(f"{count} {split}" for split, count in counts.items() if count)
