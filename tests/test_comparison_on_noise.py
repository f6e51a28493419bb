"""How often trained cells are found to differ where there is nothing to find."""

import gc
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
from cellbench.evaluate.comparison import compare
from cellbench.evaluate.forecasts import baseline_forecasts, network_forecasts
from cellbench.evaluate.holdout import Holdout, squared_errors
from cellbench.network import build_network
from cellbench.prepare.noise import make_noise
from cellbench.prepare.stage import read_series
from cellbench.streams import stream
from cellbench.train.experiment import train_experiment

Array = np.ndarray
SEEDS = 20
SPLIT = Statsmodels(
    source="statsmodels", name="sunspots", target="SUNACTIVITY", time="YEAR", window=12, scaling="train",
    until={"train": 1880, "validation": 1920, "1921-1955": 1955, "1956-1979": 1979, "1980-2008": 2008},
)  # fmt: skip
SUNSPOTS = read_series(SPLIT, 0, "sunspots")


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
        different.append({pair["verdict"] for pair in compared["cells"]} != {"no difference"})
        beaten.append("better" in [pair["verdict"] for pair in compared["against_baseline"]])
        lower.append(any(pair["mean"] < 0 for pair in compared["against_baseline"]))
    assert not different[0]
    assert not beaten[0]
    by_chance = scipy.stats.binom.ppf(0.99, SEEDS, 0.05)
    assert sum(different) <= by_chance
    assert sum(beaten) <= by_chance
    assert sum(lower) > 0  # the lowest error alone would have named a winner
