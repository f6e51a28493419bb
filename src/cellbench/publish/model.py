"""An experiment's ensemble as an MLflow model: its weights as they are, and which code reads them; no pickle."""

from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import AnyType

from cellbench.data.card import DatasetCard
from cellbench.data.dataset import Dataset
from cellbench.data.stored import KNOWN, load_dataset
from cellbench.files import read_bytes, write_bytes
from cellbench.intervals import LEVELS, percent
from cellbench.results.results import Result
from cellbench.runs.card import load_model_card

LOADER = "cellbench.forecast.serving"
ENOUGH = 12
"""Rows, at least, of an example: fewer may not show how far apart the times are."""


def write_model(result: Result, folder: Path) -> None:
    """Write the model of an experiment on a series, with a signature and an input example, to folder/model.

    It takes the history as a table, one row per time, with the columns of the dataset, and the parameters `horizon`
    and `levels` of `cellbench forecast`; it returns the rows of the forecast.
    """
    run = folder / "run" / result.name  # a forecaster is named by its folder
    for name in ("model.json", "weights.safetensors"):
        write_bytes(run / name, read_bytes(result.run / name))
    card = load_model_card(result.run)
    assert card.view  # a series is seen through one
    known = load_dataset(Path("data") / result.experiment.dataset, KNOWN)
    mlflow.pyfunc.save_model(
        folder / "model",
        data_path=str(run),
        loader_module=LOADER,
        signature=_signature(card.data),
        input_example=input_example(known, card.view.window),
        pip_requirements=[],  # the project itself, which is on no index
    )


def _signature(data: DatasetCard) -> ModelSignature:
    """The columns that go in and come out, and the parameters, as MLflow describes them."""
    inputs: list[Any] = [ColSpec(DataType.double, name) for name in data.columns]
    for name in filter(None, (data.time, data.named_by)):  # a whole number, or text
        inputs.insert(0, ColSpec(AnyType(), name))
    ends = [f"{end}_{percent(level)}" for level in LEVELS for end in ("lower", "upper")]
    outputs: list[Any] = [ColSpec(DataType.string, "series")] if data.named_by else []
    outputs += [ColSpec(DataType.string, "time"), ColSpec(DataType.double, "forecast")]
    outputs += [ColSpec(DataType.double, end, required=False) for end in ends]
    params = [ParamSpec("horizon", DataType.long, data.outputs), ParamSpec("levels", DataType.double, [], (-1,))]
    return ModelSignature(Schema(inputs), Schema(outputs), ParamSchema(params))


def input_example(data: Dataset, window: int) -> pd.DataFrame:
    """The last known rows of the first series: as many as a network looks back on, but at least ENOUGH, if it has so
    many.
    """
    described = {data.card.named_by: data.rows["series"], data.card.time: data.rows["time"]}
    columns = {name: column for name, column in described.items() if name}
    columns |= dict(zip(data.card.columns, data.values.T, strict=True))
    return pd.DataFrame(columns)[data.series == 0].tail(max(window, ENOUGH)).reset_index(drop=True)
