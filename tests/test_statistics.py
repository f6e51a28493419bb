"""Intervals against scipy's own and against simulation."""

import numpy as np
import pytest
import scipy.stats

from cellbench.statistics import Estimate, mean_over_replicates, mean_over_replicates_and_samples
from cellbench.streams import stream


def test_the_interval_of_a_mean_is_students() -> None:
    values = stream(0, "values").normal(3, 2, 10)
    mean, ci95 = mean_over_replicates(values)
    low, high = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean - ci95, mean + ci95) == pytest.approx((low, high))


def test_one_replicate_has_a_mean_and_no_interval() -> None:
    assert mean_over_replicates(np.array([2.0])) == Estimate(2.0, None)


def test_equal_replicates_leave_the_interval_of_the_samples() -> None:
    samples = stream(0, "samples").normal(0, 1, 50)
    assert mean_over_replicates_and_samples(np.tile(samples, (4, 1))) == pytest.approx(mean_over_replicates(samples))


def test_the_joint_interval_covers_the_truth_for_new_seeds_and_new_samples() -> None:
    """Seeds that share their test samples: the interval over seeds alone covers far less than it says."""
    random, covered, covered_by_seeds, trials = stream(0, "coverage"), 0, 0, 400
    for _ in range(trials):
        values = random.normal(0, 0.3, (10, 1)) + random.normal(0, 1, (1, 30)) + random.normal(0, 1, (10, 30))
        mean, ci95 = mean_over_replicates_and_samples(values)
        covered += abs(mean) <= ci95
        seeds = mean_over_replicates(values.mean(axis=1))
        covered_by_seeds += abs(seeds.mean) <= seeds.ci95
    assert 0.93 <= covered / trials <= 0.99
    assert covered_by_seeds / trials < 0.8
