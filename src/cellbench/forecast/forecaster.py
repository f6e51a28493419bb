"""A trained ensemble continues a series: a file with its history in, a row for each step to come out."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from cellbench import InputError
from cellbench.continuation import continued_forecasts
from cellbench.data.scaling import transformed
from cellbench.data.series import Series, series_from_table
from cellbench.data.table import read_text_table
from cellbench.intervals import LEVELS, conformal_ends, needed, percent
from cellbench.runs.card import load_model_card
from cellbench.runs.outputs import load_network, load_residuals

LONGEST_HORIZON = 1000


def forecast_file(
    run: Path, history: Path, horizon: int | None, levels: Sequence[float]
) -> tuple[pd.DataFrame, Series]:
    """Continue the series in a CSV file, which has the columns of the experiment's dataset.

    Args:
        run: the folder of a trained experiment, which has its name.
        horizon: steps to forecast; the experiment's own if not given.
        levels: of the intervals, in percent; 80 and 95, if the validation samples are enough, where none is given.

    Returns:
        The forecast, a row for each step: time, forecast, and the ends of the intervals, NaN where the validation
        samples are too few for so many steps ahead; and the series so far.

    Raises:
        InputError: the file or the run is broken or missing, the experiment has no series to continue, or the
            forecast grows beyond all bounds.
    """
    for level in levels:
        if not 1 <= level <= 99.9:
            raise InputError(f"--level {level}: must be between 1 and 99.9")
    if horizon is not None and not 1 <= horizon <= LONGEST_HORIZON:
        raise InputError(f"--horizon {horizon}: must be between 1 and {LONGEST_HORIZON}")
    name, card, residuals = run.name, load_model_card(run), load_residuals(run)
    data, view = card.data, card.view
    if view is None:
        raise InputError(f"{name} was trained on noise: there is no series to continue")
    horizon = horizon or data.outputs
    target, *features = data.columns
    if horizon > data.outputs and features:
        own = f"{data.outputs} step{'s' if data.outputs > 1 else ''}"
        more = f"more would need future values of {', '.join(features)}"
        raise InputError(f"--horizon {horizon}: {name} forecasts {own}; {more}")
    series = series_from_table(read_text_table(history), target, data.time, features, data.missing, str(history))
    if len(series.target) < view.window:
        raise InputError(f"{history}: {name} looks back on {view.window} rows, got {len(series.target)}")
    labels = series.timeline.labels
    window = transformed(series.values, view.transform, target, labels, str(history))[None, -view.window :]
    shares = sorted({float(Decimal(str(level)) / 100) for level in levels})  # 99.9 / 100 is 0.9990000000000001
    shares = shares or [level for level in LEVELS if len(residuals) >= needed(level)]
    torch.set_num_threads(1)  # as in training: the cells are small
    found = continued_forecasts(load_network(run), view, window, horizon)
    columns: dict[str, Any] = {"time": series.timeline.future(horizon), "forecast": found[0]}
    for level in shares:
        lower, upper = conformal_ends(found, residuals, view.inputs(window)[1], level)
        columns |= {f"lower_{percent(level)}": lower[0], f"upper_{percent(level)}": upper[0]}
    table = pd.DataFrame(columns)
    if not np.isfinite(found).all() or np.isinf(table.drop(columns="time")).any(axis=None):
        raise InputError(f"{name}: its forecast, fed back to it, grows beyond all bounds within {horizon} steps")
    return table, series
