"""Effect sizes and average ranks over many series, by plain loops and by the tables of the literature."""

import numpy as np
import pytest
from scipy.stats import chi2
from statsmodels.stats.multitest import multipletests

from cellbench.evaluate.comparison import compare, holm
from cellbench.evaluate.ranking import average_ranks, effect

RANDOM = np.random.default_rng(5)
LOSSES = {name: RANDOM.gamma(2, size=80) for name in "abcd"}


def test_average_ranks_are_those_of_counting_who_is_better() -> None:
    found = average_ranks(LOSSES)["ranks"]
    for name, own in LOSSES.items():
        ranks = [1 + sum(other[s] < own[s] for other in LOSSES.values()) for s in range(80)]
        assert found[name] == pytest.approx(sum(ranks) / 80)


@pytest.mark.parametrize(("forecasters", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)])
def test_the_critical_difference_follows_from_the_table_of_demsar(forecasters: int, q: float) -> None:
    """Demšar (2006), table 5 (a): critical values of the two-tailed Nemenyi test at 5 %."""
    losses = {str(n): RANDOM.random(50) for n in range(forecasters)}
    expected = q * (forecasters * (forecasters + 1) / (6 * 50)) ** 0.5
    assert average_ranks(losses)["critical_difference"] == pytest.approx(expected, rel=5e-4)


def test_friedmans_test_is_that_of_the_average_ranks() -> None:
    """Friedman (1937), as Demšar (2006) writes it, section 3.2.2; the losses have no ties."""
    found = average_ranks(LOSSES)
    squares = sum(rank**2 for rank in found["ranks"].values())
    statistic = 12 * 80 / (4 * 5) * (squares - 4 * 5**2 / 4)
    assert found["friedman_p"] == pytest.approx(chi2.sf(statistic, 3))


def test_an_effect_counts_series_and_leaves_out_the_extremes() -> None:
    second = np.arange(1.0, 101)
    first = second - 0.5
    first[[0, 1]], first[99] = second[[0, 1]], 1e9  # two ties, and one series on which the first is lost
    found = effect(first, second)
    assert found["won"] == pytest.approx((97 + 2 / 2) / 100)
    middle = slice(5, 95)
    assert found["trimmed"] == pytest.approx((first[middle].mean() - second[middle].mean()) / second[middle].mean())
    assert found["wilcoxon_p"] < 1e-10
    assert effect(second, second) == {"won": 0.5, "trimmed": 0.0, "wilcoxon_p": 1.0}


def test_p_values_are_corrected_as_holm_says() -> None:
    for count in (1, 2, 7, 30):
        p = RANDOM.random(count) ** 2
        np.testing.assert_allclose(holm(p.tolist()), multipletests(p, method="holm")[1])


def test_over_series_a_comparison_says_how_often_and_by_how_much() -> None:
    replicates = {name: RANDOM.gamma(2, size=(3, 80)) for name in ("x", "y")}
    forecasters = {name: losses.mean(axis=0) for name, losses in replicates.items()} | {"last": LOSSES["a"]}
    found = compare(replicates, forecasters, "last", None, over_series=True)
    (pair,) = found["cells"]
    x, y = (replicates[name].mean(axis=0) for name in ("x", "y"))
    assert pair["won"] == pytest.approx(np.mean(x < y))
    assert set(found["ranking"]["ranks"]) == {"x", "y", "last"}
    assert "ranking" not in compare(replicates, forecasters, "last", None)
