"""Conformal intervals by hand and by simulation."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from cellbench.data.scaling import Scaling
from cellbench.intervals import conformal_ends, exact_coverage, half_width, needed, rank
from cellbench.streams import stream


def test_the_half_width_by_hand() -> None:
    """Of four residuals at level 0.6 the ⌈5 × 0.6⌉ = 3rd smallest, their signs aside, each step for itself."""
    residuals = np.array([[-1.0, 10.0], [4.0, -20.0], [-3.0, -40.0], [2.0, 30.0]])
    assert half_width(residuals, 0.6).tolist() == [3, 30]
    assert half_width(residuals, 0.61).tolist() == [4, 40]


@pytest.mark.parametrize(("level", "samples"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99), (0.7, 3)])
def test_a_level_needs_so_many_samples(level: float, samples: int) -> None:
    residuals = np.arange(1.0, samples + 1)[:, None]
    assert needed(level) == samples
    assert half_width(residuals, level).tolist() == [samples]  # the largest is just enough
    assert np.isnan(half_width(residuals[:-1], level)).all()


@pytest.mark.parametrize(("samples", "level"), [(19, 0.95), (99, 0.8), (9, 0.6)])
def test_intervals_cover_a_new_truth_as_often_as_they_say(samples: int, level: float) -> None:
    """Exactly level, where (N + 1) level is a whole number, and whatever the distribution; 40,000 trials as steps."""
    residuals = stream(0, "residuals").exponential(1, (samples + 1, 40_000)) - 0.5
    width = half_width(residuals[1:], level)
    assert (np.abs(residuals[0]) <= width).mean() == pytest.approx(level, abs=0.007)


def test_every_step_has_the_rank_of_its_own_residuals_and_none_where_they_are_too_few() -> None:
    """Four residuals one step ahead, three at the second, of which 80 % need four; 60 % take two."""
    residuals = np.array([[1.0, -5.0], [-2.0, 7.0], [3.0, 6.0], [4.0, np.nan]])
    assert half_width(residuals, 0.8).tolist() == [4, pytest.approx(np.nan, nan_ok=True)]
    assert half_width(residuals, 0.6).tolist() == [3, 7]


def test_ends_lie_as_far_from_a_forecast_as_the_network_sees_it_and_end_with_the_residuals_steps() -> None:
    scaling = Scaling("log", np.array([[7.0]]), np.array([2.0]))
    lower, upper = conformal_ends(np.array([[3.0, 5.0, 8.0]]), np.full((4, 2), 0.25), scaling, 0.8)
    assert lower[0] == pytest.approx([3 * np.exp(-0.5), 5 * np.exp(-0.5), np.nan], nan_ok=True)
    assert upper[0] == pytest.approx([3 * np.exp(0.5), 5 * np.exp(0.5), np.nan], nan_ok=True)


def test_exact_intervals_cover_as_many_of_few_samples_as_the_law_says() -> None:
    """39 residuals, 50 test values: drawn again and again."""
    random = stream(0, "coverage")
    widths = np.sort(np.abs(random.normal(size=(4000, 39))), axis=1)[:, rank(39, 0.8) - 1]
    covered = (np.abs(random.normal(size=(4000, 50))) <= widths[:, None]).sum(axis=1)
    law = exact_coverage(39, 50, 0.8)
    assert covered.mean() == pytest.approx(law.mean(), abs=0.3)
    assert np.quantile(covered, [0.025, 0.975]) == pytest.approx(law.ppf([0.025, 0.975]), abs=1)


def test_several_steps_ahead_the_law_is_wide_enough_for_errors_that_overlap() -> None:
    """Of a random walk six steps ahead, whose errors are sums of six shocks: 200 residuals, 500 test values."""
    random, step = stream(0, "overlap"), 6
    sums = sliding_window_view(random.normal(size=(4000, 200 + 500 + step + step - 1)), step, axis=1).sum(axis=2)
    widths = np.sort(np.abs(sums[:, :200]), axis=1)[:, rank(200, 0.8) - 1]
    shares = (np.abs(sums[:, -500:]) <= widths[:, None]).mean(axis=1)
    law = exact_coverage(200, 500, 0.8, step)
    low, high = law.ppf([0.025, 0.975]) / law.support()[1]
    assert 0.94 < np.mean((shares >= low) & (shares <= high)) < 0.99
