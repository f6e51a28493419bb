"""How MLflow loads a published ensemble and asks it: `mlflow models predict` and `mlflow models serve`."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException

from cellbench import InputError
from cellbench.forecast.forecaster import forecast_file
from cellbench.runs.card import load_model_card

LONGEST_HISTORY = 100_000
"""Rows that a request may have."""


def _load_pyfunc(path: str) -> "Served":
    """What MLflow calls with the folder of a trained experiment."""
    return Served(Path(path))


class Served:
    """An ensemble that answers a table with a table."""

    def __init__(self, run: Path) -> None:
        self.run = run

    def predict(self, history: pd.DataFrame, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Forecast what follows a history, one row per time; the numbers are those of `cellbench forecast`.

        Args:
            params: `horizon`, and `levels` of the intervals in percent.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE, which a server answers as 400, with what is wrong.
        """
        asked = dict(params or {})
        with tempfile.TemporaryDirectory() as folder:
            try:
                if len(history) > LONGEST_HISTORY:
                    raise InputError(f"history: at most {LONGEST_HISTORY} rows, got {len(history)}")
                file = Path(folder) / "history.csv"  # what is read from a file is checked, cell by cell
                own = load_model_card(self.run).data.form  # labels and numbers may be text as in the dataset's file
                form = own.model_copy(update={"sep": ",", "encoding": "utf-8", "skip_rows": 0, "skip_footer": 0})
                history.to_csv(file, index=False, decimal=form.decimal, date_format=form.time_format)
                levels = [float(level) for level in asked.get("levels", [])]
                table, _ = forecast_file(self.run, file, asked.get("horizon"), levels, form)
            except InputError as error:
                said = str(error).replace(f"{folder}/", "").removeprefix("--")
                raise MlflowException.invalid_parameter_value(said) from None
        return table
