"""What is compared with what, what counts as a difference, and how often noise is mistaken for one."""

import gc
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from cellbench.config.params import Experiment
from cellbench.config.sources import Noise, Statsmodels
from cellbench.data.dataset import Dataset, joined
from cellbench.data.windows import cut
from cellbench.evaluate import forecasts
from cellbench.evaluate.baselines import fitted_autoregression
from cellbench.evaluate.comparison import compare, verdict
from cellbench.evaluate.forecasts import baseline_forecasts, network_forecasts
from cellbench.evaluate.holdout import Holdout, squared_errors
from cellbench.evaluate.significance import block_length, diebold_mariano
from cellbench.network import build_network
from cellbench.prepare.noise import make_noise
from cellbench.prepare.stage import read_series
from cellbench.streams import stream
from cellbench.train.experiment import train_experiment

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
    compared = compare(*THREE, horizon=1, seed=0)
    assert list(verdicts(compared, "cells")) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert list(verdicts(compared, "against_baseline")) == [("a", "last"), ("b", "last"), ("c", "last")]
    assert compared["best_baseline"] == "last"
    assert set(compared["confidence_set"]) == {"a", "b", "c", "mean", "last", "ar"}


def test_the_best_baseline_is_the_one_with_the_lowest_error() -> None:
    replicates, forecasters = THREE
    better = forecasters | {"ar": forecasters["last"] - 0.001}
    assert compare(replicates, better, 1, 0)["best_baseline"] == "ar"


def test_one_experiment_alone_has_no_other_to_meet() -> None:
    compared = compare(*losses_of(alone=1), horizon=1, seed=0)
    assert compared["cells"] == []
    assert verdicts(compared, "against_baseline") == {("alone", "last"): "worse"}


def test_a_difference_is_of_replicate_and_replicate_and_of_ensemble_and_ensemble() -> None:
    replicates, forecasters = THREE
    compared = compare(*THREE, horizon=3, seed=0)
    pair, against = compared["cells"][0], compared["against_baseline"][0]
    assert pair["mean"] == pytest.approx(replicates["a"].mean() - replicates["b"].mean())
    assert against["mean"] == pytest.approx(replicates["a"].mean() - forecasters["last"].mean())
    assert (pair["dm"], pair["dm_p"]) == diebold_mariano(forecasters["a"] - forecasters["b"], 3)
    assert (against["dm"], against["dm_p"]) == diebold_mariano(forecasters["a"] - forecasters["last"], 3)


def test_of_different_numbers_of_replicates_as_many_are_paired_as_both_have() -> None:
    replicates, forecasters = THREE
    for fewer in ("a", "b"):
        compared = compare(replicates | {fewer: replicates[fewer][:2]}, forecasters, 1, 0)
        assert compared["cells"][0]["mean"] == pytest.approx((replicates["a"][:2] - replicates["b"][:2]).mean())
    assert compared["against_baseline"][0]["mean"] == pytest.approx((replicates["a"] - forecasters["last"]).mean())


def test_samples_without_an_order_are_drawn_one_by_one_others_in_blocks() -> None:
    assert compare(*THREE, horizon=None, seed=0)["block"] == 1
    assert compare(*THREE, horizon=4, seed=0)["block"] == block_length(100, 4) == 7
    assert (
        compare(*THREE, horizon=None, seed=0)["cells"][0]["dm"] == compare(*THREE, horizon=1, seed=0)["cells"][0]["dm"]
    )


def test_the_order_of_the_mappings_does_not_matter() -> None:
    forwards = THREE[0], THREE[1] | {"arima": THREE[1]["last"]}  # tied with the best
    backwards = [dict(reversed(losses.items())) for losses in forwards]
    assert compare(*forwards, horizon=2, seed=0) == compare(*backwards, horizon=2, seed=0)


@pytest.mark.parametrize("samples", [1, 3, 100])
@pytest.mark.parametrize("replicates", [1, 4])
def test_whatever_comes_out_can_be_written_as_json(samples: int, replicates: int) -> None:
    experiments, forecasters = losses_of(samples, replicates, a=0, b=0)
    compared = compare(experiments | {"twin": experiments["a"]}, forecasters | {"twin": forecasters["a"]}, 2, 0)
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
    pairs = compare(*THREE, horizon=1, seed=0)[family]
    lowest, middle, highest = sorted(pairs, key=lambda pair: pair[p])
    assert lowest[f"{p}_holm"] == pytest.approx(min(1, 3 * lowest[p]))
    assert middle[f"{p}_holm"] == pytest.approx(min(1, max(3 * lowest[p], 2 * middle[p])))
    assert highest[f"{p}_holm"] == pytest.approx(min(1, max(3 * lowest[p], 2 * middle[p], highest[p])))
    assert lowest[f"{p}_holm"] > lowest[p]


@pytest.mark.parametrize(
    ("mean", "dm", "p", "dm_p", "expected"),
    [
        (-1, -2, 0.04, 0.04, "better"),
        (1, 2, 0.04, 0.04, "worse"),
        (-1, -2, 0.04, 0.05, "no difference"),
        (-1, -2, 0.05, 0.04, "no difference"),
        (1, -2, 0.01, 0.01, "no difference"),
        (0, 0, 1.0, 1.0, "no difference"),
    ],
)
def test_both_tests_have_to_agree(mean: float, dm: float, p: float, dm_p: float, expected: str) -> None:
    assert verdict({"low": -9, "mean": mean, "dm": dm, "p_holm": p, "dm_p_holm": dm_p}) == expected


def test_what_is_clearly_better_is_found_better_and_the_other_worse() -> None:
    compared = compare(*losses_of(bad=1, good=-1, near=0.95), horizon=2, seed=0)
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
    assert [name for name, p in compared["confidence_set"].items() if p > 0.05] == ["good"]


# Noise: trained cells, and nothing to find

SEEDS = 20
SPLIT = Statsmodels(
    source="statsmodels", name="sunspots", target="SUNACTIVITY", time="YEAR", window=12, scaling="train",
    until={"train": 1880, "validation": 1920, "1921-1955": 1955, "1956-1979": 1979, "1980-2008": 2008},
)  # fmt: skip
SUNSPOTS = read_series(SPLIT, 0, "sunspots")


def test_other_names_give_the_same_numbers() -> None:
    """Also where they turn a pair around: then the other one is first."""
    replicates, forecasters = THREE
    first, second = sorted(replicates)[:2]
    swap = {first: second, second: first}

    def renamed(losses: dict[str, Array]) -> dict[str, Array]:
        return {swap.get(name, name): loss for name, loss in losses.items()}

    (before, *_), (after, *_) = (
        compare(*given, horizon=1, seed=0)["cells"] for given in (THREE, (renamed(replicates), renamed(forecasters)))
    )
    assert (before["first"], before["second"]) == (after["first"], after["second"]) == (first, second)
    assert after["mean"] == -before["mean"]
    assert [after["low"], after["high"]] == pytest.approx([-before["high"], -before["low"]])
    assert (after["p"], after["dm_p"]) == (before["p"], before["dm_p"])


def uniform(seed: int) -> tuple[Dataset, None]:
    source = Noise(source="noise", samples=500, test_samples=50, predict_samples=1, timesteps=2, features=3)
    return make_noise(source, seed, "noise"), None


def shuffled(seed: int) -> tuple[Dataset, Array]:
    """The sunspots in an order that nobody can forecast."""
    target = stream(seed, "shuffled").permutation(SUNSPOTS.target)
    return cut(replace(SUNSPOTS, values=target[:, None]), SPLIT, "shuffled", None), target


def compared_on(dataset: Dataset, series: Array | None, seed: int) -> dict:
    """Two cells, trained, and the baselines: compared as the stage `evaluate` does."""
    samples, card = joined(list(dataset.tests.values())), dataset.card
    test = Holdout(card, samples, np.full(len(samples.x), "test"), dataset.predict, series)
    baselines, _ = baseline_forecasts(dataset.train, test)
    losses, truth = {}, samples.truth
    forecasters = {name: squared_errors(forecast, truth)[0] for name, forecast in baselines.items()}
    for cell in ("elman", "gru"):
        batch = 32 if series is None else 64  # about as many steps in both, since a series is trained on twice
        recipe = {"replicates": 3, "epochs": 10, "batch_size": batch, "learning_rate": 0.01, "units": 4}
        experiment = Experiment(dataset="noise", cell=cell, seed=seed, **recipe)
        final = train_experiment(cell, experiment, dataset.train, card).weights["final"]
        outputs = network_forecasts(build_network(cell, final, experiment.cell_options), samples, "none")
        losses[cell] = squared_errors(outputs, truth)
        forecasters[cell] = squared_errors(outputs.mean(axis=0)[None], truth)[0]
    return compare(losses, forecasters, None if series is None else 1, seed)


@pytest.fixture(scope="module", autouse=True)
def _no_garbage_to_collect() -> Iterator[None]:
    """statsmodels collects garbage at every correction of Holm's, among all that torch and pytest have loaded."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def _no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """An AR(2) for the best of nine ARIMAs, which takes seconds to find."""

    def ar2(series: Array, train: int, origins: Array, horizon: int) -> tuple[Array, tuple[int, int, int]]:
        return fitted_autoregression(series, train, origins, horizon, 2), (2, 0, 0)

    monkeypatch.setattr(forecasts, "arima", ar2)


@pytest.mark.usefixtures("_no_search")
@pytest.mark.parametrize("noise", [uniform, shuffled])
def test_on_noise_no_cell_is_better_than_another_or_than_the_best_baseline(
    noise: Callable[[int], tuple[Dataset, Array | None]],
) -> None:
    """No oftener than one test at 5 % errs, however many pairs there are, though a cell comes out lower at times."""
    different, beaten, lower = [], [], []
    for seed in range(SEEDS):
        compared = compared_on(*noise(seed), seed)
        different.append(set(verdicts(compared, "cells").values()) != {"no difference"})
        beaten.append("better" in verdicts(compared, "against_baseline").values())
        lower.append(any(pair["mean"] < 0 for pair in compared["against_baseline"]))
    assert not different[0]
    assert not beaten[0]
    by_chance = scipy.stats.binom.ppf(0.99, SEEDS, 0.05)
    assert sum(different) <= by_chance
    assert sum(beaten) <= by_chance
    assert sum(lower) > 0  # the lowest error alone would have named a winner
