"""The losses of a running training, and which process may train."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cellbench import InputError
from cellbench.config.params import Experiment
from cellbench.runs import live
from cellbench.runs.live import live_training, live_trainings, training_key
from project import ROOT

EXPERIMENT = Experiment(
    dataset="noise_1", cell="lstm", units=4, replicates=2, epochs=3, batch_size=1, learning_rate=0.001
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a training finds what it depends on, and which takes its word at once."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setattr(live, "SECONDS", 0)
    return tmp_path


FILES = ("data/noise_1/dataset.json", "data/noise_1/known.csv", "src/train.py", "src/cellbench/cells/lstm.py")


def losses(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def test_losses_can_be_read_while_the_training_goes_on_and_are_gone_after_it(root: Path) -> None:
    with live_training("a", EXPERIMENT) as progress:
        (seen,) = live_trainings(root)
        assert (seen.experiment, seen.dataset, seen.cell, seen.replicates) == ("a", "noise_1", "lstm", 2)
        assert seen.is_running
        assert seen.losses == {}
        progress.add(1, {"train_loss": losses(0.5, 0.25), "val_loss": losses(3, 4)})
        progress.add(2, {"train_loss": losses(0.125, np.nan)})
        np.testing.assert_array_equal(seen.losses["train_loss"], [[0.5, 0.25], [0.125, np.nan]])
        np.testing.assert_array_equal(seen.losses["val_loss"], [[3, 4]])
        with seen.folder.joinpath("losses.csv").open("a") as file:
            file.write("train_loss,3,0.5,0.1")  # cut off: it may have been 0.123
        assert len(seen.losses["train_loss"]) == 2
    assert live_trainings(root) == []


def test_a_training_that_fails_leaves_its_losses_and_the_next_one_begins_anew(root: Path) -> None:
    def fail() -> None:
        with live_training("a", EXPERIMENT) as progress:
            progress.add(1, {"train_loss": losses(1, 2)})
            raise InputError("diverged")

    with pytest.raises(InputError):
        fail()
    (left,) = live_trainings(root)
    assert not left.is_running
    assert left.losses["train_loss"].tolist() == [[1, 2]]
    with live_training("a", EXPERIMENT):
        assert left.is_running
        assert left.losses == {}


def test_a_loss_is_logged_at_most_once_a_second(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SECONDS", 1.0)
    times = iter((0.0, 0.1, 0.9, 1.1, 1.2, 2.0, 2.2))
    monkeypatch.setattr(live, "monotonic", lambda: next(times))
    logged = []
    with live_training("a", EXPERIMENT) as progress:
        (seen,) = live_trainings(root)
        for epoch in range(1, 7):
            progress.add(epoch, {"train_loss": losses(epoch, 0)})
            logged.append(len(seen.losses.get("train_loss", [])))
    assert logged == [0, 0, 3, 3, 3, 6]


def test_the_key_changes_with_parameters_data_and_code_and_with_nothing_else(root: Path) -> None:
    def key(name: str = "a", **changes: float) -> str:
        return training_key(name, EXPERIMENT.model_copy(update=changes))

    first = key()
    others = {key("b"), key(seed=1), key(epochs=4)}
    (root / "other.py").write_text("z")
    (root / "data/noise_1/test.csv").write_text("z")
    assert key() == first
    for path in FILES:
        before = (root / path).read_text()
        (root / path).write_text("changed")
        others.add(key())
        (root / path).write_text(before)
    assert key() == first
    assert len(others | {first}) == 8


WAITS = """
import sys
from test_live_training import EXPERIMENT
from cellbench.runs.live import live_training
with live_training("a", EXPERIMENT):
    print("trains", flush=True)
    if sys.argv[1] == "first":
        input()
    print("ends", flush=True)
"""


def test_two_processes_do_not_train_the_same_at_once(root: Path) -> None:
    def start(which: str) -> "subprocess.Popen[str]":
        path = [str(ROOT / "src"), str(ROOT / "tests")]
        command = [sys.executable, "-c", f"import sys; sys.path[:0] = {path}\n{WAITS}", which]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    first = start("first")
    assert first.stdout
    assert first.stdout.readline() == "trains\n"
    second = start("second")
    assert second.stdout
    assert second.stdout.readline() == "a: another process does the same; waiting for it\n"
    assert first.communicate("\n")[0] == "ends\n"
    assert second.communicate()[0] == "trains\nends\n"
    assert live_trainings(root) == []


def test_what_can_not_be_logged_is_said_once_and_stops_no_training(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with live_training("a", EXPERIMENT) as progress:
        (seen,) = live_trainings(root)
        (seen.folder / "losses.csv").unlink()
        (seen.folder / "losses.csv").mkdir()
        for epoch in (1, 2):
            progress.add(epoch, {"train_loss": losses(1, 2)})
    assert capsys.readouterr().err.count("Is a directory: no further curves while training") == 1


def test_a_training_that_ends_while_it_is_looked_at_is_gone(root: Path) -> None:
    with live_training("a", EXPERIMENT) as progress:
        progress.add(1, {"train_loss": losses(1, 2)})
        (seen,) = live_trainings(root)
    assert (seen.losses, seen.is_running) == ({}, False)


def test_a_folder_that_takes_no_files_is_named(root: Path) -> None:
    (root / ".scratch").write_text("a file")
    with (
        pytest.raises(InputError, match=r"\.scratch/\w{32}: .*: what a run has done so far is kept there"),
        live_training("a", EXPERIMENT),
    ):
        pass
