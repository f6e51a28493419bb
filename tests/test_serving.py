"""MLflow serves a published ensemble, which says what `cellbench forecast` says."""

import csv
import json
import os
import signal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from statsmodels.datasets import sunspots

from cellbench.forecast.serving import Served, _load_pyfunc
from cellbench.publish.model import input_example
from cellbench.runs.card import run_folder
from cellbench.streams import stream
from cuts import rows as rows_of
from cuts import series
from project import Project
from sales import ROWS, forecast, make_german_project, read
from server import free_port, until_it_answers


@pytest.fixture
def served(sales: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    """An ensemble as MLflow loads it."""
    monkeypatch.chdir(sales)
    return _load_pyfunc(str(sales / run_folder("sales", "sales_gru")))


def test_mlflow_is_answered_with_the_numbers_of_the_command(served: Served, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert forecast("sales_gru", "--csv", "sales.csv", "--horizon", "5", "--level", "90", "--out", out).exit_code == 0
    answer = served.predict(pd.read_csv("sales.csv"), {"horizon": 5, "levels": [90.0]})
    rows = read(out)
    assert list(answer) == list(rows[0])
    assert list(answer.pop("time")) == [row.pop("time") for row in rows]
    assert answer.to_numpy(np.float32).tolist() == [[np.float32(v) for v in row.values()] for row in rows]


@pytest.mark.parametrize(
    ("rows", "asked", "message"),
    [
        (ROWS, {"horizon": 0}, "horizon 0: must be between 1 and 1000"),
        (ROWS, {"levels": [80.0, 101.0]}, "level 101.0: must be between 1 and 99.9"),
        (3, {}, "history.csv: sales_gru looks back on 4 rows, got 3"),
        (ROWS * 1000, {}, "history: at most 100000 rows, got 150000"),
    ],
)
def test_mlflow_is_answered_with_what_is_wrong(served: Served, rows: int, asked: dict[str, Any], message: str) -> None:
    history = pd.concat([pd.read_csv("sales.csv")] * max(1, rows // ROWS))[:rows]
    with pytest.raises(MlflowException) as raised:
        served.predict(history, asked)
    assert (raised.value.get_http_status_code(), raised.value.message) == (400, message)


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project whose only dataset is written as in Germany."""
    return make_german_project(tmp_path_factory.mktemp("german"))


@pytest.fixture
def german_history(german: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The file of the dataset, as pandas reads it."""
    monkeypatch.chdir(german)
    options = {"sep": ";", "decimal": ",", "thousands": ".", "encoding": "cp1252", "skiprows": 1, "skipfooter": 1}
    return pd.read_csv("data/raw/umsatz.csv", engine="python", na_values="--", dtype={"Tag": str}, **options)


def ask_german(history: pd.DataFrame) -> pd.DataFrame:
    return _load_pyfunc(str(run_folder("umsatz", "umsatz_gru"))).predict(history)


def test_numbers_and_text_in_the_form_of_the_datasets_file_are_answered_as_its_file_is(
    german_history: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    asked = forecast("umsatz_gru", "--csv", "data/raw/umsatz.csv", "--out", out)
    assert asked.exit_code == 0, asked.output
    expected = pd.read_csv(out)
    assert expected["time"].tolist() == ["31.03.2024", "01.04.2024"]
    numbers = german_history["Umsätze"]
    assert numbers.dtype == float
    text = numbers.map(lambda value: "--" if np.isnan(value) else f"{value:.2f}".replace(".", ","))
    grouped = text.str.replace(r"^(-?\d)(\d{3},)", r"\1.\2", regex=True)
    assert grouped.str.fullmatch(r"1\.\d{3},\d\d").any()
    for sent in (numbers, text, grouped):
        answer = ask_german(german_history.assign(**{"Umsätze": sent}))
        pd.testing.assert_frame_equal(answer, expected, check_exact=False, rtol=1e-6)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("Umsätze", "1.5x", "history.csv: row 4, column 'Umsätze': expected a number, got '1.5x'"),
        ("Umsätze", "12.34,5", "history.csv: row 4, column 'Umsätze': expected a number, got '12.34,5'"),
        ("Tag", "2024-01-03", "history.csv: row 4, column 'Tag': expected a time label written like '01.01.2024', got"),
    ],
)
def test_a_cell_that_is_not_written_like_the_datasets_file_is_named_by_its_row(
    german_history: pd.DataFrame, column: str, cell: str, message: str
) -> None:
    history = german_history.assign(**{"Umsätze": "1.000,5"})
    history.loc[2, column] = cell
    with pytest.raises(MlflowException) as raised:
        ask_german(history)
    assert raised.value.message.startswith(message)


def test_mlflow_serves_the_champion_which_says_what_cellbench_forecast_says(project: Project, tmp_path: Path) -> None:
    years = sunspots.load_pandas().data.astype({"YEAR": int})
    years.to_csv(tmp_path / "history.csv", index=False)
    project.cellbench(f"forecast sunspots_elman --csv {tmp_path}/history.csv --horizon 11 --out {tmp_path}/out.csv")
    said = list(csv.DictReader((tmp_path / "out.csv").open()))

    port = free_port()
    database = f"sqlite:///{project.folder}/mlflow.db"
    serving = project.start(
        f"exec mlflow models serve --model-uri models:/cellbench-sunspots@champion --env-manager local --port {port}",
        MLFLOW_TRACKING_URI=database, PYTHONPATH=str(project.folder / "src"),
    )  # fmt: skip

    def ask(params: dict[str, object], rows: int) -> tuple[int, dict[str, Any]]:
        table = json.loads(years[:rows].to_json(orient="split", index=False))
        body = json.dumps({"dataframe_split": table, "params": params}).encode()
        request = Request(f"http://127.0.0.1:{port}/invocations", body, {"Content-Type": "application/json"})
        try:
            with urlopen(request) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    try:
        until_it_answers(f"http://127.0.0.1:{port}/health", serving)
        status, answer = ask({"horizon": 11}, len(years))
        assert status == 200
        assert [row.pop("time") for row in answer["predictions"]] == [row.pop("time") for row in said]
        for row, other in zip(answer["predictions"], said, strict=True):
            assert row == pytest.approx({name: float(value) for name, value in other.items()}, rel=1e-6)

        for params, rows, complaint in (
            ({"horizon": 0}, 300, "horizon 0: must be between 1 and 1000"),
            ({"levels": [101.0]}, 300, "level 101.0: must be between 1 and 99.9"),
            ({}, 5, "history.csv: sunspots_elman looks back on 9 rows, got 5"),
        ):
            status, answer = ask(params, rows)
            assert status == 400
            assert answer["message"].endswith(complaint), answer
    finally:
        os.killpg(serving.pid, signal.SIGTERM)
        serving.communicate()


def test_the_example_of_a_model_has_the_features_of_its_rows() -> None:
    values = stream(0, "example").random((40, 2))
    data = rows_of(series(values), until={"train": 20, "validation": 30, "test": 40})
    known = data.only(data.until("train", "validation"))
    for window, rows in ((15, values[15:30]), (1, values[18:30])):
        pd.testing.assert_frame_equal(input_example(known, window), pd.DataFrame(rows, columns=["y", "feature"]))
