"""Where a series comes from: a file of the user's, a data set of statsmodels, or a known process."""

from pathlib import Path

import numpy as np

from cellbench import InputError
from cellbench.base.params.sources import AnySeries, Arma, CsvFile, Statsmodels
from cellbench.base.params.streams import stream
from cellbench.preparation.arma import simulate
from cellbench.preparation.csv_file import read_csv_file
from cellbench.preparation.series import Series
from cellbench.preparation.timeline import numbered, read_timeline


def read_series(source: AnySeries, seed: int, name: str) -> Series:
    """The series that a dataset of params.yaml names.

    Raises:
        InputError: it is not there, or not a series that can be forecast.
    """
    match source:
        case CsvFile():
            return read_csv_file(Path(source.path), source.target, source.time, source.features, source.missing)
        case Statsmodels():
            return _shipped(source, f"datasets.{name}")
        case Arma():
            return _process(source, stream(seed, name, "arma", source.seed))


def _shipped(source: Statsmodels, key: str) -> Series:
    import statsmodels.datasets

    shipped = getattr(statsmodels.datasets, source.name, None)
    if shipped is None or not hasattr(shipped, "load_pandas"):
        raise InputError(f"{key}.name: statsmodels ships no data set '{source.name}'")
    frame = shipped.load_pandas().data
    for role, column in (("target", source.target), ("time", source.time)):
        if column is not None and column not in frame:
            raise InputError(f"{key}.{role}: no column '{column}' in {source.name}; there are {', '.join(frame)}")
    try:
        values = frame[[source.target]].to_numpy(np.float64)
    except ValueError:
        raise InputError(f"{key}.target: '{source.target}' in {source.name} does not hold numbers") from None
    if not np.isfinite(values).all():
        raise InputError(f"{key}.target: '{source.target}' in {source.name} has missing values")
    if source.time is None:
        timeline = numbered(len(values))
    else:
        column = f"{key}.time: '{source.time}' in {source.name}"
        labels = [f"{label:.15g}" if isinstance(label, float) else str(label) for label in frame[source.time]]
        timeline = read_timeline(labels, lambda row: f"{column}, row {row + 1}")
    return Series(timeline, (source.target,), values, np.ones(len(values), bool))


def _process(source: Arma, random: np.random.Generator) -> Series:
    values = simulate(source.ar, source.ma, source.sigma, source.length, random)
    return Series(numbered(len(values)), ("x",), values[:, None], np.ones(len(values), bool))
