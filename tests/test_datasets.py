"""The notebook's data, and the files it is kept in."""

from pathlib import Path

import numpy as np
import pytest

from cellbench.config import Noise
from cellbench.datasets import load_description, load_split, make_noise, save_dataset
from cellbench.errors import InputError

SOURCE = Noise(source="noise", samples=1000, test_samples=1000, predict_samples=10, timesteps=11, features=4)


def test_noise_has_the_notebooks_shapes_and_a_test_split_of_its_own() -> None:
    dataset = make_noise(SOURCE, seed=0, name="noise_11")
    shapes = {name: (split.x.shape, split.y.shape) for name, split in dataset.splits.items()}
    assert shapes == {
        "train": ((1000, 11, 4), (1000, 11)),
        "test": ((1000, 11, 4), (1000, 11)),
        "predict": ((10, 11, 4), (10, 0)),
    }


def test_noise_is_uniform_and_its_variance_is_the_stated_optimum() -> None:
    dataset = make_noise(SOURCE, seed=0, name="noise_11")
    y = dataset.splits["test"].y
    assert 0 <= y.min() < 0.01
    assert 0.99 < y.max() < 1
    assert np.mean((y - 0.5) ** 2) == pytest.approx(dataset.optimum_mse, rel=0.03)


def test_every_split_is_a_stream_of_its_own() -> None:
    longer = SOURCE.model_copy(update={"samples": 2000})
    first, second = make_noise(SOURCE, 0, "a"), make_noise(longer, 0, "a")
    np.testing.assert_array_equal(first.splits["test"].x, second.splits["test"].x)
    assert not np.array_equal(first.splits["train"].x, first.splits["test"].x)
    for other in (make_noise(SOURCE, 0, "b"), make_noise(SOURCE, 1, "a")):
        assert not np.array_equal(first.splits["train"].x, other.splits["train"].x)


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    dataset = make_noise(SOURCE, 0, "a")
    save_dataset(dataset, tmp_path)
    for name, split in dataset.splits.items():
        read = load_split(tmp_path, name)
        np.testing.assert_array_equal(read.x, split.x)
        np.testing.assert_array_equal(read.y, split.y)
    assert load_description(tmp_path) == {
        "timesteps": 11,
        "features": 4,
        "targets": 11,
        "outputs": 1,
        "optimum_mse": 1 / 12,
    }
    before = (tmp_path / "train.npz").read_bytes()
    save_dataset(dataset, tmp_path)
    assert (tmp_path / "train.npz").read_bytes() == before


def test_a_broken_or_missing_file_is_named_with_the_stage_that_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "noise_1"
    save_dataset(make_noise(SOURCE, 0, "a"), folder)
    whole = (folder / "train.npz").read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"x" * 100):
        (folder / "train.npz").write_bytes(broken)
        with pytest.raises(InputError, match=r"train\.npz: broken .* run `dvc repro --force prepare@noise_1`"):
            load_split(folder, "train")
    with pytest.raises(InputError, match=r"other\.npz: No such file"):
        load_split(folder, "other")
