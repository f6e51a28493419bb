"""MLflow holds exactly one run for every result, in every way that DVC runs things."""

import csv
import json
import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from mlflow import MlflowClient
from statsmodels.datasets import sunspots

from project import Project, parents, runs, snapshot

PUBLISHED = "published gru, lstm, sunspots_elman\n"  # of a dataset the one with the lowest error first
EXPERIMENTS = ["gru", "lstm", "sunspots_elman"]


def test_every_result_is_a_run_with_a_child_a_replicate(project: Project) -> None:
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    found = {run.info.run_name: run for run in parents(project)}
    assert set(found) == set(EXPERIMENTS)
    for name, parent in found.items():
        dataset = parent.data.tags["dataset"]
        children = [run for run in runs(project) if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
        assert {child.data.tags["replicate"] for child in children} == {"0", "1"}
        assert {run.info.status for run in [parent, *children]} == {"FINISHED"}
        history = list(csv.DictReader((project.folder / f"runs/{dataset}/{name}/history.csv").open()))
        for child in children:
            for loss in [column for column in history[0] if column.endswith("_loss")]:
                curve = [point.value for point in client.get_metric_history(child.info.run_id, loss)]
                own = [float(row[loss]) for row in history if row["replicate"] == child.data.tags["replicate"]]
                assert curve == own
        curve = client.get_metric_history(parent.info.run_id, "train_loss")
        assert [point.step for point in curve] == [1, 2, 3]
        metrics = json.loads((project.folder / f"reports/metrics/{dataset}/{name}.json").read_text())
        for metric, value in metrics.items():
            assert parent.data.metrics[metric] == pytest.approx(value, rel=1e-8), metric
        assert parent.data.params["batch_size"] == {"lstm": "1", "gru": "1", "sunspots_elman": "8"}[name]
        (data,) = parent.inputs.dataset_inputs
        assert f"md5: {data.dataset.digest}\n" in (project.folder / "dvc.lock").read_text()
        assert parent.data.tags["dvc.stage"] == f"train@{name}"
        artifacts = {artifact.path for artifact in client.list_artifacts(parent.info.run_id)}
        always = {"figures", "history.csv", "model.json", "predictions.csv", "weights.safetensors"}
        assert artifacts == always | ({"model"} if dataset == "sunspots" else set())


def test_publishing_twice_adds_nothing(project: Project) -> None:
    before = len(runs(project))
    assert "MLflow has a run of every result" in project.run("dvc repro publish")
    assert len(runs(project)) == before


def test_a_half_published_run_is_made_anew(project: Project) -> None:
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    lstm = next(run for run in parents(project) if run.info.run_name == "lstm")
    client.delete_tag(lstm.info.run_id, "cellbench.published")
    before = len(runs(project))
    assert "published lstm" in project.run("dvc repro publish")
    assert len(runs(project)) == before


def test_a_database_that_is_lost_or_another_folders_is_made_anew(project: Project, tmp_path: Path) -> None:
    for name, lose, said in (
        ("lost", "rm mlflow.db", PUBLISHED),
        ("empty", ": > mlflow.db", "kept as mlflow.db.old, a new one is made\npublished "),
        ("moved", "true", "kept as mlflow.db.old, a new one is made\npublished "),
    ):
        project.run(f"cp -r . {tmp_path}/{name}")
        copy = Project(tmp_path / name)
        copy.run(lose)
        assert said in copy.run("python src/publish.py")
        assert len(runs(copy)) == len(EXPERIMENTS) * (1 + 2)
        assert all(run.info.artifact_uri.startswith((copy.folder / "mlartifacts").as_uri()) for run in runs(copy))


def test_results_of_other_parameters_are_not_published_under_these(project: Project) -> None:
    params = project.folder / "params.yaml"
    params.write_text(params.read_text().replace("units: 4, batch_size", "units: 6, batch_size", 1))
    said = project.run("python src/publish.py", expect=1)
    assert said == "params.yaml: experiments.lstm has changed since the stage train@lstm ran; run `dvc repro`\n"


def test_results_that_were_touched_after_their_stage_are_not_published(project: Project) -> None:
    metrics = project.folder / "reports/metrics/noise_1/lstm.json"
    metrics.write_text(metrics.read_text().replace("149", "150"))
    said = project.run("python src/publish.py", expect=1)
    assert said == "reports/metrics/noise_1: is not what the stage evaluate@noise_1 left behind; run `dvc repro`\n"


def test_a_publish_that_is_killed_while_it_makes_the_database_is_made_up_for(project: Project, tmp_path: Path) -> None:
    project.run(f"cp -r . {tmp_path}/killed && rm {tmp_path}/killed/mlflow.db")
    copy = Project(tmp_path / "killed")
    publishing = copy.start("python src/publish.py")
    while not (copy.folder / "mlflow.db.part").exists():
        assert publishing.poll() is None
        time.sleep(0.01)
    time.sleep(0.3)
    os.killpg(publishing.pid, signal.SIGKILL)
    publishing.wait()
    assert not (copy.folder / "mlflow.db").exists()
    assert PUBLISHED in copy.run("python src/publish.py")
    assert len(runs(copy)) == len(EXPERIMENTS) * (1 + 2)


def test_an_edit_of_a_cell_that_no_experiment_uses_makes_no_new_run(project: Project) -> None:
    before = len(parents(project))
    cell = project.folder / "src/cellbench/cells/gru.py"
    cell.write_text(cell.read_text() + "# a remark\n")
    assert project.stages_run_by("dvc repro") == {
        "evaluate@noise_1",
        "evaluate@sunspots",
        "publish",
    }
    assert len(parents(project)) == before


def test_an_mlflow_experiment_that_was_deleted_comes_back(project: Project) -> None:
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    client.delete_experiment(client.get_experiment_by_name("cellbench").experiment_id)
    project.run("dvc repro publish")
    assert client.get_experiment_by_name("cellbench").lifecycle_stage == "active"
    assert len(parents(project)) == len(EXPERIMENTS)


def test_a_tracking_server_that_does_not_answer_is_told_in_one_message_and_costs_no_result(project: Project) -> None:
    nobody = "http://127.0.0.1:9"
    said = project.run("cellbench publish", expect=1, MLFLOW_TRACKING_URI=nobody, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    assert said.startswith(f"MLflow at {nobody}: ")
    assert said.endswith("once MLflow answers, run `cellbench publish`.\n")
    assert "Traceback" not in said
    assert project.run("git status --porcelain") == ""


def test_mlflow_serves_the_champion_which_says_what_cellbench_forecast_says(project: Project, tmp_path: Path) -> None:
    series = sunspots.load_pandas().data.astype({"YEAR": int})
    series.to_csv(tmp_path / "history.csv", index=False)
    project.run(f"cellbench forecast sunspots_elman --csv {tmp_path}/history.csv --horizon 11 --out {tmp_path}/out.csv")
    said = list(csv.DictReader((tmp_path / "out.csv").open()))

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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
        deadline = time.monotonic() + 120
        while True:
            try:
                status, answer = ask({"horizon": 11}, len(series))
                break
            except URLError:
                assert serving.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.5)
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


def test_a_parameter_changed_and_changed_back_leaves_one_run_a_result_though_the_server_was_down(
    project: Project,
) -> None:
    before, params = len(parents(project)), project.folder / "params.yaml"
    first = params.read_text()
    params.write_text(first.replace("units: 4, batch_size", "units: 3, batch_size", 1))
    said = project.run("dvc repro", MLFLOW_TRACKING_URI="http://127.0.0.1:9", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    assert said.count("WARNING: MLflow at http://127.0.0.1:9: ") == 1
    assert len(parents(project)) == before
    assert project.run("cellbench publish") == "the working tree: published lstm\n"
    params.write_text(first)
    assert not [stage for stage in project.stages_run_by("dvc repro") if stage.startswith("train")]
    assert project.run("git status --porcelain") == ""
    assert project.run("cellbench publish") == "the working tree: MLflow has a run of every result\n"
    assert len(parents(project)) == before + 1
    (new,) = [run for run in parents(project) if run.data.params["units"] == "3"]
    assert new.data.tags["git.dirty"] == "true"
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    changes = Path(client.download_artifacts(new.info.run_id, "changes.diff")).read_text()
    assert re.search(r"^\+  lstm: .*units: 3", changes, re.MULTILINE)
    assert "+++ b/params.yaml" in changes
    assert "dvc.lock" not in changes


def test_experiments_share_the_database_and_a_lost_one_is_filled_from_them(project: Project, tmp_path: Path) -> None:
    project.run(f"git clone --quiet . {tmp_path}/copy && cp -r .dvc/cache {tmp_path}/copy/.dvc/cache")
    copy = Project(tmp_path / "copy")
    copy.run("git config user.name t && git config user.email t@t && dvc checkout --quiet")
    copy.run("dvc repro")
    copy.run("dvc exp run --temp --name aside -S experiments.lstm.units=3")
    for units in (5, 6):
        copy.run(f"dvc exp run --queue --name queued{units} -S experiments.lstm.units={units}")
    copy.run("dvc queue start --jobs 2")
    while "Queued" in (status := copy.run("dvc queue status")) or "Running" in status:
        time.sleep(1)
    assert status.count("Success") == 2, status
    named = {run.data.tags.get("dvc.exp.name"): run for run in parents(copy)}
    assert set(named) == {None, "aside", "queued5", "queued6"}
    assert {run.data.params["units"] for name, run in named.items() if name} == {"3", "5", "6"}
    assert len(parents(copy)) == len(EXPERIMENTS) + 3
    kept = snapshot(copy)

    copy.run("rm -r mlflow.db mlartifacts")
    said = copy.run("cellbench publish --all-experiments")
    assert f"HEAD: {PUBLISHED}aside: published lstm\n" in said
    assert said.endswith("the working tree: MLflow has a run of every result\n")
    assert snapshot(copy) == kept

    listed = copy.run("cellbench trace --rev aside")
    (run,) = re.findall(r"^lstm +(\w+)$", listed, re.MULTILINE)
    commands = copy.run(f"cellbench trace {run}")
    assert "dvc exp apply aside\n" in commands
    copy.run("git checkout --quiet --force .")
    copy.run(" && ".join(commands.splitlines()))
    assert "units: 3, batch_size" in (copy.folder / "params.yaml").read_text()
    assert "cellbench trace" not in commands
    assert copy.run("cellbench publish") == "the working tree: MLflow has a run of every result\n"


def test_who_publishes_at_once_into_a_new_database_makes_one_run_a_result(project: Project, tmp_path: Path) -> None:
    project.run(f"cp -r . {tmp_path}/copy && rm {tmp_path}/copy/mlflow.db")
    copy = Project(tmp_path / "copy")
    publishing = [copy.start("cellbench publish") for _ in range(4)]
    said = [process.communicate()[0] for process in publishing]
    assert [process.returncode for process in publishing] == [0] * 4, said
    assert sorted(said)[-1] == f"the working tree: {PUBLISHED}"
    assert len(runs(copy)) == len(EXPERIMENTS) * (1 + 2)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("publish --rev nothing", "nothing: neither a git revision nor an experiment that `dvc exp list` names"),
        ("publish --rev main --all-experiments", "--rev and --all-experiments: choose one of them"),
        ("publish --rev main~1", r"\w{40}: its results are not there \(.*\); try `dvc fetch --all-commits`"),
        ("trace", "trace: name either a run's id or --rev REV"),
        ("trace 0123", "0123: MLflow has no such run of this project"),
    ],
)
def test_what_is_not_there_is_named(project: Project, command: str, complaint: str) -> None:
    said = project.run(f"cellbench {command}", expect=1)
    assert re.fullmatch(complaint + "\n", said), said
