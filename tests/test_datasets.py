"""The notebook's data, and the files that all data is kept in."""

from pathlib import Path

import numpy as np
import pytest

from cellbench import InputError
from cellbench.config.sources import Noise
from cellbench.data.card import DatasetCard
from cellbench.data.dataset import Dataset, Samples
from cellbench.data.stored import KNOWN, TEST, load_dataset, save_dataset
from cellbench.prepare.noise import make_noise
from cuts import TENS, rows, series

SOURCE = Noise(source="noise", samples=1000, test_samples=1000, predict_samples=10, timesteps=11, features=4)
PERIODS = ("train", "test", "future")


def samples(of: Dataset, period: str) -> Samples:
    return of.samples(of.origins(period), None, "experiments.a")


def test_noise_has_the_notebooks_shapes_and_a_test_part_of_its_own() -> None:
    noise = make_noise(SOURCE, 0, "a")
    found = [samples(noise, period) for period in PERIODS]
    assert [part.x.shape for part in found] == [(1000, 11, 4), (1000, 11, 4), (10, 11, 4)]
    assert [part.y.shape for part in found] == [(1000, 11), (1000, 11), (10, 11)]
    assert np.isnan(found[2].y).all()
    assert noise.test_periods == ["test"]


def test_noise_is_uniform() -> None:
    dataset = make_noise(SOURCE, seed=0, name="noise_11")
    y = samples(dataset, "test").y
    assert 0 <= y.min() < 0.01
    assert 0.99 < y.max() < 1
    assert np.mean((y - 0.5) ** 2) == pytest.approx(1 / 12, rel=0.03)


def test_noise_is_in_its_own_units_already() -> None:
    test = samples(make_noise(SOURCE, 0, "a"), "test")
    np.testing.assert_array_equal(test.truth, test.y)


def test_every_part_is_a_stream_of_its_own() -> None:
    longer = SOURCE.model_copy(update={"samples": 2000})
    first, second = make_noise(SOURCE, 0, "a"), make_noise(longer, 0, "a")
    np.testing.assert_array_equal(samples(first, "test").x, samples(second, "test").x)
    train = samples(first, "train").x
    assert not np.array_equal(train, samples(first, "test").x)
    for other in (make_noise(SOURCE, 0, "b"), make_noise(SOURCE, 1, "a")):
        assert not np.array_equal(train, samples(other, "train").x)


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    dataset = make_noise(SOURCE, 0, "a")
    save_dataset(dataset, tmp_path)
    read = load_dataset(tmp_path, KNOWN, TEST)
    for period in PERIODS:
        np.testing.assert_array_equal(samples(read, period).x, samples(dataset, period).x)
        np.testing.assert_array_equal(samples(read, period).y, samples(dataset, period).y)
        assert read.labels(read.origins(period)).tolist() == [[str(n + 1)] for n in range(len(read.origins(period)))]
    assert read.card == dataset.card == DatasetCard(timesteps=11, outputs=1, validation_samples=0)
    assert set(load_dataset(tmp_path, KNOWN).rows["period"]) == {"train"}
    before = (tmp_path / KNOWN).read_bytes()
    save_dataset(dataset, tmp_path)
    assert (tmp_path / KNOWN).read_bytes() == before


def test_rows_that_rest_on_a_later_value_and_rows_after_the_last_period_are_not_known(tmp_path: Path) -> None:
    observed = [True] * 6 + [False] + [True] * 3
    save_dataset(rows(series(TENS.values, observed=observed), {"train": 4, "validation": 7, "test": 9}), tmp_path)
    assert (tmp_path / KNOWN).read_text().splitlines()[1:] == [
        *(f"y,{n},train,True,{10.0 * n}" for n in range(1, 5)),
        "y,5,validation,True,50.0",
        "y,6,validation,True,60.0",
    ]
    assert (tmp_path / TEST).read_text().splitlines()[1:] == [
        "y,7,validation,False,70.0",
        "y,8,test,True,80.0", "y,9,test,True,90.0", "y,10,,True,100.0", "y,11,future,True,",
    ]  # fmt: skip
    read = load_dataset(tmp_path, KNOWN, TEST)
    assert (read.until("train", "validation").sum(), read.test_periods) == (6, ["test"])
    assert read.origins("test").tolist() == [7]
    assert read.origins("future").tolist() == [9]


BROKEN = {
    "empty": ("", "not valid CSV"),
    "no rows": ("series,time,period,observed,value\n", "no rows"),
    "another table": ("a,b\n1,2\n", "broken: not a table of rows"),
    "a line cut off": ("series,time,period,observed,value\ny,1,train,True,5.0\ny,2,tra", "broken: not a table of rows"),
    "an infinite value": ("series,time,period,observed,value\ny,1,train,True,inf\n", "numbers that are not finite"),
    "no number": ("series,time,period,observed,value\ny,1,train,True,x\n", "numbers that are not finite"),
    "no value": ("series,time,period,observed,value\ny,1,train,True,\n", "numbers that are not finite"),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_with_what_makes_it_again(tmp_path: Path, content: str, said: str) -> None:
    folder = tmp_path / "own"
    save_dataset(rows(TENS), folder)
    (folder / KNOWN).write_text(content)
    with pytest.raises(InputError, match=rf"own/known\.csv: .*{said}.* run `dvc repro"):
        load_dataset(folder, KNOWN)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in (KNOWN, "dataset.json"):
        save_dataset(rows(TENS), tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(InputError, match=rf"{name}: No such file.* run `dvc repro"):
            load_dataset(tmp_path, KNOWN)
