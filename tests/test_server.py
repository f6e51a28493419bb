"""All of it again with a tracking server on PostgreSQL, which keeps the artifacts too, and with a DVC remote."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from project import Project, copy_of, parents, runs, snapshot
from server import Server, running_server
from test_live import killed_and_done_again, with_a_long_training

pytestmark = pytest.mark.server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path) as server:
        yield server


def test_all_runs_are_those_of_the_projects_own_database(project: Project, server: Server, tmp_path: Path) -> None:
    copy = copy_of(project, tmp_path / "copy")
    copy.run("rm -r mlflow.db mlartifacts && cellbench publish")
    publishing = [copy.start("cellbench publish", MLFLOW_TRACKING_URI=server.uri) for _ in range(4)]
    said = [process.communicate()[0] for process in publishing]
    assert [process.returncode for process in publishing] == [0] * 4, said
    assert snapshot(copy, server.uri) == snapshot(copy)

    (run,) = [run for run in parents(copy, server.uri) if run.info.run_name == "sunspots_elman"]
    told = copy.run(f"cellbench trace {run.info.run_id}", MLFLOW_TRACKING_URI=server.uri)
    assert told.endswith("dvc repro train@sunspots_elman evaluate@sunspots\n")
    assert run.info.artifact_uri.startswith("mlflow-artifacts:")
    example = MlflowClient(server.uri).download_artifacts(run.info.run_id, "model/input_example.json")
    (copy.folder / "history.json").write_text(f'{{"dataframe_split": {Path(example).read_text()}}}')
    answer = copy.run(
        "mlflow models predict --model-uri models:/cellbench-sunspots@champion --env-manager local "
        "--input-path history.json",
        MLFLOW_TRACKING_URI=server.uri, PYTHONPATH="src",
    )  # fmt: skip
    assert '"forecast": ' in answer


def test_experiments_of_all_kinds_land_there_and_a_clone_with_a_remote_fills_another_server(
    project: Project, server: Server, tmp_path: Path
) -> None:
    project.run(f"git clone --quiet --bare . {tmp_path}/origin && git clone --quiet {tmp_path}/origin {tmp_path}/a")
    first = Project(tmp_path / "a")
    first.run("git config user.name t && git config user.email t@t")
    first.run(f"cp -r {project.folder}/.dvc/cache .dvc/cache && dvc checkout --quiet --allow-missing")
    first.run(
        f"dvc remote add --default store {tmp_path}/store && git commit --quiet --all -m remote && git push --quiet"
    )
    environment = {"MLFLOW_TRACKING_URI": server.uri}
    first.run("dvc repro", **environment)
    first.run("dvc exp run --name here -S experiments.lstm.units=3", **environment)
    first.run("dvc exp run --temp --name aside -S experiments.lstm.units=5", **environment)
    names = {run.data.tags.get("dvc.exp.name") for run in parents(first, server.uri)}
    assert names == {None, "here", "aside"}
    kept = snapshot(first, server.uri)
    first.run("git checkout --quiet . && dvc checkout --quiet --force && dvc push --quiet")
    first.run("dvc exp push --quiet origin here aside")

    first.run(f"git clone --quiet {tmp_path}/origin {tmp_path}/b")
    second = Project(tmp_path / "b")
    second.run("dvc pull --quiet --allow-missing && dvc exp pull --quiet origin here aside")
    assert second.stages_run_by("dvc repro", **environment) == {"publish"}
    assert snapshot(second, server.uri) == kept
    second.run("cellbench publish --all-experiments")  # into its own database
    assert snapshot(second) == kept


def test_a_training_that_is_killed_and_done_again_is_one_run_there_too(
    project: Project, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    copy = with_a_long_training(project, tmp_path / "copy")
    killed_and_done_again(copy, server.uri, MLFLOW_TRACKING_URI=server.uri)


def test_a_server_that_goes_while_a_training_goes_on_costs_no_result_and_gets_all_runs_later(
    project: Project, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"MLFLOW_TRACKING_URI": server.uri, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    copy = with_a_long_training(project, tmp_path / "copy")
    mirror, training = copy.start("cellbench mirror", **environment), copy.start("dvc repro", **environment)
    while not runs(copy, server.uri):
        assert training.poll() is None
        time.sleep(0.2)
    server.stop()
    said, _ = training.communicate()
    assert training.returncode != 0
    assert said.count(f"MLflow at {server.uri}: ") == 1
    assert "Traceback" not in said
    os.killpg(mirror.pid, signal.SIGINT)
    assert mirror.communicate()[0].count("WARNING: MLflow at") == 1

    server.start()
    copy.run("cellbench publish", **environment)
    copy.run("cellbench publish")  # into its own database, to compare
    assert snapshot(copy, server.uri) == snapshot(copy)
    before = (copy.folder / "dvc.lock").read_text()
    copy.run("dvc repro --force train@lstm evaluate@noise_1")
    assert (copy.folder / "dvc.lock").read_text() == before
