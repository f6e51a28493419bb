"""MLflow serves a published ensemble, which says what `cellbench forecast` says."""

import csv
import json
import os
import signal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from statsmodels.datasets import sunspots

from project import Project
from server import free_port, until_it_answers


def test_mlflow_serves_the_champion_which_says_what_cellbench_forecast_says(project: Project, tmp_path: Path) -> None:
    series = sunspots.load_pandas().data.astype({"YEAR": int})
    series.to_csv(tmp_path / "history.csv", index=False)
    project.run(f"cellbench forecast sunspots_elman --csv {tmp_path}/history.csv --horizon 11 --out {tmp_path}/out.csv")
    said = list(csv.DictReader((tmp_path / "out.csv").open()))

    port = free_port()
    database = f"sqlite:///{project.folder}/mlflow.db"
    serving = project.start(
        f"exec mlflow models serve --model-uri models:/cellbench-sunspots@champion --env-manager local --port {port}",
        MLFLOW_TRACKING_URI=database, PYTHONPATH=str(project.folder / "src"),
    )  # fmt: skip

    def ask(params: dict[str, object], rows: int) -> tuple[int, dict[str, Any]]:
        table = json.loads(series[:rows].to_json(orient="split", index=False))
        body = json.dumps({"dataframe_split": table, "params": params}).encode()
        request = Request(f"http://127.0.0.1:{port}/invocations", body, {"Content-Type": "application/json"})
        try:
            with urlopen(request) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    try:
        until_it_answers(f"http://127.0.0.1:{port}/health", serving)
        status, answer = ask({"horizon": 11}, len(series))
        assert status == 200
        assert [row.pop("time") for row in answer["predictions"]] == [row.pop("time") for row in said]
        for row, other in zip(answer["predictions"], said, strict=True):
            assert row == pytest.approx({name: float(value) for name, value in other.items()}, rel=1e-8)

        for params, rows, complaint in (
            ({"horizon": 0}, 300, "horizon: must be between 1 and 1000, got 0"),
            ({"levels": [101.0]}, 300, "levels: must be between 1 and 99.9, got [101.0]"),
            ({}, 5, "history.csv: sunspots_elman looks back on 9 rows, got 5"),
        ):
            status, answer = ask(params, rows)
            assert status == 400
            assert answer["message"].endswith(complaint), answer
    finally:
        os.killpg(serving.pid, signal.SIGTERM)
        serving.communicate()
