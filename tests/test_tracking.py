"""MLflow holds exactly one run for every result, in every way that DVC runs things."""

import csv
import json
import os
import re
import signal
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from cellbench.publish.store import HERE, Store
from cellbench.publish.store import PUBLISHED as PUBLISHED_TAG
from project import (
    EXPERIMENTS,
    PUBLISHED,
    Project,
    copy_of,
    copy_without_runs,
    own_database,
    parents,
    refused_by,
    runs,
    snapshot,
)


def test_a_clone_fills_its_database_with_a_run_per_result_and_a_child_per_replicate(
    project: Project, tmp_path: Path
) -> None:
    project.run(f"git clone --quiet . {tmp_path}/clone && cp -r .dvc/cache {tmp_path}/clone/.dvc/cache")
    clone = Project(tmp_path / "clone")
    clone.run("dvc checkout --quiet --allow-missing")
    assert clone.stages_run_by("dvc repro") == {"publish"}
    assert clone.run("git status --porcelain") == ""
    client = MlflowClient(own_database(clone))
    found = {run.info.run_name: run for run in parents(clone)}
    assert set(found) == set(EXPERIMENTS)
    for name, parent in found.items():
        dataset = parent.data.tags["dataset"]
        children = [run for run in runs(clone) if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
        assert {child.data.tags["replicate"] for child in children} == {"0", "1"}
        assert {run.info.status for run in [parent, *children]} == {"FINISHED"}
        history = list(csv.DictReader((clone.folder / f"runs/{dataset}/{name}/history.csv").open()))
        for child in children:
            for loss in [column for column in history[0] if column.endswith("_loss")]:
                curve = [point.value for point in client.get_metric_history(child.info.run_id, loss)]
                own = [float(row[loss]) for row in history if row["replicate"] == child.data.tags["replicate"]]
                assert curve == own
        curve = client.get_metric_history(parent.info.run_id, "train_loss")
        assert [point.step for point in curve] == [1, 2, 3]
        metrics = json.loads((clone.folder / f"reports/metrics/{dataset}/{name}.json").read_text())
        for metric, value in metrics.items():
            assert parent.data.metrics[metric] == pytest.approx(value, rel=1e-8), metric
            assert [point.step for point in client.get_metric_history(parent.info.run_id, metric)] == [0]
        headline = json.loads((clone.folder / f"reports/headlines/{dataset}/{name}.json").read_text())
        assert {metric: parent.data.metrics[f"answer/{metric}"] for metric in headline} == headline
        for baseline in (clone.folder / f"reports/metrics/{dataset}/baselines").glob("[!o]*.json"):
            error = json.loads(baseline.read_text())["test_mse"]
            assert parent.data.metrics[f"baselines/{baseline.stem}"] == pytest.approx(error, rel=1e-8)
        assert re.search(
            r"(no difference from|worse than|better than|too few test samples)", parent.data.tags["verdict"]
        )
        assert parent.data.tags["verdict"] in parent.data.tags["mlflow.note.content"]
        assert {run.info.end_time - run.info.start_time for run in [parent, *children]} == {0}
        assert parent.data.params["batch_size"] == {"lstm": "1", "gru": "1", "sunspots_elman": "8"}[name]
        (data,) = parent.inputs.dataset_inputs
        assert data.dataset.digest == parent.data.tags["digest.data"]
        assert parent.data.tags["dvc.stage"] == f"train@{name}"
        assert parent.data.tags["mlflow.source.name"] == f"train@{name}"
        artifacts = {artifact.path for artifact in client.list_artifacts(parent.info.run_id)}
        always = {"figures", "history.csv", "model.json", "predictions.csv", "weights.safetensors"}
        assert artifacts == always | ({"model"} if dataset == "sunspots" else set())


def test_publishing_twice_adds_nothing(project: Project) -> None:
    before = len(runs(project))
    assert "MLflow has a run of every result" in project.cellbench("publish")
    assert len(runs(project)) == before


def test_a_half_published_run_is_completed(project: Project, tmp_path: Path) -> None:
    copy = copy_without_runs(project, tmp_path / "copy")
    copy.cellbench("publish")
    whole = snapshot(copy)
    client = MlflowClient(own_database(copy))
    run = next(run.info.run_id for run in parents(copy) if run.info.run_name == "sunspots_elman")
    client.delete_tag(run, PUBLISHED_TAG)
    client.set_tag(run, HERE, Store(client, "", copy.folder).here)
    client.update_run(run, "RUNNING")
    assert snapshot(copy) != whole
    assert "published sunspots_elman" in copy.cellbench("publish")
    assert snapshot(copy) == whole


@pytest.mark.parametrize("lose", ["rm mlflow.db", ": > mlflow.db", "true"], ids=["lost", "empty", "moved"])
def test_a_lost_database_is_filled_again_and_so_is_that_of_a_moved_project(
    project: Project, tmp_path: Path, lose: str
) -> None:
    """With an apostrophe in the new path, which is also one of MLflow's quotes."""
    copy = copy_of(project, tmp_path / "it's moved")
    copy.run(lose)
    assert PUBLISHED in copy.cellbench("publish")
    assert len(runs(copy)) == len(EXPERIMENTS) * (1 + 2)
    assert all(run.info.artifact_uri.startswith((copy.folder / "mlartifacts").as_uri()) for run in runs(copy))
    champion = MlflowClient(own_database(copy)).get_model_version_by_alias("cellbench-sunspots", "champion")
    assert champion.run_id in {run.info.run_id for run in parents(copy)}


def test_a_broken_database_is_named_and_can_be_deleted(project: Project, tmp_path: Path) -> None:
    copy = copy_of(project, tmp_path / "copy")
    (copy.folder / "mlflow.db").write_bytes(b"no database" * 100)
    said = copy.cellbench("publish", expect=1)
    assert "Traceback" not in said
    assert f"{copy.folder}/mlflow.db is broken, delete it" in said
    (copy.folder / "mlflow.db").unlink()
    copy.cellbench("publish")
    assert len(parents(copy)) == len(EXPERIMENTS)


def test_results_of_other_parameters_are_not_published_under_these(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    params = project.folder / "params.yaml"
    params.write_text(params.read_text().replace("units: 4, batch_size", "units: 6, batch_size", 1))
    assert refused_by("publish.py") == "params.yaml: experiments.lstm has changed since train@lstm ran; run `dvc repro`"
    params.write_text(params.read_text().replace("units: 6", "units: 4").replace("variance: 1535.0", "variance: 1.0"))
    assert "datasets.sunspots has changed" in project.cellbench("publish", expect=1)


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
    assert PUBLISHED in copy.cellbench("publish")
    assert len(runs(copy)) == len(EXPERIMENTS) * (1 + 2)


def test_an_mlflow_experiment_that_was_deleted_comes_back(project: Project) -> None:
    before, client = len(parents(project)), MlflowClient(own_database(project))
    client.delete_experiment(client.get_experiment_by_name("cellbench").experiment_id)
    project.cellbench("publish")
    assert client.get_experiment_by_name("cellbench").lifecycle_stage == "active"
    assert len(parents(project)) == before


def test_a_tracking_server_that_does_not_answer_gives_one_message_and_costs_no_result(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "http://127.0.0.1:9"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    said = project.cellbench("publish", expect=1)
    assert re.fullmatch(f"MLflow at {nobody}: .*\nThe results are safe in .* run `cellbench publish`\\.\n", said)
    assert project.run("git status --porcelain") == ""
