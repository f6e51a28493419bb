"""Every experiment and revision finds its way into MLflow, and a run its way back."""

import re
from pathlib import Path

import pytest
from mlflow import MlflowClient

from cellbench.publish.store import SCORED, TESTED
from project import EXPERIMENTS, PUBLISHED, Project, parents, runs


def test_a_parameter_changed_and_changed_back_leaves_one_run_a_result_though_the_server_was_down(
    project: Project,
) -> None:
    before, params = len(parents(project)), project.folder / "params.yaml"
    first = params.read_text()
    params.write_text(first.replace("units: 4, batch_size", "units: 3, batch_size", 1))
    down = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    said = project.run("dvc repro", expect=255, **down)
    assert said.count("MLflow at http://127.0.0.1:9: ") == 1
    assert "Traceback" not in said
    assert len(parents(project)) == before
    assert project.stages_run_by("dvc repro") == {"publish"}
    params.write_text(first)
    assert not [stage for stage in project.stages_run_by("dvc repro") if stage.startswith("train")]
    assert project.run("git status --porcelain") == ""
    assert project.cellbench("publish") == (
        "the working tree: MLflow has a run of every result\n"
        "trainings scored on a test part so far: noise_1 3, sunspots 1\n"
    )
    assert len(parents(project)) == before + 1
    (new,) = [run for run in parents(project) if run.data.params["units"] == "3"]
    tested = new.data.tags[TESTED]
    looks = {run.data.tags[SCORED] for run in parents(project) if run.data.tags[TESTED] == tested}
    assert looks == {"3"}  # also on the pages of the runs that were there before
    assert new.data.tags["git.dirty"] == "true"
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    changes = Path(client.download_artifacts(new.info.run_id, "changes.diff")).read_text()
    assert re.search(r"^\+  lstm: .*units: 3", changes, re.MULTILINE)
    assert "+++ b/params.yaml" in changes
    assert "dvc.lock" not in changes


def test_who_publishes_at_once_into_a_new_database_makes_one_run_a_result(project: Project, tmp_path: Path) -> None:
    project.run(f"cp -r . {tmp_path}/copy && rm {tmp_path}/copy/mlflow.db")
    copy = Project(tmp_path / "copy")
    publishing = [copy.start("cellbench publish") for _ in range(2)]
    said = [process.communicate()[0] for process in publishing]
    assert [process.returncode for process in publishing] == [0] * 2, said
    assert sorted(said)[-1].startswith(f"the working tree: {PUBLISHED}")
    assert len(runs(copy)) == len(EXPERIMENTS) * (1 + 2)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("publish --rev nothing", "nothing: neither a git revision nor an experiment that `dvc exp list` names"),
        ("publish --rev main --all-experiments", "--rev and --all-experiments: choose one of them"),
        ("publish --rev main~1", r"main~1: \w{40}: has no dvc\.lock, in which DVC records what it ran"),
        ("trace", "trace: name either a run's id or --rev REV"),
        ("trace 0123", "0123: MLflow has no such run of this project"),
    ],
)
def test_what_is_not_there_is_named(project: Project, command: str, complaint: str) -> None:
    said = project.cellbench(command, expect=1)
    assert re.fullmatch(complaint + "\n", said), said


def test_results_that_the_cache_lacks_cannot_be_published(project: Project, tmp_path: Path) -> None:
    project.run(f"git clone --quiet . {tmp_path}/copy")
    said = Project(tmp_path / "copy").cellbench("publish --rev main", expect=1)
    assert re.fullmatch(r"main: \w{40}: its results are not there \(.*\); try `dvc fetch --all-commits`\n", said), said
