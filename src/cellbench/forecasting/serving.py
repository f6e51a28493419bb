"""How MLflow loads a published ensemble and asks it: `mlflow models predict` and `mlflow models serve`."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellbench import InputError
from cellbench.base.files import read_json
from cellbench.forecasting.forecaster import Forecaster

if TYPE_CHECKING:
    from pandas import DataFrame

LONGEST_HISTORY = 100_000
"""Rows that a request may have."""
LONGEST_HORIZON = 1000


def _load_pyfunc(path: str) -> "Served":
    """What MLflow calls with the folder of the weights."""
    served = read_json(Path(path) / "served.json")
    return Served(Forecaster(Path(path), **served))


class Served:
    """An ensemble that answers a table with a table."""

    def __init__(self, forecaster: Forecaster) -> None:
        self.forecaster = forecaster

    def predict(self, history: "DataFrame", params: Mapping[str, Any] | None = None) -> "DataFrame":
        """Forecast what follows a history, a row a time; the numbers are those of `cellbench forecast`.

        Args:
            params: `horizon`, and `levels` of the intervals in percent.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE, which a server answers as 400, with what is wrong.
        """
        import pandas as pd
        from mlflow.exceptions import MlflowException

        asked = dict(params or {})
        horizon, levels = asked.get("horizon"), [float(level) for level in asked.get("levels", [])]
        with tempfile.TemporaryDirectory() as folder:
            try:
                if len(history) > LONGEST_HISTORY:
                    raise InputError(f"history: at most {LONGEST_HISTORY} rows, got {len(history)}")
                if horizon is not None and not 1 <= horizon <= LONGEST_HORIZON:
                    raise InputError(f"horizon: must be between 1 and {LONGEST_HORIZON}, got {horizon}")
                if not all(1 <= level <= 99.9 for level in levels):
                    raise InputError(f"levels: must be between 1 and 99.9, got {levels}")
                file = Path(folder) / "history.csv"  # what is read from a file is checked, cell by cell
                history.to_csv(file, index=False)
                rows, _ = self.forecaster.forecast(file, horizon, levels)
            except InputError as error:
                raise MlflowException.invalid_parameter_value(str(error).replace(f"{folder}/", "")) from None
        return pd.DataFrame(rows)
