"""What a training leaves behind, as it is read back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cellbench import InputError
from cellbench.network import Network, build_network
from cellbench.runs.history import read_history, write_history
from cellbench.runs.outputs import load_run, save_run
from cellbench.streams import stream
from toy import assert_same, toy, trained


def outputs(network: Network) -> list[Any]:
    x = torch.from_numpy(stream(0, "x").normal(size=(1, 4, 3, 1)).astype(np.float32))
    result: list[Any] = network(x).tolist()
    return result


def test_a_saved_run_is_read_as_it_was_and_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    found = trained(toy(), epochs=2)
    for folder in (tmp_path / "a", tmp_path / "b"):
        save_run(folder, found)
    names = ["model.json", "weights.safetensors"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)
    read = load_run(tmp_path / "a")
    assert read.weights.keys() == {"initial", "final"}
    for state, weights in read.weights.items():
        assert_same(weights, found.weights[state])
    np.testing.assert_array_equal(read.residuals, found.residuals)
    assert read.card == found.card
    assert outputs(read.network) == outputs(build_network("gru", found.weights["final"], {}))


def test_a_run_without_a_validation_part_has_residuals_of_no_sample(tmp_path: Path) -> None:
    found = trained(toy(), epochs=1)
    save_run(tmp_path, replace(found, residuals=np.empty((0, 2))))
    assert load_run(tmp_path).residuals.shape == (0, 2)
    assert_same(load_run(tmp_path).weights["final"], found.weights["final"])


def test_a_broken_or_missing_run_is_named_with_the_stage_that_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "gru"
    found = trained(toy(), epochs=1)
    save_run(folder, found)
    path = folder / "weights.safetensors"
    whole = path.read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"x" * 100):
        path.write_bytes(broken)
        with pytest.raises(
            InputError,
            match=r"weights\.safetensors: broken .* run `dvc repro --force --single-item train@gru`",
        ):
            load_run(folder)
    path.unlink()
    with pytest.raises(InputError, match=r"weights\.safetensors: No such file"):
        load_run(folder)
    (folder / "model.json").write_text("{")
    with pytest.raises(InputError, match=r"model\.json: not valid JSON"):
        load_run(folder)


def test_the_curves_of_a_replicate_end_where_it_diverged(tmp_path: Path) -> None:
    nan, inf = np.nan, np.inf
    train = [np.array(losses, np.float32) for losses in ([1, 2, inf], [0.5, nan, 3], [0.25, 7, 3])]
    val = [np.array(losses, np.float32) for losses in ([3, 4, 5], [6, 7, 8], [inf, 1, 1])]
    write_history(tmp_path, {"train_loss": train, "val_loss": val})
    read = read_history(tmp_path, 3)
    np.testing.assert_array_equal(read["train_loss"], [[1, 2, nan], [0.5, nan, nan], [nan, nan, nan]][:2])
    np.testing.assert_array_equal(read["val_loss"], [[3, 4, nan], [6, nan, nan], [nan, nan, nan]][:2])
