"""`cellbench forecast` warns where the evaluation speaks against an experiment."""

import json
from pathlib import Path
from typing import Any

import pytest

from cellbench.forecast.trust import doubts
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
