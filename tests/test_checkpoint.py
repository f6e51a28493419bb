"""A training that is cut off and goes on ends as one that never was."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cellbench.training import checkpoint
from cellbench.training.checkpoint import usable
from cellbench.training.experiment import Trained, train_experiment
from toy import assert_same, experiment, toy


class CutOffError(Exception):
    """What stands for the end of a process."""


@pytest.fixture(autouse=True)
def after_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SECONDS", 0)


def train(folder: Path | None, cut_off_after: int | None = None, **changes: Any) -> tuple[Trained, list[Any]]:
    """Train the toy; cut off after so many epochs of all that are told."""
    told: list[Any] = []

    def report(epoch: int, losses: Mapping[str, Any]) -> None:
        told.append((epoch, {name: values.tolist() for name, values in losses.items()}))
        if len(told) == cut_off_after:
            raise CutOffError

    dataset = toy()
    return train_experiment("e", experiment(**changes), 7, dataset.train, dataset.description, report, folder), told


def assert_equal(first: Trained, second: Trained) -> None:
    assert first.model == second.model
    for state in ("initial", "final"):
        assert_same(first.weights[state], second.weights[state])
    assert first.losses.keys() == second.losses.keys()
    for name, losses in first.losses.items():
        np.testing.assert_array_equal(losses, second.losses[name])
    assert torch.equal(first.residuals, second.residuals)


@pytest.mark.parametrize("engine", ["native", "torch"])
@pytest.mark.parametrize("recipe", [{"select": "last"}, {"select": "best"}, {"select": "best", "patience": 2}])
@pytest.mark.parametrize("epoch", [1, 2, 5, 9, 10, 11, 13, 19, 20])
def test_cut_off_at_any_epoch_it_ends_as_one_that_never_was(
    tmp_path: Path, recipe: dict[str, Any], epoch: int, engine: str
) -> None:
    """With `last` epochs 1 to 10 are those of the training without the validation part, 11 to 20 of the whole."""
    whole, told = train(None, engine=engine, **recipe)
    with pytest.raises(CutOffError):
        train(tmp_path, min(epoch, len(told)), engine=engine, **recipe)
    resumed, told_again = train(tmp_path, engine=engine, **recipe)
    assert_equal(resumed, whole)
    assert told_again == told


def test_cut_off_again_and_again(tmp_path: Path) -> None:
    whole, told = train(None)
    for epoch in range(1, len(told) + 1):
        with pytest.raises(CutOffError):
            train(tmp_path, epoch)
    assert_equal(train(tmp_path)[0], whole)


def test_it_goes_on_where_it_was_cut_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Epoch 5 of the training on everything was not over for its checkpoint when it was cut off."""
    with pytest.raises(CutOffError):
        train(tmp_path, 15)
    capsys.readouterr()
    train(tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines if "epoch " in line] == [f"e: epoch {n}/10" for n in range(5, 11)]


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    other = path.parent.parent / "other"
    with pytest.raises(CutOffError):
        train(other, 15, learning_rate=0.05)
    path.write_bytes((other / path.name).read_bytes())


@pytest.mark.parametrize("spoil", [torn, changed, empty, foreign])
def test_a_checkpoint_that_is_not_this_trainings_is_named_and_ignored(
    tmp_path: Path, spoil: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "key"
    with pytest.raises(CutOffError):
        train(folder, 15)
    spoil(folder / "whole.ckpt")
    capsys.readouterr()
    resumed, _ = train(folder)
    warning = f"WARNING: {folder / 'whole.ckpt'}: torn, or of another training: the training begins anew\n"
    assert capsys.readouterr().err == warning
    assert_equal(resumed, train(None)[0])


def test_none_is_none_to_go_on_from(tmp_path: Path) -> None:
    assert not usable(tmp_path / "whole.ckpt")


def test_a_disk_that_takes_no_checkpoint_stops_no_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a file").touch()
    assert_equal(train(tmp_path / "a file")[0], train(None)[0])
    assert capsys.readouterr().err.count("cannot be written: File exists: no checkpoint\n") == 2  # two trainings
