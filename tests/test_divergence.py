"""A replicate that diverges, through the whole pipeline: left out of every number, and said."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow import MlflowClient

from cellbench.cells.contract import Weights
from cellbench.network import initial_weights
from cellbench.publish.runs import begin, log_metrics
from cellbench.publish.store import TRAINING, store
from cellbench.train import experiment
from project import Project, copy_without_runs, own_database, parents, runs, snapshot


def valid(text: str) -> Any:
    """JSON, which has neither NaN nor infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def test_a_diverged_replicate_is_left_out_of_all_numbers_and_said(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copy_without_runs(project, tmp_path / "copy")
    reports = copy.folder / "reports"
    before = valid((reports / "metrics/noise_1/lstm.json").read_text())

    def spoilt(*arguments: Any) -> Weights:
        first = initial_weights(*arguments)
        first["readout.W"][0] = 1e30
        return first

    monkeypatch.setattr(experiment, "initial_weights", spoilt)
    for script in ("train.py lstm", "evaluate.py noise_1", "report.py", "publish.py"):
        copy.stage(script)
    said = capsys.readouterr().err
    assert re.search(r"^train@lstm, \d+ s: .*; replicate 0 diverged in epoch 1 and is left out$", said, re.MULTILINE)

    for path in reports.rglob("*.json"):
        valid(path.read_text())
    after = valid((reports / "metrics/noise_1/lstm.json").read_text())
    assert (before["diverged"], after["diverged"]) == (0, 1)
    assert after["test_mse"] == after["ensemble_mse"] != before["test_mse"]  # of the one that is left
    of_mean = valid((reports / "metrics/noise_1/baselines/mean.json").read_text())["test_mse"]
    assert after["test_mse_with_diverged"] == pytest.approx((after["test_mse"] + of_mean) / 2)
    said = "`lstm`: 1 of 2 replicates diverged and are left out of all other numbers (replicate 0 in epoch 1)."
    assert said in (reports / "comparison.md").read_text()

    client = MlflowClient(own_database(copy))
    (parent,) = [run for run in parents(copy) if said in run.data.tags["mlflow.note.content"]]
    children = {
        run.data.tags["replicate"]: run
        for run in runs(copy)
        if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id
    }
    assert {replicate: run.info.status for replicate, run in children.items()} == {"0": "FAILED", "1": "FINISHED"}
    curves = [client.get_metric_history(run, "train_loss") for run in (parent.info.run_id, children["1"].info.run_id)]
    assert [point.value for point in curves[0]] == [point.value for point in curves[1]]
    assert len(curves[0]) == 3
    assert not children["0"].data.metrics

    # What was told while it trained, with the replicate that then diverged among the means, is no part of it.
    training = parent.data.tags[TRAINING]
    kept = snapshot(copy)
    other = copy_without_runs(copy, tmp_path / "other")
    with store(other.folder) as opened:
        identity = {"dataset": "noise_1", "cell": "lstm", "experiment": "lstm"}
        told = begin(opened, training, "lstm", identity, 2)
        log_metrics(opened, told, {"train_loss": np.array([[5.0, 1.0]])})
    other.cellbench("publish")
    assert snapshot(other) == kept
