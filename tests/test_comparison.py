"""What is compared with what, and what counts as a difference."""

import json

import numpy as np
import pytest

from cellbench.evaluate.comparison import compare, verdict
from cellbench.evaluate.significance import expected_difference
from cellbench.streams import stream

Array = np.ndarray
Losses = dict[str, Array]


def losses_of(samples: int = 100, replicates: int = 4, **worse_by: float) -> tuple[Losses, Losses]:
    """Of replicates, and of ensembles and three baselines, on samples that are hard or easy for all alike."""
    random = stream(0, "losses")
    hardness = random.chisquare(1, samples)

    def draw(worse: float, *shape: int) -> Array:
        return hardness + worse + random.normal(0, 0.3, (*shape, samples))

    experiments = {name: draw(worse, replicates) for name, worse in worse_by.items()}
    baselines = {"mean": draw(3), "last": draw(0), "ar": draw(1)}
    return experiments, {name: losses.mean(axis=0) for name, losses in experiments.items()} | baselines


THREE = losses_of(a=0, b=0.1, c=0.06)


def verdicts(compared: dict, family: str) -> dict[tuple[str, str], str]:
    return {(pair["first"], pair["second"]): pair["verdict"] for pair in compared[family]}


# What is compared


def test_every_experiment_meets_every_other_once_and_the_best_baseline() -> None:
    compared = compare(*THREE, "last", horizon=1)
    assert list(verdicts(compared, "cells")) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert list(verdicts(compared, "against_baseline")) == [("a", "last"), ("b", "last"), ("c", "last")]
    assert compared["best_baseline"] == "last"


def test_the_best_baseline_is_the_one_that_was_chosen_before_whatever_its_error_is_here() -> None:
    compared = compare(*THREE, "mean", 1)
    assert compared["best_baseline"] == "mean"
    assert {pair["second"] for pair in compared["against_baseline"]} == {"mean"}


def test_one_experiment_alone_has_no_other_to_meet() -> None:
    compared = compare(*losses_of(alone=1), "last", horizon=1)
    assert compared["cells"] == []
    assert verdicts(compared, "against_baseline") == {("alone", "last"): "worse"}


def test_a_difference_is_of_the_replicates_and_one_of_the_ensembles_stands_beside_it() -> None:
    replicates, forecasters = THREE
    compared = compare(*THREE, "last", horizon=2)
    pair, against = compared["cells"][0], compared["against_baseline"][0]
    assert pair["mean"] == pytest.approx(replicates["a"].mean() - replicates["b"].mean())
    assert against["mean"] == pytest.approx(replicates["a"].mean() - forecasters["last"].mean())
    for found, second in ((pair, "b"), (against, "last")):
        trained = expected_difference(forecasters["a"][None], forecasters[second][None], True)
        assert (found["dm"], found["dm_p"]) == (trained.dm, trained.p)


def test_experiments_may_have_different_numbers_of_replicates() -> None:
    replicates, forecasters = THREE
    compared = compare(replicates | {"a": replicates["a"][:2]}, forecasters, "last", 1)
    assert compared["cells"][0]["mean"] == pytest.approx(replicates["a"][:2].mean() - replicates["b"].mean())


def test_neighbouring_samples_may_be_alike_where_they_have_an_order() -> None:
    unordered, ordered = (compare(*THREE, "last", horizon=horizon)["cells"][0] for horizon in (None, 1))
    assert unordered["mean"] == ordered["mean"]
    assert unordered["p"] != ordered["p"]


def test_the_order_of_the_mappings_does_not_matter() -> None:
    forwards = THREE[0], THREE[1] | {"arima": THREE[1]["last"]}  # tied with the best
    backwards = [dict(reversed(losses.items())) for losses in forwards]
    assert compare(*forwards, "last", horizon=2) == compare(*backwards, "last", horizon=2)


def test_other_names_give_the_same_numbers() -> None:
    """Also where they turn a pair around: then the other one is first."""
    replicates, forecasters = THREE
    first, second = sorted(replicates)[:2]
    swap = {first: second, second: first}

    def renamed(losses: dict[str, Array]) -> dict[str, Array]:
        return {swap.get(name, name): loss for name, loss in losses.items()}

    (before, *_), (after, *_) = (
        compare(*given, "last", horizon=1)["cells"] for given in (THREE, (renamed(replicates), renamed(forecasters)))
    )
    assert (before["first"], before["second"]) == (after["first"], after["second"]) == (first, second)
    assert after["mean"] == -before["mean"]
    assert [after["low"], after["high"]] == pytest.approx([-before["high"], -before["low"]])
    assert (after["p"], after["dm_p"]) == pytest.approx((before["p"], before["dm_p"]))


@pytest.mark.parametrize("samples", [1, 3, 100])
@pytest.mark.parametrize("replicates", [1, 4])
def test_whatever_comes_out_can_be_written_as_json(samples: int, replicates: int) -> None:
    experiments, forecasters = losses_of(samples, replicates, a=0, b=0)
    compared = compare(experiments | {"twin": experiments["a"]}, forecasters | {"twin": forecasters["a"]}, "last", 2)
    assert json.loads(json.dumps(compared, allow_nan=False)) == compared
    assert verdicts(compared, "cells")["a", "twin"] == ("no difference" if compared["tested"] else "not tested")
    if samples < 100:
        assert {pair["verdict"] for family in ("cells", "against_baseline") for pair in compared[family]} == {
            "not tested"
        }


# What counts


@pytest.mark.parametrize("family", ["cells", "against_baseline"])
@pytest.mark.parametrize("p", ["p", "dm_p"])
def test_p_values_are_corrected_for_the_pairs_of_their_family(family: str, p: str) -> None:
    pairs = compare(*THREE, "last", horizon=1)[family]
    lowest, middle, highest = sorted(pairs, key=lambda pair: pair[p])
    assert lowest[f"{p}_holm"] == pytest.approx(min(1, 3 * lowest[p]))
    assert middle[f"{p}_holm"] == pytest.approx(min(1, max(3 * lowest[p], 2 * middle[p])))
    assert highest[f"{p}_holm"] == pytest.approx(min(1, max(3 * lowest[p], 2 * middle[p], highest[p])))
    assert lowest[f"{p}_holm"] > lowest[p]


@pytest.mark.parametrize(
    ("mean", "p", "expected"),
    [(-1, 0.04, "better"), (1, 0.04, "worse"), (-1, 0.05, "no difference"), (0, 1.0, "no difference")],
)
def test_the_verdict_follows_from_the_corrected_p_of_newly_trained_networks(
    mean: float, p: float, expected: str
) -> None:
    assert verdict({"mean": mean, "p_holm": p, "dm_p_holm": 0.9}) == expected


def test_what_is_clearly_better_is_found_better_and_the_other_worse() -> None:
    compared = compare(*losses_of(bad=1, good=-1, near=0.95), "last", horizon=2)
    assert verdicts(compared, "cells") == {
        ("bad", "good"): "worse",
        ("bad", "near"): "no difference",
        ("good", "near"): "better",
    }
    assert verdicts(compared, "against_baseline") == {
        ("bad", "last"): "worse",
        ("good", "last"): "better",
        ("near", "last"): "worse",
    }


def test_nothing_is_a_share_of_an_error_that_is_rounding() -> None:
    replicates, forecasters = losses_of(a=0)
    (pair,) = compare(replicates, forecasters | {"last": np.full(100, 1e-31)}, "last", 1)["against_baseline"]
    assert pair["second_loss"] == 0
    assert pair["verdict"] == "worse"
    (pair,) = compare(replicates, forecasters, "last", 1)["against_baseline"]
    assert pair["second_loss"] == forecasters["last"].mean()
