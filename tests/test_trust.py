"""`cellbench forecast` warns where the evaluation speaks against an experiment."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellbench.forecast.trust import doubts, unseen_levels
from cuts import series, split
from toy import experiment


def evaluated(folder: Path, own: dict[str, float], seasonal: dict[str, float], samples: int = 50) -> list[str]:
    metrics: dict[str, Any] = {"e": own, "baselines/last": {"val_mse": 4.0}, "baselines/seasonal": seasonal}
    for name, numbers in metrics.items():
        path = folder / f"reports/metrics/toy/{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(numbers))
    (folder / "reports/comparisons").mkdir(exist_ok=True)
    (folder / "reports/comparisons/toy.json").write_text(json.dumps({"samples": samples}))
    return doubts(folder, "e", experiment())


@pytest.mark.parametrize(
    ("own", "seasonal", "said"),
    [
        ({"val_mse": 3.0}, {"val_mse": 3.5}, []),
        ({"val_mse": 3.0}, {}, []),  # a season longer than what comes before the validation part
        (
            {"val_mse": 3.8},
            {"val_mse": 3.5},
            ["its validation MSE is 3.800, that of the value one season before 3.500"],
        ),
        ({"val_mse": 5.0}, {}, ["its validation MSE is 5.000, that of the last value 4.000"]),
        ({"val_mse": 3.0, "coverage_80": 0.74, "coverage_95": 0.9}, {}, []),
        ({"val_mse": 3.0, "coverage_80": 0.6}, {}, ["its 80 % intervals covered 60% of the test values"]),
        ({"val_mse": 3.0, "coverage_80": 1.0}, {}, ["its 80 % intervals covered 100% of the test values"]),
    ],
)
def test_what_is_worse_than_naive_or_covers_too_few_or_too_many_is_doubted(
    tmp_path: Path, own: dict[str, float], seasonal: dict[str, float], said: list[str]
) -> None:
    assert evaluated(tmp_path, own, seasonal) == said


def test_of_few_test_samples_chance_makes_a_coverage(tmp_path: Path) -> None:
    """Of 10 samples in 80 % intervals, 6 or fewer are covered in 12 % of all cases."""
    assert evaluated(tmp_path, {"val_mse": 3.0, "coverage_80": 0.6}, {}, samples=10) == []


def test_what_was_not_evaluated_is_not_doubted(tmp_path: Path) -> None:
    assert doubts(tmp_path, "e", experiment()) == []


@pytest.mark.parametrize(
    ("scaling", "history", "said"),
    [
        ("train", [9.0, 9.0, 2.0, 7.0, 3.0], ""),
        ("train", [2.0, 3.0, 2.0, 7.5, 3.0], "its window has values beyond those of the period train, 1.000 to 7.000"),
        ("train", [2.0, 3.0, 2.0, 5.0, 0.5], "its window has values beyond those of the period train, 1.000 to 7.000"),
        ("last", [2.0, 3.0, 2.0, 7.5, 3.0], ""),
    ],
)
def test_levels_that_a_network_was_never_trained_on_are_named(scaling: str, history: list[float], said: str) -> None:
    values = np.array([1, 5, 7, 3, 4, 2, 3, 90])  # the last one is for testing
    until = {"train": 5, "validation": 7, "test": 8}
    card = split(series(values), until, window=3, scaling=scaling).card
    assert unseen_levels(card, np.array(history)) == said
