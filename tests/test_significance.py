"""Tests of significance against plain loops, other libraries, and simulation."""

from typing import Any

import numpy as np
import pytest
import scipy.stats

from cellbench.evaluate.significance import (
    Difference,
    expected_difference,
    least_samples,
    variance_of_mean,
)
from cellbench.streams import stream


def most_by_chance(trials: int) -> float:
    """False alarms at 5 % that are exceeded once in a thousand times."""
    return float(scipy.stats.binom.ppf(0.999, trials, 0.05))


def moving_average(random: np.random.Generator, *shape: int, steps: int = 4) -> np.ndarray:
    """What overlapping forecasts of so many steps leave: correlation up to lag steps - 1."""
    *lead, samples = shape
    noise = random.normal(size=(*lead, samples + steps - 1))
    return np.apply_along_axis(np.convolve, -1, noise, np.ones(steps) / steps**0.5, "valid")


def losses(name: str, first: int = 4, second: int = 3, samples: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Of two forecasters whose replicates share samples, with errors of seeds, of samples and of both."""
    random = stream(0, name)
    shared = random.normal(0, 1, samples)
    rows = [random.normal(0, 0.5, (R, 1)) + shared + random.normal(0, 1, (R, samples)) for R in (first, second)]
    return rows[0], rows[1]


def diebold_mariano(difference: np.ndarray, ordered: bool) -> tuple[float, float]:
    """The test of Diebold & Mariano: the difference of two single networks."""
    found = expected_difference(difference[None], np.zeros((1, len(difference))), ordered)
    return found.dm, found.p


# The variance of a mean


def test_the_variance_of_a_mean_by_a_plain_loop() -> None:
    values = moving_average(stream(0, "values"), 60)
    B = 6  # 0.4 * 60 ** (2 / 3) = 6.13
    total = 0.0
    for j in range(1, B + 1):
        wave = sum((2 / 60) ** 0.5 * np.cos(np.pi * j * (n + 0.5) / 60) * values[n] for n in range(60))
        total += wave**2 / B
    assert variance_of_mean(values, ordered=True) == (pytest.approx(total / 60), B)
    assert variance_of_mean(values + 1000, ordered=True)[0] == pytest.approx(total / 60)  # the level is none of it


def test_without_an_order_it_is_the_squared_standard_error() -> None:
    values = stream(0, "values").normal(size=50)
    assert variance_of_mean(values, ordered=False) == (pytest.approx(scipy.stats.sem(values) ** 2), 49)


def test_it_counts_what_neighbours_have_in_common_however_far_it_reaches() -> None:
    """The mean of 400 values whose long-run variance is 4: each is a mean of four neighbours, times two."""
    random = stream(0, "long run")
    found = [variance_of_mean(moving_average(random, 400), ordered=True)[0] for _ in range(300)]
    assert np.mean(found) == pytest.approx(4 / 400, rel=0.1)


# The difference in expected loss


def test_the_difference_by_plain_loops() -> None:
    first, second = losses("by hand")
    apart = [np.mean([row[n] for row in first]) - np.mean([row[n] for row in second]) for n in range(80)]
    parts = [variance_of_mean(np.array(apart), ordered=True)]
    interaction = 0.0
    for rows in (first, second):
        R, means = len(rows), [np.mean(row) for row in rows]
        parts.append((sum((mean - np.mean(means)) ** 2 for mean in means) / (R - 1) / R, R - 1))
        columns = [np.mean([row[n] for row in rows]) for n in range(80)]
        own = [rows[r][n] - means[r] - columns[n] + np.mean(means) for r in range(R) for n in range(80)]
        interaction += sum(value**2 for value in own) / ((R - 1) * 79) / (R * 80)
    together = sum(part for part, _ in parts)
    freedom = together**2 / sum(part**2 / of for part, of in parts)
    law = scipy.stats.t(freedom, np.mean(apart), max(together - interaction, *(part for part, _ in parts)) ** 0.5)
    found = expected_difference(first, second, ordered=True)
    assert found.mean == pytest.approx(np.mean(apart))
    assert (found.low, found.high) == pytest.approx(law.interval(0.95))
    assert found.p == pytest.approx(2 * min(law.cdf(0), law.sf(0)))
    assert found.seeds == pytest.approx((parts[1][0] + parts[2][0]) / together)


def test_where_only_seeds_vary_it_is_welchs_test() -> None:
    random = stream(0, "seeds")
    first, second = random.normal(0, 1, (6, 1)), random.normal(1, 3, (9, 1))
    expected = scipy.stats.ttest_ind(first[:, 0], second[:, 0], equal_var=False)
    found = expected_difference(np.tile(first, 70), np.tile(second, 70), ordered=True)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert found.seeds == pytest.approx(1)


def test_of_single_networks_it_is_the_test_of_diebold_and_mariano() -> None:
    first, second = losses("single", 1, 1)
    found = expected_difference(first, second, ordered=True)
    variance, freedom = variance_of_mean((first - second)[0], ordered=True)
    assert found.dm == pytest.approx((first - second).mean() / variance**0.5)
    assert found.p == pytest.approx(2 * scipy.stats.t(freedom).sf(abs(found.dm)))
    assert found.seeds == 0


def test_seeds_are_not_pairs_and_samples_are() -> None:
    first, second = losses("pairs", 5, 5)
    before = expected_difference(first, second, ordered=True)
    assert expected_difference(first[::-1], second, ordered=True) == pytest.approx(before)
    assert expected_difference(first[:, ::-1], second, ordered=True).p != pytest.approx(before.p)


def test_the_other_way_round_is_the_same_difference() -> None:
    first, second = losses("turned")
    found, turned = expected_difference(first, second, True), expected_difference(second, first, True)
    assert (turned.mean, turned.low, turned.high) == pytest.approx((-found.mean, -found.high, -found.low))
    assert (turned.p, turned.seeds) == pytest.approx((found.p, found.seeds))


def test_the_interval_leaves_zero_out_exactly_where_p_is_below_5_percent() -> None:
    outside = 0
    for n in range(200):
        first, second = losses(f"draw {n}")
        found = expected_difference(first, second + 0.6, ordered=True)
        assert (found.low > 0 or found.high < 0) == (found.p < 0.05)
        outside += found.p < 0.05
    assert 20 < outside < 180


def test_a_difference_that_nothing_changes_is_no_evidence() -> None:
    assert expected_difference(np.ones((1, 60)), np.zeros((1, 60)), True) == Difference(1, 1, 1, 1, 0, 0, 0)
    same, _ = losses("same")
    assert expected_difference(same, same, ordered=True)[0::3] == (0, 1, 0)


def test_a_difference_of_the_detectable_size_is_found_four_times_in_five() -> None:
    random, trials = stream(0, "power"), 400
    first, second = 10 + random.normal(size=(2, 1, 500))
    size = 10 * expected_difference(first, second, ordered=True).detectable
    drawn = random.normal(size=(trials, 2, 1, 500))
    found = sum(expected_difference(one + size, two, ordered=True).p < 0.05 for one, two in drawn)
    assert found / trials == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize("replicates", [3, 10])
def test_it_finds_nothing_where_there_is_nothing(replicates: int) -> None:
    """Seeds, samples, both; errors that last. A t test of the seeds alone is mistaken far more often."""
    random, trials, alarms, of_seeds = stream(0, "false alarms", str(replicates)), 400, 0, 0
    for _ in range(trials):
        shared = 0.5 * moving_average(random, 2, 120)
        rows = [
            random.normal(0, 0.2, (replicates, 1)) + one + moving_average(random, replicates, 120) for one in shared
        ]
        alarms += expected_difference(*rows, ordered=True).p < 0.05
        of_seeds += scipy.stats.ttest_ind(*(row.mean(axis=1) for row in rows)).pvalue < 0.05
    assert alarms <= most_by_chance(trials)
    assert of_seeds > alarms


def test_a_test_is_made_from_as_many_samples_as_it_needs_to_keep_its_size() -> None:
    assert [least_samples(horizon) for horizon in (1, 3, 12)] == [60, 120, 480]


# Diebold & Mariano


def test_diebold_mariano_by_hand() -> None:
    difference = moving_average(stream(0, "losses"), 64) + 0.5
    variance, freedom = variance_of_mean(difference, ordered=True)
    expected = difference.mean() / variance**0.5
    assert freedom == 6
    for sign in (1, -1):
        statistic, p = diebold_mariano(sign * difference, ordered=True)
        assert statistic == pytest.approx(sign * expected)
        assert p == pytest.approx(2 * scipy.stats.t.sf(abs(expected), 6))


def test_without_an_order_it_is_the_paired_t_test() -> None:
    first, second = stream(0, "losses").chisquare(1, (2, 40))
    expected = scipy.stats.ttest_rel(first, second)
    found = diebold_mariano(first - second, ordered=False)
    assert found == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize("difference", [np.zeros(9), np.full(9, 0.1)])
def test_no_variation_is_no_evidence(difference: Any) -> None:
    assert diebold_mariano(difference, ordered=True) == diebold_mariano(difference, ordered=False) == (0, 1)


def test_diebold_mariano_finds_nothing_where_there_is_nothing() -> None:
    """Errors that last: a test that takes neighbours for independent is mistaken far more often."""
    random, trials = stream(0, "false alarms"), 1000
    differences = [moving_average(random, 200) for _ in range(trials)]
    alarms = sum(diebold_mariano(difference, ordered=True)[1] <= 0.05 for difference in differences)
    assert alarms <= most_by_chance(trials)
    assert sum(diebold_mariano(difference, ordered=False)[1] <= 0.05 for difference in differences) > 2 * alarms
