"""A trained ensemble continues series: a file with their history in, a row for each step to come out."""

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from cellbench import InputError
from cellbench.config.csv_form import CsvForm
from cellbench.continuation import continued_forecasts
from cellbench.data.card import DatasetCard
from cellbench.data.scaling import Array, Positions, View, transformed, windows_at
from cellbench.data.series import Series, series_of_table
from cellbench.data.table import read_text_table
from cellbench.intervals import LEVELS, conformal_ends, needed, percent
from cellbench.runs.outputs import load_run

LONGEST_HORIZON = 1000


def forecast_file(
    run: Path, history: Path, horizon: int | None, levels: Sequence[float], form: CsvForm | None = None
) -> tuple[pd.DataFrame, list[Series]]:
    """Continue the series in a CSV file, which has the columns of the experiment's dataset.

    Args:
        run: the folder of a trained experiment, which has its name.
        horizon: steps to forecast; the experiment's own if not given.
        levels: of the intervals, in percent; 80 and 95, if the validation samples are enough, where none is given.
        form: how the file is written; as that of the dataset if not given.

    Returns:
        The forecasts, a row for each step: the series, where the dataset has a column for it, time, forecast, and the
        ends of the intervals, NaN where the validation samples are too few for so many steps ahead; and the series so
        far.

    Raises:
        InputError: the file or the run is broken or missing, the experiment has no series to continue, or the
            forecast grows beyond all bounds.
    """
    for level in levels:
        if not 1 <= level <= 99.9:
            raise InputError(f"--level {level}: must be between 1 and 99.9")
    if horizon is not None and not 1 <= horizon <= LONGEST_HORIZON:
        raise InputError(f"--horizon {horizon}: must be between 1 and {LONGEST_HORIZON}")
    name, trained = run.name, load_run(run)
    data, view, residuals = trained.card.data, trained.card.view, trained.residuals
    if view is None:
        raise InputError(f"{name} was trained on noise: there is no series to continue")
    horizon = horizon or data.outputs
    target, *features = data.columns
    if horizon > data.outputs and features:
        own = f"{data.outputs} step{'s' if data.outputs > 1 else ''}"
        more = f"more would need future values of {', '.join(features)}"
        raise InputError(f"--horizon {horizon}: {name} forecasts {own}; {more}")
    form = form or data.form
    try:
        text = read_text_table(history, form)
        series = series_of_table(text, target, data.time, features, data.missing, str(history), data.named_by, form)
    except InputError as error:  # no key can be added for one history
        raise InputError(re.sub(": add  .*", ": write it as the file of the dataset is written", str(error))) from None
    numbers = series_numbers(series, data, str(history))
    rows = min(len(one.target) for one in series)
    if rows < view.window and len(data.names) == 1:
        raise InputError(f"{history}: {name} looks back on {view.window} rows, got {rows}")
    windows = np.stack([_window(one, view, str(history)) for one in series])
    shares = sorted({float(Decimal(str(level)) / 100) for level in levels})  # 99.9 / 100 is 0.9990000000000001
    shares = shares or [level for level in LEVELS if len(residuals) >= needed(level)]
    torch.set_num_threads(1)  # as in training: the cells are small
    found = continued_forecasts(trained.network, view, windows, numbers, horizon)
    columns: dict[str, Any] = {} if data.named_by is None else {"series": np.repeat([s.name for s in series], horizon)}
    columns |= {"time": [t for one in series for t in one.future(horizon, str(history))], "forecast": found.ravel()}
    for level in shares:
        if len(residuals) < needed(level):
            needs = f"{needed(level)} validation samples, got {len(residuals)}"
            raise InputError(f"a {percent(level)} % interval needs {needs}; lower the level")
        lower, upper = conformal_ends(found, residuals, view.inputs(windows, numbers)[1], level)
        columns |= {f"lower_{percent(level)}": lower.ravel(), f"upper_{percent(level)}": upper.ravel()}
    table = pd.DataFrame(columns)
    if not np.isfinite(found).all() or np.isinf(table.select_dtypes("number")).any(axis=None):
        raise InputError(f"{name}: fed with its own forecasts, it grows beyond all bounds within {horizon} steps")
    return table, series


def series_numbers(series: Sequence[Series], card: DatasetCard, place: str) -> Positions:
    """Which of the series of a dataset these are.

    Raises:
        InputError: one is none of them.
    """
    if card.named_by is None:
        return np.zeros(1, int)
    numbers = pd.Index(card.names).get_indexer([one.name for one in series])
    if unknown := [one.name for one, number in zip(series, numbers, strict=True) if number < 0]:
        raise InputError(
            f"{place}: series {unknown[0]!r}{f' (and {len(unknown) - 1} more)' if len(unknown) > 1 else ''} is not "
            f"among the {len(card.names)} series of the training; leave it out, or train on it"
        )
    return numbers


def _window(series: Series, view: View, place: str) -> Array:
    """The last rows of a series `(T, F)`, transformed; one of several may be too short: see `windows_at`."""
    values = transformed(series.values, view.transform, series.columns[0], series.timeline.labels, place)
    return windows_at(values, np.array([len(values) - 1]), view.window, np.zeros(len(values), int))[0]
