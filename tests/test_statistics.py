"""Intervals against scipy's own."""

import numpy as np
import pytest
import scipy.stats

from cellbench.results.estimates import half_interval
from cellbench.streams import stream


def test_the_interval_of_a_mean_is_students() -> None:
    values = stream(0, "values").normal(3, 2, 10)
    mean, half = values.mean(), half_interval(values)
    low, high = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean - half, mean + half) == pytest.approx((low, high))


def test_one_replicate_has_no_interval() -> None:
    assert half_interval(np.array([2.0])) is None
