"""The benchmarks run: every contestant but Keras, which has an environment of its own, on a task of a few samples."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bench
import contestants
import pipeline
import scaling
from cellbench.config.params import load_params

ROOT = Path(__file__).parents[1]
FEW = {"elman": 40, "lstm": 3, "gru": 3}


def few_samples() -> list[contestants.Task]:
    return [
        task._replace(samples=replace(task.samples, x=task.samples.x[:few], y=task.samples.y[:few]))
        for task, few in ((task, FEW[task.name]) for task in bench.tasks())
    ]


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("name", [name for name in bench.CONTESTANTS if "Keras" not in name])
def test_every_contestant_trains_every_network_of_the_notebook(name: str) -> None:
    for task in few_samples():
        seconds = bench.CONTESTANTS[name](task)
        assert 0 < seconds < math.inf


def test_the_plain_networks_have_the_notebooks_weights() -> None:
    """torch has a second bias, of the state, in its RNN and LSTM: four and sixteen more than Keras."""
    counts = [sum(w.numel() for w in contestants.Plain(task).parameters()) for task in bench.tasks()]
    assert counts == [41 + 4, 149 + 16, 125]


def test_a_size_is_measured_on_both_engines_and_told_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "VALUES", {"units": (4, 48)})
    found = scaling.measure(rounds=1)
    assert {unit: set(times) for unit, times in found["units"].items()} == {
        4: {"torch", "native"},
        48: {"torch", "native"},
    }
    few, many = scaling.table(found)[2:]
    assert (few[:13], few[-10:]) == ("| units | 4 |", "| native |")
    assert (many[:14], many[-9:]) == ("| units | 48 |", "| torch |")


def test_the_three_experiments_can_be_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text())
    pipeline.leave(path, pipeline.NOTEBOOK)
    params: Any = load_params(path)
    assert set(params.experiments) == {"elman", "lstm", "gru"}
    assert set(params.datasets) == {"noise_1", "noise_11"}
