"""The notebook's data, and the files that all data is kept in."""

from pathlib import Path

import numpy as np
import pytest

from cellbench import InputError
from cellbench.config.sources import Noise
from cellbench.data.dataset import (
    Dataset,
    DatasetCard,
    Split,
    joined,
    load_card,
    load_split,
    load_tests,
    save_dataset,
)
from cellbench.prepare.noise import make_noise

SOURCE = Noise(source="noise", samples=1000, test_samples=1000, predict_samples=10, timesteps=11, features=4)


def splits(dataset: Dataset) -> dict[str, Split]:
    tests = {f"tests/{period}": split for period, split in dataset.tests.items()}
    return {"train": dataset.train, **tests, "predict": dataset.predict}


def test_noise_has_the_notebooks_shapes_and_a_test_split_of_its_own() -> None:
    shapes = {name: (split.x.shape, split.y.shape) for name, split in splits(make_noise(SOURCE, 0, "a")).items()}
    assert shapes == {
        "train": ((1000, 11, 4), (1000, 11)),
        "tests/test": ((1000, 11, 4), (1000, 11)),
        "predict": ((10, 11, 4), (10, 0)),
    }


def test_noise_is_uniform_and_its_variance_is_the_stated_optimum() -> None:
    dataset = make_noise(SOURCE, seed=0, name="noise_11")
    y = dataset.tests["test"].y
    assert 0 <= y.min() < 0.01
    assert 0.99 < y.max() < 1
    assert dataset.card.optimum_mse == [pytest.approx(np.mean((y - 0.5) ** 2), rel=0.03)]


def test_noise_is_in_its_own_units_already() -> None:
    test = make_noise(SOURCE, 0, "a").tests["test"]
    np.testing.assert_array_equal(test.truth, test.y)


def test_every_split_is_a_stream_of_its_own() -> None:
    longer = SOURCE.model_copy(update={"samples": 2000})
    first, second = make_noise(SOURCE, 0, "a"), make_noise(longer, 0, "a")
    np.testing.assert_array_equal(first.tests["test"].x, second.tests["test"].x)
    assert not np.array_equal(first.train.x, first.tests["test"].x)
    for other in (make_noise(SOURCE, 0, "b"), make_noise(SOURCE, 1, "a")):
        assert not np.array_equal(first.train.x, other.train.x)


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    dataset = make_noise(SOURCE, 0, "a")
    save_dataset(dataset, tmp_path)
    for name, split in splits(dataset).items():
        read = load_split(tmp_path, name)
        for part, values in vars(split).items():
            np.testing.assert_array_equal(getattr(read, part), values)
            assert getattr(read, part).dtype == values.dtype
    assert load_card(tmp_path) == dataset.card
    assert dataset.card == DatasetCard(
        timesteps=11,
        features=4,
        outputs=1,
        optimum_mse=[1 / 12],
        train_samples=1000,
        validation_samples=0,
    )
    before = (tmp_path / "train.safetensors").read_bytes()
    save_dataset(dataset, tmp_path)
    assert (tmp_path / "train.safetensors").read_bytes() == before


def numbered(*origin: int) -> Split:
    rows = np.array(origin)
    x, y = np.float32(rows[:, None, None]), np.float32(rows[:, None] + 1)
    return Split(x, y, y.astype(np.float64), np.zeros(len(rows)), np.ones(len(rows)), rows)


CARD = make_noise(SOURCE, 0, "a").card


def test_test_periods_are_read_in_the_order_of_time(tmp_path: Path) -> None:
    tests = {"late": numbered(9, 10), "early": numbered(7), "middle": numbered(8)}
    save_dataset(Dataset(numbered(1), tests, numbered(11), CARD), tmp_path)
    read = load_tests(tmp_path)
    assert {period: split.origin.tolist() for period, split in read.items()} == {
        "early": [7], "middle": [8], "late": [9, 10],
    }  # fmt: skip
    assert list(read) == ["early", "middle", "late"]


def test_splits_are_joined_one_after_the_other_and_cut_again() -> None:
    whole = joined([numbered(3, 4), numbered(5)])
    assert whole.origin.tolist() == [3, 4, 5]
    for part in vars(whole[1:]).values():
        assert len(part) == 2
    assert whole[1:].y.tolist() == [[5], [6]]


def test_a_broken_or_missing_file_is_named_with_the_stage_that_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "noise_1"
    save_dataset(make_noise(SOURCE, 0, "a"), folder)
    whole = (folder / "train.safetensors").read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"x" * 100):
        (folder / "train.safetensors").write_bytes(broken)
        with pytest.raises(InputError, match=r"train\.safetensors: broken .* run `dvc repro .*prepare@noise_1`"):
            load_split(folder, "train")
    with pytest.raises(InputError, match=r"other\.safetensors: No such file"):
        load_split(folder, "other")


def test_a_number_that_is_not_finite_is_not_learned_from(tmp_path: Path) -> None:
    folder, train = tmp_path / "own", numbered(1, 2)
    train.x[1] = np.inf
    save_dataset(Dataset(train, {}, numbered(3), CARD), folder)
    with pytest.raises(InputError, match=r"train\.safetensors: holds numbers that are not finite; .*prepare@own`"):
        load_split(folder, "train")
