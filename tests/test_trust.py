"""`cellbench forecast` warns where the evaluation speaks against an experiment."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellbench.config.sources import CsvFile
from cellbench.forecast.trust import distrust, unlike
from cellbench.prepare.periods import divide
from cellbench.runs.card import ModelCard
from cuts import rows, series, split
from toy import experiment

KNOWN = [2.0, 3.0, 2.0]
"""A window within what the network was trained on."""
ONE = np.zeros(1, int)
"""The number of the only series."""


def card(validation_samples: int = 40, scaling: str = "train") -> ModelCard:
    """Of a network that looks back on three rows, and was trained on values from 1 to 7; the 90 is for testing."""
    until = {"train": 5, "validation": 7, "test": 8}
    found = split(series([1, 5, 7, 3, 4, 2, 3, 90]), until, window=3, scaling=scaling)
    made_up = {"n_params": 1, "multiply_adds": 1, "engine": "torch", "members": [0], "diverged": {}, "best_epochs": [1]}
    made_up["val_error"] = [3.0]
    data = found.card.model_copy(update={"validation_samples": validation_samples})
    return ModelCard(experiment=experiment(), data=data, view=found.view, **made_up)


def evaluated(folder: Path, own: dict[str, float], samples: int = 50, validation: int = 40) -> list[str]:
    metrics: dict[str, Any] = {"e": own, "baselines/last": {"val_mse": 4.0}, "baselines/ets": {"val_mse": 3.5}}
    for name, numbers in metrics.items():
        path = folder / f"reports/metrics/toy/{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(numbers))
    (folder / "reports/comparisons").mkdir(exist_ok=True)
    compared = {"samples": samples, "best_baseline": "ets", "labels": {"ets": "ETS(A,N,N)"}}
    (folder / "reports/comparisons/toy.json").write_text(json.dumps(compared))
    return distrust(folder, "e", card(validation), [series(KNOWN)], ONE)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"val_ensemble_mse": 3.0}, []),
        ({"val_ensemble_mse": 3.8}, ["its validation MSE is 3.800, that of the baseline ETS(A,N,N) 3.500"]),
        ({"val_ensemble_mse": 3.0, "coverage_80": 0.74, "coverage_95": 0.9}, []),
        ({"val_ensemble_mse": 3.0, "coverage_80": 0.4}, ["its 80 % intervals covered 40% of the test values"]),
        ({"val_ensemble_mse": 3.0, "coverage_80": 1.0}, ["its 80 % intervals covered 100% of the test values"]),
    ],
)
def test_what_is_worse_than_the_best_baseline_or_covers_too_few_or_too_many_is_doubted(
    tmp_path: Path, own: dict[str, float], said: list[str]
) -> None:
    assert evaluated(tmp_path, own) == said


@pytest.mark.parametrize(("samples", "validation"), [(10, 40), (4000, 10)])
def test_of_few_test_samples_or_few_residuals_chance_makes_a_coverage(
    tmp_path: Path, samples: int, validation: int
) -> None:
    own = {"val_ensemble_mse": 3.0, "coverage_80": 0.6}
    assert evaluated(tmp_path, own, samples, validation) == []
    assert evaluated(tmp_path, own, 4000, 150) != []


def test_right_intervals_are_doubted_in_one_case_of_a_hundred(tmp_path: Path) -> None:
    """Normal residuals and test values, 80 % intervals: drawn again and again."""
    random, doubted, trials = np.random.default_rng(0), 0, 1000
    doubts = cache(lambda covered: evaluated(tmp_path, {"coverage_80": covered}, 200, 39))
    for _ in range(trials):
        width = np.sort(np.abs(random.normal(size=39)))[31]  # the 32nd of 39: (39 + 1) * 0.8
        covered = float(np.mean(np.abs(random.normal(size=200)) <= width))
        doubted += bool(doubts(covered))
    assert doubted / trials < 0.02


@pytest.mark.parametrize(
    ("scaling", "history", "said"),
    [
        ("train", [9.0, 9.0, 2.0, 7.0, 3.0], False),
        ("train", [2.0, 3.0, 2.0, 7.5, 3.0], True),
        ("train", [2.0, 3.0, 2.0, 5.0, 0.5], True),
        ("last", [2.0, 3.0, 2.0, 7.5, 3.0], False),
    ],
)
def test_levels_that_a_network_was_never_trained_on_are_named_also_before_an_evaluation(
    tmp_path: Path, scaling: str, history: list[float], said: bool
) -> None:
    found = distrust(tmp_path, "e", card(scaling=scaling), [series(history)], ONE)
    assert found == ["its window has values beyond those of the period train, 1.000 to 7.000"] * said


YEARS = [str(1900 + n) for n in range(20)]
VALUES = [1.0 + n % 5 for n in range(20)]
"""From 1 to 5; the year 1913 is the last that is learned from."""


def remarks(values: list[float], labels: list[str] | None, time: str | None = "year", window: int = 4) -> list[str]:
    """On a history that continues YEARS and VALUES."""
    known = rows(series(VALUES, YEARS), {"train": 0.5, "validation": 0.7, "test": 1.0}, time=time).card
    return unlike(known, window, [series(values, labels)], ONE)


@pytest.mark.parametrize(
    ("values", "labels", "said"),
    [
        (VALUES, YEARS, []),
        (VALUES[:14], YEARS[:14], []),
        ([*VALUES, 90, 3, 3, 3, 3], [*YEARS, *["1920", "1921", "1922", "1923", "1924"]], []),  # it has settled again
        ([3, 18, 18, 18, 17], YEARS[10:15],
         ["the mean of its last 4 values is 17.75; those that were learned: 1.000 to 5.000"]),
        ([3, -12, -12, -12, -11], YEARS[10:15],
         ["the mean of its last 4 values is -11.75; those that were learned: 1.000 to 5.000"]),
        ([3, 17, 17, 17, 17], YEARS[10:15], []),  # three ranges away and no further
        (VALUES[:13], YEARS[:13], ["it ends at 1912, about 1 of its rows before what was learned ends (1913)"]),
        (VALUES[:3], ["1951", "1952", "1953"], []),
        (VALUES[:3], ["1952", "1953", "1954"],
         ["it ends at 1954, about 41 of its rows after what was learned ends (1913)"]),
        (VALUES[:3], ["1910", "1912", "1914"], ["its rows are 2 apart; those that were learned: 1"]),
        (VALUES[:1], ["1914"], []),
    ],
)  # fmt: skip
def test_a_history_of_another_level_spacing_or_end_is_remarked_on(
    values: list[float], labels: list[str], said: list[str]
) -> None:
    assert remarks(values, labels) == said


def test_without_times_only_the_level_is_remarked_on() -> None:
    assert remarks(VALUES[:5], None, time=None) == []
    assert len(remarks([1e3] * 5, None, time=None)) == 1


def test_of_several_series_one_is_named_for_each_remark() -> None:
    known = [series(VALUES, YEARS, name=name) for name in "abc"]
    source = CsvFile.model_validate(
        {"source": "csv", "path": "data/raw/x.csv", "target": "y", "time": "year", "series": "id",
         "until": {"train": 0.5, "validation": 0.7, "test": 1.0}}
    )  # fmt: skip
    card = divide(known, source, "datasets.own").card
    histories = [
        series(VALUES, YEARS, name="c"),
        series([1e3] * 20, YEARS, name="b"),
        series([1e4] * 13, YEARS[:13], name="a"),
    ]
    assert unlike(card, 4, histories, np.array([2, 1, 0])) == [
        "series 'b': the mean of its last 4 values is 1000; those that were learned: 1.000 to 5.000",
        "series 'a': it ends at 1912, about 1 of its rows before what was learned ends (1913)",
    ]
