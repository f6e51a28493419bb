"""A training that is cut off and goes on ends as one that never was."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellbench.learning import trainer
from cellbench.learning.trainer import usable
from cellbench.train.experiment import Trained, train_experiment
from toy import assert_same, experiment, toy


class CutOffError(Exception):
    """What stands for the end of a process."""


@pytest.fixture(autouse=True)
def after_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "SECONDS", 0)


def train(folder: Path | None, cut_off_after: int | None = None, **changes: Any) -> tuple[Trained, list[Any]]:
    """Train the toy; cut off after so many epochs of all that are logged."""
    logged: list[Any] = []

    def log(epoch: int, losses: Mapping[str, Any]) -> None:
        logged.append((epoch, {name: values.tolist() for name, values in losses.items()}))
        if len(logged) == cut_off_after:
            raise CutOffError

    dataset = toy()
    return train_experiment("e", experiment(batch_size=32, **changes), dataset, log, folder), logged


@cache
def uninterrupted(engine: str, **recipe: Any) -> tuple[Trained, list[Any]]:
    return train(None, engine=engine, **recipe)


def assert_equal(first: Trained, second: Trained) -> None:
    assert first.card == second.card
    for state in ("initial", "final"):
        assert_same(first.weights[state], second.weights[state])
    assert first.losses.keys() == second.losses.keys()
    for name, losses in first.losses.items():
        np.testing.assert_array_equal(losses, second.losses[name])
    np.testing.assert_array_equal(first.residuals, second.residuals)


@pytest.mark.parametrize("engine", ["native", "torch"])
@pytest.mark.parametrize(
    ("recipe", "epoch"),
    [
        *(({"select": "last"}, epoch) for epoch in (1, 2, 5, 9, 10, 11, 13, 19, 20)),
        *(({"select": "best"}, epoch) for epoch in (1, 2, 5, 9, 10)),
        *(({"select": "best", "patience": 2}, epoch) for epoch in (1, 2, 5, 9, 10)),
    ],
)
def test_cut_off_at_any_epoch_it_ends_as_one_that_never_was(
    tmp_path: Path, recipe: dict[str, Any], epoch: int, engine: str
) -> None:
    """With `last` epochs 1 to 10 are those of the training without the validation part, 11 to 20 of the whole."""
    whole, logged = uninterrupted(engine, **recipe)
    with pytest.raises(CutOffError):
        train(tmp_path, min(epoch, len(logged)), engine=engine, **recipe)
    resumed, logged_again = train(tmp_path, engine=engine, **recipe)
    assert_equal(resumed, whole)
    assert logged_again == logged


@pytest.mark.parametrize("patience", [1, 5])
def test_a_training_that_its_patience_has_ended_is_over_when_it_is_done_again(tmp_path: Path, patience: int) -> None:
    """As after a kill between its last epoch and the writing of its results."""
    recipe = {"select": "best", "patience": patience, "epochs": 200}
    whole, logged = train(None, **recipe)
    assert len(logged) < 200
    for _ in range(3):
        again, logged_again = train(tmp_path, **recipe)
        assert_equal(again, whole)
        assert logged_again == logged


def test_cut_off_again_and_again(tmp_path: Path) -> None:
    whole, logged = train(None)
    for epoch in range(1, len(logged) + 1):
        with pytest.raises(CutOffError):
            train(tmp_path, epoch)
    assert_equal(train(tmp_path)[0], whole)


def test_it_goes_on_where_it_was_cut_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Epoch 5 of the training on everything was not over for its checkpoint when it was cut off."""
    with pytest.raises(CutOffError):
        train(tmp_path, 15)
    monkeypatch.setattr(trainer, "LINES", 0.0)
    train(tmp_path)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines if "epoch " in line] == [f"e: epoch {n}/10" for n in range(5, 11)]


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [torn, empty])
def test_a_torn_checkpoint_is_named_and_ignored(
    tmp_path: Path, spoil: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "key"
    with pytest.raises(CutOffError):
        train(folder, 15)
    spoil(folder / "whole.ckpt")
    capsys.readouterr()
    resumed, _ = train(folder)
    said = capsys.readouterr().err
    assert said.startswith(f"WARNING: {folder / 'whole.ckpt'}: ")
    assert said.count("\n") == 1
    assert_equal(resumed, train(None)[0])


def test_no_checkpoint_means_a_fresh_start(tmp_path: Path) -> None:
    assert not usable(tmp_path / "whole.ckpt")


def test_a_disk_that_takes_no_checkpoint_stops_no_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a file").touch()
    assert_equal(train(tmp_path / "a file")[0], train(None)[0])
    assert capsys.readouterr().err.count(": no checkpoint\n") == 2  # two trainings
