"""Tests of significance worked by hand, against other libraries, and against simulation."""

import numpy as np
import pytest
import scipy.stats

from cellbench.evaluate.significance import (
    RESAMPLES,
    Difference,
    block_length,
    diebold_mariano,
    paired_bootstrap,
)
from cellbench.streams import stream


def most_by_chance(trials: int) -> float:
    """False alarms at 5 % that are exceeded once in a thousand times."""
    return float(scipy.stats.binom.ppf(0.999, trials, 0.05))


def moving_average(random: np.random.Generator, samples: int, steps: int) -> np.ndarray:
    """What overlapping forecasts of so many steps leave: correlation up to lag steps - 1."""
    return np.convolve(random.normal(size=samples + steps - 1), np.ones(steps), "valid")


@pytest.mark.parametrize(
    ("samples", "horizon", "block"), [(1000, 1, 10), (1001, 1, 11), (125_000, 1, 50), (1000, 24, 47), (1, 1, 1)]
)
def test_a_block_spans_the_horizon_and_the_cube_root_of_the_samples(samples: int, horizon: int, block: int) -> None:
    assert block_length(samples, horizon) == block


# The paired bootstrap


def test_the_bootstrap_draws_circular_blocks() -> None:
    """Against all resamples there are: 5 of the 10 blocks of 2 neighbours."""
    difference = np.array([[5.0, 1.0, -3.0, 1.0, 4.0, 4.0, -6.0, 0.0, 2.0, 2.0]])
    blocks = (difference[0] + np.roll(difference[0], -1)) / 2
    means = blocks[np.indices((10,) * 5).reshape(5, -1)].mean(axis=0)
    mean, low, high, p = paired_bootstrap(difference, 2, stream(0, "bootstrap"))
    assert mean == 1
    assert (low, high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=0.11)
    assert p == pytest.approx((np.abs(means - 1) >= 1).mean(), abs=0.03)


def test_seeds_alone_have_students_interval() -> None:
    difference = np.repeat(stream(0, "seeds").normal(1, 2, (30, 1)), 50, axis=1)
    mean, low, high, _ = paired_bootstrap(difference, 1, stream(0, "bootstrap"))
    exact = scipy.stats.ttest_1samp(difference[:, 0], 0).confidence_interval(0.95)
    assert (low, high) == pytest.approx(tuple(exact), abs=0.1 * (exact.high - mean))


def test_few_seeds_that_differ_much_are_no_evidence() -> None:
    random, trials = stream(0, "few seeds"), 300
    alarms = 0
    for _ in range(trials):
        difference = random.normal(0, 1, (5, 1)) + random.normal(0, 1, (5, 60))
        alarms += paired_bootstrap(difference, 4, random).p <= 0.05
    assert alarms <= most_by_chance(trials)


def test_one_replicate_has_the_interval_of_its_samples() -> None:
    difference = stream(0, "samples").normal(1, 2, (1, 400))
    mean, low, high, _ = paired_bootstrap(difference, 1, stream(0, "bootstrap"))
    half = 1.96 * difference.std() / 20
    assert (low, high) == pytest.approx((mean - half, mean + half), abs=0.1 * half)


def test_blocks_widen_the_interval_where_neighbours_are_alike() -> None:
    difference = moving_average(stream(0, "samples"), 400, steps=4)[None]
    _, low, high, _ = paired_bootstrap(difference, 1, stream(0, "bootstrap"))
    _, low_of_blocks, high_of_blocks, _ = paired_bootstrap(difference, 8, stream(0, "bootstrap"))
    assert high_of_blocks - low_of_blocks > 1.5 * (high - low)


def test_identical_forecasters_differ_by_nothing() -> None:
    assert paired_bootstrap(np.zeros((3, 20)), 3, stream(0, "bootstrap")) == Difference(0, 0, 0, 1)


def test_the_other_way_round_is_the_same_difference() -> None:
    difference = stream(0, "samples").normal(0.2, 1, (5, 50))
    mean, low, high, p = paired_bootstrap(difference, 4, stream(0, "bootstrap"))
    assert paired_bootstrap(-difference, 4, stream(0, "bootstrap")) == pytest.approx((-mean, -high, -low, p))


def test_fewer_than_five_blocks_are_no_evidence() -> None:
    """Of few blocks there are few resamples, and one of all samples would only turn them around."""
    assert paired_bootstrap(np.ones((3, 19)), 4, stream(0, "bootstrap")) == Difference(1, None, None, 1)
    assert paired_bootstrap(np.ones((3, 20)), 4, stream(0, "bootstrap")).low == pytest.approx(1)


def test_the_bootstrap_finds_a_real_difference() -> None:
    difference = stream(0, "samples").normal(-1, 1, (5, 50))
    mean, low, high, p = paired_bootstrap(difference, 4, stream(0, "bootstrap"))
    assert low < mean < high < 0
    assert p == 1 / (RESAMPLES + 1)


def test_the_bootstrap_finds_nothing_in_samples_that_all_replicates_share() -> None:
    """Where the truth is zero: intervals without it and small p-values come no more often than 5 %."""
    random, trials, missed, alarms, alarms_of_seeds = stream(0, "false alarms"), 300, 0, 0, 0
    for _ in range(trials):
        difference = random.normal(0, 0.3, (10, 1)) + random.normal(0, 1, (1, 60)) + random.normal(0, 1, (10, 60))
        _, low, high, p = paired_bootstrap(difference, block_length(60, 1), random)
        missed += not low <= 0 <= high
        alarms += p <= 0.05
        alarms_of_seeds += scipy.stats.ttest_1samp(difference.mean(axis=1), 0).pvalue <= 0.05
    assert max(missed, alarms) <= most_by_chance(trials)
    assert alarms_of_seeds > 2 * most_by_chance(trials)


# Diebold & Mariano


def test_diebold_mariano_by_hand() -> None:
    difference = np.array([1.0, 2.0, 0.0, 3.0, 1.0, 5.0])  # mean 2; around it -1, 0, -2, 1, -1, 3
    one_step = 2 / ((16 / 6) / 6) ** 0.5 * (5 / 6) ** 0.5
    two_steps = 2 / ((16 / 6 + 2 * (-6 / 6)) / 6) ** 0.5 * ((6 + 1 - 4 + 2 / 6) / 6) ** 0.5
    for horizon, statistic in ((1, one_step), (2, two_steps)):
        p = 2 * scipy.stats.t.sf(statistic, df=5)
        assert diebold_mariano(difference, horizon) == pytest.approx((statistic, p))
        assert diebold_mariano(-difference, horizon) == pytest.approx((-statistic, p))


def test_a_negative_variance_is_replaced_by_bartletts() -> None:
    difference = np.array([3.0, -1.0, 3.0, -1.0, 3.0, -1.0])  # autocovariances 4 and -10/3: 4 - 20/3 is negative
    statistic, _ = diebold_mariano(difference, 2)
    assert statistic == pytest.approx(1 / ((4 - 10 / 3) / 6) ** 0.5 * (5 / 9) ** 0.5)


def test_one_step_ahead_it_is_the_paired_t_test() -> None:
    first, second = stream(0, "losses").chisquare(1, (2, 40))
    expected = scipy.stats.ttest_rel(first, second)
    assert diebold_mariano(first - second, 1) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize(
    ("difference", "horizon", "kernel"),
    [(moving_average(stream(0, "losses"), 50, steps=4), 4, "uniform"), (np.tile([3.0, -1.0], 25), 2, "bartlett")],
)
def test_its_variance_is_that_of_statsmodels(difference: np.ndarray, horizon: int, kernel: str) -> None:
    """The mean as a regression on a constant, with standard errors robust to autocorrelation below the horizon."""
    from statsmodels.regression.linear_model import OLS

    lags = {"maxlags": horizon - 1, "kernel": kernel, "use_correction": False}
    robust = OLS(difference, np.ones(50)).fit(cov_type="HAC", cov_kwds=lags)
    correction = ((50 + 1 - 2 * horizon + horizon * (horizon - 1) / 50) / 50) ** 0.5
    assert diebold_mariano(difference, horizon)[0] == pytest.approx(correction * robust.tvalues[0])


@pytest.mark.parametrize("difference", [np.zeros(9), np.full(9, 0.1), np.array([1.0, 2.0, 3.0])])
def test_too_few_samples_or_no_variation_are_no_evidence(difference: np.ndarray) -> None:
    assert diebold_mariano(difference, 3) == (0, 1)


def test_diebold_mariano_finds_nothing_where_there_is_nothing() -> None:
    """Two steps ahead: a test that takes neighbours for independent is mistaken far more often."""
    random, trials = stream(0, "false alarms"), 1000
    differences = [moving_average(random, 200, steps=2) for _ in range(trials)]
    alarms = sum(diebold_mariano(difference, 2)[1] <= 0.05 for difference in differences)
    assert alarms <= most_by_chance(trials)
    assert sum(diebold_mariano(difference, 1)[1] <= 0.05 for difference in differences) > 2 * alarms
