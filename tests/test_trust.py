"""`cellbench forecast` warns where the evaluation speaks against an experiment."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellbench.forecast.trust import doubts
from cellbench.runs.card import ModelCard
from cuts import series, split
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
    return doubts(folder, "e", card(validation), [series(KNOWN)], ONE)


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
    for _ in range(trials):
        width = np.sort(np.abs(random.normal(size=39)))[31]  # the 32nd of 39: (39 + 1) * 0.8
        covered = float(np.mean(np.abs(random.normal(size=200)) <= width))
        doubted += bool(evaluated(tmp_path, {"coverage_80": covered}, 200, 39))
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
    found = doubts(tmp_path, "e", card(scaling=scaling), [series(history)], ONE)
    assert found == ["its window has values beyond those of the period train, 1.000 to 7.000"] * said
