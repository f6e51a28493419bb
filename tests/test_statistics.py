"""Intervals against scipy's own."""

import numpy as np
import pytest
import scipy.stats

from cellbench.results.estimates import Estimate, mean_over_replicates
from cellbench.streams import stream


def test_the_interval_of_a_mean_is_students() -> None:
    values = stream(0, "values").normal(3, 2, 10)
    mean, ci95 = mean_over_replicates(values)
    low, high = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean - ci95, mean + ci95) == pytest.approx((low, high))


def test_one_replicate_has_a_mean_and_no_interval() -> None:
    assert mean_over_replicates(np.array([2.0])) == Estimate(2.0, None)
