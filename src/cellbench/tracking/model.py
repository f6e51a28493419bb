"""An experiment's ensemble as an MLflow model: its weights as they are, and which code reads them.

The folder is what MLflow calls a model of the flavor python_function with a loader module: no pickle, nothing that
depends on when or where it was made.
"""

import json
from pathlib import Path
from typing import Any

from cellbench.base.files import read_bytes, read_json, write_bytes, write_json
from cellbench.base.params.sources import missing_in
from cellbench.evaluation.conformal import LEVELS, percent
from cellbench.reporting.results import Group, Result
from cellbench.tracking.provenance import Provenance

LOADER = "cellbench.forecasting.serving"


def write_model(result: Result, group: Group, source: Provenance, folder: Path) -> None:
    """Write the model of an experiment on a series, with a signature and an input example.

    It takes the history as a table, one row a time, with the columns of the dataset, and the parameters `horizon` and
    `levels` of `cellbench forecast`; it returns the rows of the forecast.
    """
    for name in ("model.json", "weights.safetensors"):
        write_bytes(folder / "run" / name, read_bytes(result.run / name))
    served = {
        "experiment": result.name,
        "seed": int(source.parameters["seed"]),
        "missing": missing_in(group.source),
    }
    write_json(folder / "run" / "served.json", served)
    data = read_json(result.run / "model.json")["data"]
    example = {"columns": _columns(data), "data": _history(group, data)}
    write_json(folder / "input_example.json", example)
    description = {
        "flavors": {"python_function": {"loader_module": LOADER, "data": "run"}},
        "mlflow_version": source.tags["version.mlflow"],
        "signature": {name: json.dumps(part) for name, part in _signature(data).items()},
        "saved_input_example_info": {
            "artifact_path": "input_example.json", "type": "dataframe", "pandas_orient": "split"
        },
    }  # fmt: skip
    write_json(folder / "MLmodel", description)  # JSON is YAML


def _columns(data: dict[str, Any]) -> list[str]:
    return [*([data["time"]] if data["time"] else []), *data["columns"]]


def _signature(data: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The columns that go in and come out, and the parameters, as MLflow describes them."""
    inputs = [{"name": name, "type": "double", "required": True} for name in data["columns"]]
    if data["time"]:  # a whole number, or the text of a date
        inputs.insert(0, {"name": data["time"], "type": "any", "required": True})
    ends = [f"{end}_{percent(level)}" for level in LEVELS for end in ("lower", "upper")]
    outputs = [{"name": "time", "type": "string", "required": True}]
    outputs += [{"name": name, "type": "double", "required": name == "forecast"} for name in ("forecast", *ends)]
    return {
        "inputs": inputs,
        "outputs": outputs,
        "params": [
            {"name": "horizon", "type": "long", "default": data["outputs"], "shape": None},
            {"name": "levels", "type": "double", "default": [], "shape": [-1]},
        ],
    }


def _history(group: Group, data: dict[str, Any]) -> list[list[str | float]]:
    """As many rows as the network looks back on: the last ones that were forecast for testing."""
    best = next(iter(group.baselines))
    rows = [row for row in group.forecast_of(best) if row["step"] == "1"][-data["timesteps"] :]
    others = [0.0] * (len(data["columns"]) - 1)
    return [[*([row["time"]] if data["time"] else []), float(row["truth"]), *others] for row in rows]
