"""What the training part knows: nothing of what comes after it, whatever the scaling."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from cellbench import InputError
from cellbench.data.dataset import Samples
from cellbench.data.series import Series
from cellbench.data.stored import KNOWN, load_dataset, save_dataset
from csv_files import read_csv_file
from cuts import TENS, Cut, cut, series, split

ALL_SCALES = list(product(["none", "sqrt", "log"], ["train", "window", "mean", "last", "seasonal"], [1, 3]))
ROWS, ENDS = 24, {"train": 10, "validation": 17, "test": 24}
RANDOM = np.random.default_rng(0)
VALUES = RANDOM.uniform(1, 9, (ROWS, 2))


def content(of: Samples) -> list[Any]:
    return [part.tolist() for part in (of.x, of.y, of.truth, of.scaling.shift, of.scaling.scale)]


def learned(dataset: Cut) -> str:
    """Everything that a training makes of what it reads."""
    return json.dumps([dataset.card.model_dump(), dataset.view.model_dump(), content(dataset.train)])


def changed(row: int, column: int) -> Series:
    values = VALUES.copy()
    values[row, column] += 1000
    return series(values)


def other_from(row: int) -> Series:
    """With other values in this row and in all that follow."""
    return series(np.concatenate([VALUES[:row], np.random.default_rng(row).uniform(1, 999, (ROWS - row, 2))]))


@pytest.mark.parametrize(("transform", "scaling", "horizon"), ALL_SCALES)
def test_no_training_knows_a_test_row(transform: str, scaling: str, horizon: int) -> None:
    said = {"until": ENDS, "horizon": horizon, "transform": transform, "scaling": scaling, "season": 2, "window": 3}
    known = learned(split(series(VALUES), **said))
    assert learned(split(other_from(ENDS["validation"]), **said)) == known
    assert learned(split(changed(ENDS["validation"] - 1, 0), **said)) != known  # the last row that it may know


def test_the_file_that_a_training_reads_does_not_change_with_a_test_row(tmp_path: Path) -> None:
    for row in (None, ENDS["validation"], ROWS - 1):
        of = series(VALUES) if row is None else changed(row, 0)
        save_dataset(split(of, until=ENDS).data, tmp_path / str(row))
    folders = [*tmp_path.iterdir()]
    assert len({(folder / KNOWN).read_bytes() for folder in folders}) == 1
    assert len({(folder / "dataset.json").read_bytes() for folder in folders}) == 1
    read = load_dataset(folders[0], KNOWN)
    np.testing.assert_array_equal(read.values, VALUES[: ENDS["validation"]])
    assert learned(cut(read)) == learned(split(series(VALUES), until=ENDS))


def test_the_spacing_of_the_dates_is_that_of_the_known_ones() -> None:
    """Quarters are 90 to 92 days long: their median changes with every further one."""
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2000-01-01", periods=41, freq="QS")]
    until = {"train": days[19], "validation": days[29], "test": 0}
    card, other = (split(series(np.arange(rows) % 7, days[:rows]), until=until).card for rows in (40, 41))
    assert card == other
    assert card.apart == (np.median(np.diff(pd.to_datetime(days[:30])) / np.timedelta64(1, "D")), " day(s)")


@pytest.mark.parametrize(("transform", "scaling", "horizon"), ALL_SCALES)
def test_what_is_validated_knows_no_validation_row(transform: str, scaling: str, horizon: int) -> None:
    said = {"until": ENDS, "horizon": horizon, "transform": transform, "scaling": scaling, "season": 2, "window": 3}

    def first_part(of: Series) -> tuple[Any, ...]:
        dataset = split(of, **said)
        return content(dataset.learning), dataset.card, dataset.view

    known = first_part(series(VALUES))
    assert first_part(other_from(ENDS["train"])) == known
    assert first_part(changed(ENDS["train"] - 1, 0)) != known


@pytest.mark.parametrize(("transform", "scaling", "horizon"), ALL_SCALES)
def test_no_window_knows_a_row_after_its_origin(transform: str, scaling: str, horizon: int) -> None:
    said = {"until": ENDS, "horizon": horizon, "transform": transform, "scaling": scaling, "season": 2, "window": 3}
    dataset = split(series(VALUES), **said)
    known, origins = dataset.tests["test"], dataset.origins("test")
    for row in range(ENDS["validation"], ROWS):
        test = split(changed(row, 0), **said).tests["test"]
        same = (test.x == known.x).all(axis=(1, 2))
        np.testing.assert_array_equal(same, (origins < row) | (origins - 3 >= row))


HOLES = st.sets(st.tuples(st.integers(1, ROWS - 2), st.integers(0, 1)), min_size=1, max_size=7)
FEW = {"train": 8, "validation": 13, "test": ROWS}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    holes=HOLES,
    horizon=st.sampled_from([1, 3]),
    scaling=st.sampled_from(["train", "window", "mean", "last", "seasonal"]),
    row=st.integers(FEW["train"], ROWS - 1),
)
@example(holes={(12, 0), (13, 0)}, horizon=1, scaling="train", row=14)  # across the first test row
@example(holes={(7, 0), (8, 0), (12, 1)}, horizon=1, scaling="window", row=9)  # and the first of validation
def test_a_filled_in_value_tells_nothing_of_the_future_and_is_never_a_target(
    tmp_path: Path, holes: set[tuple[int, int]], horizon: int, scaling: str, row: int
) -> None:
    def filled(values: np.ndarray) -> Cut:
        cells = [["" if (row, c) in holes else repr(float(values[row, c])) for c in (0, 1)] for row in range(ROWS)]
        file = tmp_path / "x.csv"
        file.write_text("y,feature\n" + "".join(",".join(row) + "\n" for row in cells))
        read = read_csv_file(file, "y", None, ["feature"], "interpolate")
        return split(read, FEW, horizon=horizon, scaling=scaling, season=2)

    try:
        dataset = filled(VALUES)
    except InputError as error:
        assume("hold no sample" not in str(error) and "to fit baselines" not in str(error))
        raise

    holey = {row for row, _ in holes}
    whole, test = (dataset.train, ("train", "validation")), (dataset.tests["test"], ("test",))
    for (part, periods), first, end in ((whole, 0, FEW["validation"]), (test, FEW["validation"], ROWS)):
        origins = dataset.origins(*periods)
        assert origins.tolist() == [
            o
            for o in range(1, ROWS - horizon)
            if first <= o + 1 and o + horizon < end and not holey & {o, *range(o + 1, o + horizon + 1)}
        ]
        steps = origins[:, None] + np.arange(1, horizon + 1)
        np.testing.assert_allclose(part.truth, VALUES[steps, 0], rtol=1e-9)
    known = VALUES[[row for row in range(FEW["train"]) if row not in holey]]
    np.testing.assert_allclose(dataset.view.scaling.mean, [known.mean(axis=0)])

    values = VALUES.copy()
    values[row:] += 1000
    other = filled(values)
    for name in ("train", "test"):
        before, after = (d.train if name == "train" else d.tests["test"] for d in (dataset, other))
        past = dataset.origins(*(("test",) if name == "test" else ("train", "validation"))) < row
        shifts = before.scaling.shift, after.scaling.shift
        for values_before, values_after in ((before.x, after.x), shifts):
            np.testing.assert_array_equal(values_before[past], values_after[past])
    if row >= FEW["validation"]:
        assert learned(other) == learned(dataset)


def test_a_hole_at_the_end_of_a_period_shortens_what_the_baselines_learn_from() -> None:
    holey = replace(TENS, observed=np.array([True] * 6 + [False] + [True] * 3))
    assert split(holey).data.until("train", "validation").tolist() == [True] * 6 + [False] * 5
