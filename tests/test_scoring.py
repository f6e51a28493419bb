"""Scores worked by hand."""

import numpy as np
import pytest

from cellbench.evaluation.baselines import training_mean
from cellbench.evaluation.scoring import naive_error, score, squared_errors


def test_errors_by_hand() -> None:
    outputs = np.array([[[1.0], [2.0]], [[0.0], [5.0]]])  # two replicates, two samples, one output
    targets = np.array([[2.0], [4.0]], np.float32)
    assert squared_errors(outputs, targets).tolist() == [[[1], [4]], [[4], [1]]]
    scores = score(outputs, targets)
    assert scores["test_mse"].tolist() == [2.5, 2.5]
    assert scores["test_rmse"] == pytest.approx([2.5**0.5] * 2)
    assert scores["test_mae"].tolist() == [1.5, 1.5]


def test_one_output_is_compared_with_every_target() -> None:
    assert squared_errors(np.array([[[1.0]]]), np.array([[1.0, 3.0]], np.float32)).tolist() == [[[2.0]]]


def test_the_mean_forecast_is_one_number_for_many_targets_and_one_a_step_for_a_horizon() -> None:
    targets = np.array([[0.0, 2.0], [4.0, 10.0]], np.float32)
    assert training_mean(targets, outputs=1).tolist() == [[[4.0]]]
    assert training_mean(targets, outputs=2).tolist() == [[[2.0, 6.0]]]


def test_each_step_of_a_horizon_is_compared_with_its_own_target() -> None:
    outputs, targets = np.array([[[1.0, 2.0]]]), np.array([[1.0, 5.0]])
    assert squared_errors(outputs, targets).tolist() == [[[0, 9]]]
    assert score(outputs, targets)["test_mae"].tolist() == [1.5]


@pytest.mark.parametrize(("season", "error"), [(1, 2.5), (2, 5 / 3), (4, 2)])
def test_the_naive_forecast_is_wrong_by_the_mean_change_over_a_season(season: int, error: float) -> None:
    assert naive_error(np.array([1.0, 3.0, 0.0, 4.0, 3.0]), season) == pytest.approx(error)
