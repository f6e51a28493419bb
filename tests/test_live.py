"""A training's curves in MLflow while it goes on, and what becomes of its run."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mlflow import MlflowClient

from cellbench.config.params import load_params
from cellbench.publish.live import Mirror
from cellbench.publish.store import store
from cellbench.runs import live
from cellbench.runs.live import live_training
from project import Project, copy_without_runs, kill, own_database, parents, snapshot

if TYPE_CHECKING:
    from mlflow.entities import Run

EPOCHS = 300  # some seconds with torch


def with_a_long_training(project: Project, folder: Path) -> Project:
    """A copy in which the experiment lstm takes some seconds, and MLflow has nothing yet."""
    copy = copy_without_runs(project, folder)
    with store(copy.folder):  # before a client asks for it, since MLflow goes on with the file that it opened first
        pass
    params = copy.folder / "params.yaml"
    params.write_text(params.read_text().replace("lstm: {", f"lstm: {{engine: torch, epochs: {EPOCHS}, ", 1))
    return copy


def look_until(mirror: Mirror, training: "subprocess.Popen[str]", points: int, uri: str) -> "Run":
    """Look until MLflow has so many epochs of the training."""
    client = MlflowClient(uri)
    while training.poll() is None:
        mirror.look()
        for run in _running(client):
            if len(client.get_metric_history(run.info.run_id, "train_loss")) >= points:
                return run
        time.sleep(0.2)
    raise AssertionError(training.communicate()[0])


def _running(client: MlflowClient) -> list["Run"]:
    experiment = client.get_experiment_by_name("cellbench").experiment_id
    runs = client.search_runs([experiment], "attributes.status = 'RUNNING'")
    return [run for run in runs if "mlflow.parentRunId" not in run.data.tags]


def killed_and_done_again(copy: Project, uri: str, **environment: str) -> None:
    """Follow a training that is killed and done again: one run, from its first epochs to its scores."""
    client = MlflowClient(uri)

    def statuses(run: "Run") -> set[str]:
        children = f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
        members = [*client.search_runs([run.info.experiment_id], children), client.get_run(run.info.run_id)]
        assert len(members) == 1 + 2
        return {member.info.status for member in members}

    training, mirror = copy.start("python src/train.py lstm"), Mirror(copy.folder)
    run = look_until(mirror, training, 10, uri)
    assert run.info.run_name == "lstm"
    assert run.data.tags["cell"] == "lstm"
    assert statuses(run) == {"RUNNING"}
    kill(training)
    mirror.look()
    assert statuses(run) == {"KILLED"}

    training = copy.start("exec python src/train.py lstm")
    assert look_until(mirror, training, 10, uri).info.run_id == run.info.run_id
    while not (written := [*copy.folder.glob(".scratch/*/whole.ckpt")]):
        time.sleep(0.1)
    os.killpg(training.pid, signal.SIGINT)
    said, _ = training.communicate()
    assert training.returncode == 130
    assert "interrupted: the same command continues, a training from its last checkpoint" in said
    assert "Traceback" not in said
    assert [*copy.folder.glob(".scratch/*/whole.ckpt")] == written
    mirror.look()
    assert statuses(run) == {"KILLED"}

    before = len(client.get_metric_history(run.info.run_id, "train_loss"))
    training = copy.start("dvc repro", **environment)
    assert look_until(Mirror(copy.folder), training, before + 10, uri).info.run_id == run.info.run_id
    assert statuses(run) == {"RUNNING"}
    said, _ = training.communicate()
    assert training.returncode == 0, said
    assert "published " in said
    assert statuses(run) == {"FINISHED"}
    assert [point.step for point in client.get_metric_history(run.info.run_id, "train_loss")] == [*range(1, EPOCHS + 1)]
    assert client.get_run(run.info.run_id).data.params["epochs"] == str(EPOCHS)


def test_a_training_that_is_killed_and_done_again_is_one_run(project: Project, tmp_path: Path) -> None:
    copy = with_a_long_training(project, tmp_path / "copy")
    killed_and_done_again(copy, own_database(copy))
    again = copy_without_runs(copy, tmp_path / "again")
    again.cellbench("publish")
    assert snapshot(again) == snapshot(copy)


def test_a_run_whose_training_ended_while_nobody_looked_does_not_stay_running(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_without_runs(project, tmp_path / "copy")
    monkeypatch.chdir(copy.folder)
    monkeypatch.setattr(live, "SECONDS", 0)
    other = load_params().experiments["lstm"].model_copy(update={"seed": 1})
    with live_training("lstm", other) as log:
        log.add(1, {"train_loss": np.ones(2, np.float32)})
        Mirror(copy.folder).look()
        assert len(_running(MlflowClient(own_database(copy)))) == 1
    copy.cellbench("publish")
    (left,) = [run for run in parents(copy) if "cellbench.key" not in run.data.tags]
    assert left.info.status == "FINISHED"
