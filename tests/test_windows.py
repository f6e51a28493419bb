"""From a series to samples: which window has which targets in which period."""

import re
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.data.dataset import Samples
from cellbench.data.series import Series
from cuts import TENS, THIRDS, Cut, rows, series, split

Array = NDArray[np.float64]


def samples(of: Samples) -> list[tuple[list[float], list[float]]]:
    """Windows and targets of a series that is not transformed, in its own units and rounded."""
    windows = of.x[..., 0] * of.scaling.scale[:, None] + of.scaling.shift[:, :1]  # steps relative to the same level
    return list(zip(windows.round(3).tolist(), of.truth.round(3).tolist(), strict=True))


def targets(of: Samples) -> list[list[float]]:
    return [steps for _, steps in samples(of)]


def comes_after(of: Cut) -> list[float]:
    """The window of the one forecast whose targets are not known."""
    ((window, (target,)),) = samples(of.future)
    assert np.isnan(target)
    return window


def test_a_window_is_followed_by_its_target() -> None:
    dataset = split(TENS)
    assert samples(dataset.train) == [
        ([10, 20], [30]), ([20, 30], [40]),
        ([30, 40], [50]), ([40, 50], [60]), ([50, 60], [70]),
    ]  # fmt: skip
    assert samples(dataset.tests["test"]) == [([60, 70], [80]), ([70, 80], [90]), ([80, 90], [100])]
    assert comes_after(dataset) == [90, 100]
    assert dataset.origins("train", "validation").tolist() == [1, 2, 3, 4, 5]
    assert dataset.origins("future").tolist() == [9]
    assert (len(dataset.learning.x), dataset.card.validation_samples) == (2, 3)
    assert dataset.data.until("train", "validation").tolist() == [True] * 7 + [False] * 4


def test_a_sample_that_reaches_across_a_border_is_neither_validated_nor_tested_but_learned_in_the_end() -> None:
    dataset = split(series(np.arange(14)), {"train": 6, "validation": 10, "test": 14}, horizon=3)
    assert targets(dataset.train) == [[2, 3, 4], [3, 4, 5], [4, 5, 6], [5, 6, 7], [6, 7, 8], [7, 8, 9]]
    assert targets(dataset.learning) == [[2, 3, 4], [3, 4, 5]]  # 6 is the first of validation
    assert targets(dataset.validation) == [[6, 7, 8], [7, 8, 9]]
    assert targets(dataset.tests["test"]) == [[10, 11, 12], [11, 12, 13]]


def test_features_stand_beside_the_target_and_are_no_targets() -> None:
    values = np.column_stack([np.arange(10), np.arange(10) ** 2])
    dataset = split(series(values))
    scaling = dataset.view.scaling
    windows = dataset.tests["test"].x * scaling.deviation[0] + scaling.mean[0]
    np.testing.assert_allclose(windows[0], [[5, 25], [6, 36]], atol=1e-5)
    np.testing.assert_allclose(dataset.tests["test"].truth, [[7], [8], [9]])


@settings(max_examples=100, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=3, max_size=5),
    left_over=st.integers(-1, 5),
    window=st.integers(1, 4),
    horizon=st.integers(1, 4),
)
def test_a_sample_belongs_to_the_period_that_holds_all_its_targets_and_the_window_decides_only_which_learn(
    lengths: list[int], left_over: int, window: int, horizon: int
) -> None:
    ends = np.cumsum(lengths).tolist()
    rows = ends[-1] + left_over
    periods = dict(zip(["train", "validation", "a", "b", "c"], ends, strict=False))
    expected, first = {}, 1
    for period, end in periods.items():
        starts = range(max(first, 2), min(end, rows) - horizon + 2)
        learns = window if period == "train" else 1
        expected[period] = [list(range(t, t + horizon)) for t in starts if t - learns >= 1]
        first = end + 1
    if not all(expected.values()):
        with pytest.raises(InputError):
            split(series(np.arange(1, rows + 1)), periods, window=window, horizon=horizon)
        return
    dataset = split(series(np.arange(1, rows + 1)), periods, window=window, horizon=horizon)
    assert targets(dataset.learning) == expected.pop("train")
    assert targets(dataset.validation) == expected.pop("validation")
    assert {period: targets(part) for period, part in dataset.tests.items()} == expected
    whole = targets(dataset.train)
    assert whole == [list(range(t, t + horizon)) for t in range(window + 1, periods["validation"] - horizon + 2)]
    if horizon == 1:  # no row is left out, and none is forecast in two periods
        seen = [t for part in [whole, *map(targets, dataset.tests.values())] for (t,) in part]
        assert seen == list(range(window + 1, min(ends[-1], rows) + 1))


MONTHS = [f"2020-{month:02}" for month in range(1, 11)]


@pytest.mark.parametrize(
    ("until", "labels"),
    [
        ({"train": "2020-04", "validation": "2020-07", "test": "2020-10"}, MONTHS),
        ({"train": "2020-04", "validation": "2020-07", "test": "2035-01"}, MONTHS),
        ({"train": 0.4, "validation": 0.7, "test": 1.0}, MONTHS),
        ({"train": 0.36, "validation": "2020-07", "test": 1.0}, MONTHS),
        (THIRDS, None),
        ({"test": 1.0, "validation": 0.7, "train": 0.4}, None),
        ({"train": -6, "validation": -3, "test": 0}, MONTHS),
    ],
    ids=["labels", "beyond the last", "shares", "both", "row numbers", "backwards", "rows before the end"],
)
def test_a_period_ends_with_a_label_a_share_of_the_rows_or_so_many_before_the_end(
    until: dict[str, Any], labels: list[str] | None
) -> None:
    dataset = split(series(10 * np.arange(1, 11), labels), until)
    assert samples(dataset.train) == samples(split(TENS).train)
    assert samples(dataset.tests["test"]) == samples(split(TENS).tests["test"])
    assert len(dataset.learning.x) == 2


def test_test_periods_follow_one_another_in_time_however_they_are_written() -> None:
    until = {"train": 4, "late": 10, "early": 7, "validation": 6, "middle": 8}
    tests = split(TENS, until).tests
    assert list(tests) == ["early", "middle", "late"]
    assert [targets(part) for part in tests.values()] == [[[70]], [[80]], [[90], [100]]]


def test_rows_after_the_last_period_are_not_tested_but_seen_by_the_forecast_of_what_comes() -> None:
    dataset = split(TENS, {"train": 4, "validation": 6, "test": 8})
    assert targets(dataset.tests["test"]) == [[70], [80]]
    assert comes_after(dataset) == [90, 100]


FLAT = series([5, 5, 5, 5, 6, 7, 8, 9, 8, 7])
OTHER = "; choose another one (with recipe: tuned, by search.spaces)"
ERRORS = {
    "a window that is too long": (
        TENS,
        {"window": 4},
        "experiments.own.window: the 4 rows of the period train hold no sample with a window of 4 and a horizon of 1; "
        "3 fits",
    ),
    "no training": (
        TENS,
        {"until": THIRDS | {"train": 2}, "horizon": 2},
        "datasets.own.until.train: its 2 rows hold no sample: 2 observed rows to forecast after another one; "
        "what fits is horizon: 1 or until: {train: -4, validation: -2, test: 0}",
    ),
    "nothing before train ends": (
        TENS,
        {"until": THIRDS | {"train": 0.01}},
        "datasets.own.until.train: no observed rows lie before the end of train in 1 series, such as 'y'; "
        "leave them out, or let train end later",
    ),
    "validation too short for the horizon": (
        TENS,
        {"until": {"train": 5, "validation": 7, "test": 10}, "horizon": 3},
        "datasets.own.until.validation: its 2 rows hold no sample: 3 observed rows to forecast after another one; "
        "what fits is horizon: 2 or until: {train: -6, validation: -3, test: 0}",
    ),
    "two ends at once": (
        TENS,
        {"until": THIRDS | {"next": 99}},
        "datasets.own.until: test and next end at the same row, 10 of 10",
    ),
    "a test period that ends with validation": (
        TENS,
        {"until": THIRDS | {"1980": 7}},
        "datasets.own.until: validation and 1980 end at the same row, 7 of 10",
    ),
    "train after validation": (
        TENS,
        {"until": {"train": 7, "validation": 4, "test": 10}},
        "datasets.own.until: train must end first and validation second, "
        "got validation (row 4), train (row 7), test (row 10)",
    ),
    "a label where a share was meant": (
        TENS,
        {"until": {"train": 0.4, "validation": 0.7, "test": 1}},
        "datasets.own.until: train must end first and validation second, "
        "got test (row 1), train (row 4), validation (row 7)",
    ),
    "no such label": (
        TENS,
        {"until": THIRDS | {"validation": "July"}},
        "datasets.own.until.validation: series 'y': expected a time label written like '1', got 'July'",
    ),
    "nothing to learn": (FLAT, {}, "datasets.own: 'y' is constant until the end of train: there is nothing to learn"),
    "nothing to learn anywhere": (
        series([5] * 10),
        {},
        "datasets.own: 'y' is constant until the end of train: there is nothing to learn",
    ),
    "one row": (series([5]), {}, "datasets.own.until: train and validation end at the same row, 1 of 1"),
    "nothing to learn, in binary": (
        series(np.where(np.arange(100) < 50, 0.1, 0.2)),  # the mean of fifty 0.1 is not 0.1
        {"until": {"train": 50, "validation": 70, "test": 100}},
        "datasets.own: 'y' is constant until the end of train: there is nothing to learn",
    ),
    "root of a negative": (
        series([*range(8), -2, 3], MONTHS),
        {"transform": "sqrt", "until": {"train": 0.4, "validation": 0.7, "test": 1.0}},
        "experiments.own: transform sqrt is not defined on -2, the value of 'y' at 2020-09" + OTHER,
    ),
    "log of zero": (
        series([1, 2, 0, 4, 5, 6, 7, 8, 9, 0]),
        {"transform": "log"},
        "experiments.own: transform log is not defined on 0, the value of 'y' at 3" + OTHER,
    ),
}


@pytest.mark.parametrize(("given_series", "said", "message"), ERRORS.values(), ids=ERRORS)
@pytest.mark.filterwarnings("error")
def test_what_cannot_be_cut_is_told_with_the_key(given_series: Series, said: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        split(given_series, **said)
    assert str(error.value) == message


@pytest.mark.parametrize("horizon", [3, 4, 5])
@pytest.mark.parametrize("ends", [(2, 6), (5, 7), (7, 8), (3, 9)])
def test_what_is_said_to_fit_does(ends: tuple[int, int], horizon: int) -> None:
    until = {"train": ends[0], "validation": ends[1], "test": 16}
    values = series(np.arange(16.0) ** 2)
    with pytest.raises(InputError, match=r": its . rows hold no sample: . observed rows") as raised:
        rows(values, until, horizon=horizon)
    _, proposals = str(raised.value).split("; what fits is ")
    for proposal in re.findall(r"horizon: \d+|until: {.*}", proposals):
        rows(values, **({"until": until, "horizon": horizon} | yaml.safe_load(proposal)))
    assert f"until: {{train: {-2 * horizon}, validation: {-horizon}, test: 0}}" in proposals or 3 * horizon >= 16


def test_a_root_of_zero_is_one() -> None:
    assert split(series(np.arange(10.0)), transform="sqrt").tests["test"].truth[-1] == pytest.approx(9)
