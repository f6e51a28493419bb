"""The real pipeline, small: what reruns when, what it leaves behind, and what a person sees of it."""

import csv
import json
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from project import Project, make_project

ALL = {
    "prepare@noise_11", "prepare@noise_1", "train@elman", "train@lstm", "train@gru",
    "evaluate@noise_11", "evaluate@noise_1", "report", "publish",
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_project(tmp_path_factory.mktemp("project"))


def runs(project: Project, query: str = "") -> list[Run]:
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    experiment = client.get_experiment_by_name("cellbench")
    return list(client.search_runs([experiment.experiment_id], query, max_results=1000))


def parents(project: Project) -> list[Run]:
    return [run for run in runs(project) if "mlflow.parentRunId" not in run.data.tags]


def test_an_unchanged_pipeline_runs_nothing_but_the_check_that_everything_is_published(project: Project) -> None:
    assert project.stages_run_by("dvc repro") == {"publish"}
    assert project.run("git status --porcelain") == ""


def test_force_gives_the_same_bytes(project: Project) -> None:
    assert project.stages_run_by("dvc repro --force") == ALL
    assert project.run("git status --porcelain") == ""


def test_another_number_of_units_reruns_that_experiment_and_what_depends_on_it(project: Project) -> None:
    before = len(parents(project))
    ran = project.stages_run_by("dvc exp run --name wider --set-param experiments.lstm.units=5")
    assert ran == {"train@lstm", "evaluate@noise_1", "report", "publish"}

    changed = json.loads(project.run("dvc metrics diff --json"))["reports/metrics/noise_1/lstm.json"]
    assert changed["n_params"] == {"old": 149, "new": 206, "diff": 57}
    assert changed["test_mse"]["diff"] != 0
    assert "experiments.lstm.units" in project.run("dvc params diff")
    assert "wider" in project.run("dvc exp show --csv")
    (new,) = [run for run in parents(project) if run.data.params["units"] == "5"]
    assert new.data.tags["dvc.exp.name"] == "wider"
    assert len(parents(project)) == before + 1

    project.restore()
    assert project.stages_run_by("dvc repro") == {"publish"}
    assert len(parents(project)) == before + 1


def test_test_data_do_not_reach_the_training(project: Project) -> None:
    (project.folder / "params.yaml").write_text(
        (project.folder / "params.yaml").read_text().replace("test_samples: 30", "test_samples: 31")
    )
    ran = project.stages_run_by("dvc repro")
    assert ran == {stage for stage in ALL if not stage.startswith("train")}
    project.restore()


def test_editing_a_cell_reruns_its_experiments_alone(project: Project) -> None:
    cell = project.folder / "src/cellbench/cells/gru_reset_after.py"
    cell.write_text(cell.read_text() + "# a remark\n")
    assert {stage for stage in project.stages_run_by("dvc repro") if "train" in stage} == {"train@gru"}
    project.restore()


def test_every_result_is_a_run_with_a_child_a_replicate(project: Project) -> None:
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    found = {run.info.run_name: run for run in parents(project) if run.data.params["units"] == "4"}
    assert set(found) == {"elman", "lstm", "gru"}
    for name, parent in found.items():
        dataset = parent.data.tags["dataset"]
        children = runs(project, f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
        assert {child.data.tags["replicate"] for child in children} == {"0", "1"}
        assert {run.info.status for run in [parent, *children]} == {"FINISHED"}
        history = list(csv.DictReader((project.folder / f"runs/{dataset}/{name}/history.csv").open()))
        for child in children:
            curve = [point.value for point in client.get_metric_history(child.info.run_id, "train_loss")]
            own = [float(row["train_loss"]) for row in history if row["replicate"] == child.data.tags["replicate"]]
            assert curve == own
        metrics = json.loads((project.folder / f"reports/metrics/{dataset}/{name}.json").read_text())
        assert metrics.items() <= parent.data.metrics.items() | {("train_loss", metrics["train_loss"])}
        assert parent.data.params["batch_size"] == {"elman": "32", "lstm": "1", "gru": "1"}[name]
        (data,) = parent.inputs.dataset_inputs
        assert f"md5: {data.dataset.digest}\n" in (project.folder / "dvc.lock").read_text()
        assert parent.data.tags["dvc.stage"] == f"train@{name}"
        artifacts = {artifact.path for artifact in client.list_artifacts(parent.info.run_id)}
        assert artifacts == {"figures", "history.csv", "model.json", "predictions.csv", "weights.safetensors"}


def test_publishing_twice_adds_nothing_and_a_deleted_database_is_filled_again(project: Project) -> None:
    before = len(runs(project))
    assert "MLflow has a run of every result" in project.run("dvc repro publish")
    assert len(runs(project)) == before
    for file in project.folder.glob("mlflow.db*"):
        file.unlink()
    assert "published elman, lstm, gru" in project.run("dvc repro")
    assert len(runs(project)) == 3 * (1 + 2)


def test_a_half_published_run_is_made_anew(project: Project) -> None:
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    lstm = next(run for run in parents(project) if run.info.run_name == "lstm")
    client.delete_tag(lstm.info.run_id, "cellbench.published")
    before = len(runs(project))
    assert "published lstm" in project.run("dvc repro publish")
    assert len(runs(project)) == before


def test_a_database_from_another_folder_is_set_aside(project: Project, tmp_path: Path) -> None:
    project.run(f"cp -r . {tmp_path}/moved")
    moved = Project(tmp_path / "moved")
    assert "came from another folder: kept as mlflow.db.old" in moved.run("dvc repro")
    for run in runs(moved):
        assert run.info.artifact_uri.startswith((tmp_path / "moved" / "mlartifacts").as_uri())


def test_a_tracking_server_that_does_not_answer_is_told_in_one_message_and_costs_no_result(project: Project) -> None:
    nobody = "http://127.0.0.1:9"
    said = project.run("python src/publish.py", expect=1, MLFLOW_TRACKING_URI=nobody, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    assert said.startswith(f"MLflow at {nobody}: ")
    assert said.endswith("once MLflow answers, run `dvc repro publish`.\n")
    assert "Traceback" not in said
    assert project.run("git status --porcelain") == ""


def test_a_mistake_in_params_stops_everything_before_anything_is_written(project: Project) -> None:
    params = project.folder / "params.yaml"
    params.write_text(params.read_text().replace("units: 4", "units: 0"))
    said = project.run("dvc repro", expect=255)
    assert "params.yaml: experiments.elman.units: must be at least 1, got 0\n" in said
    assert "Traceback" not in said
    assert project.run("git status --porcelain") == " M params.yaml\n"
    project.restore()
