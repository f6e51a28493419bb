"""How often the tests of the report err and find, and its intervals cover: in simulations, whose truth is known.

python benchmarks/evidence.py 1000   # draws; writes docs/evidence_rates.md
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

import numpy as np
import pandas as pd
import statsmodels.datasets
from numpy.typing import NDArray
from scipy.stats import sem
from statsmodels.tsa.ar_model import AutoReg

from cellbench.config.params import Experiment
from cellbench.config.sources import Arma, CsvFile
from cellbench.continuation import continued_forecasts, network_forecasts
from cellbench.data.series import Series
from cellbench.data.timeline import numbered
from cellbench.evaluate.comparison import compare
from cellbench.evaluate.holdout import Holdout, squared_errors
from cellbench.evaluate.tables import coverage_table
from cellbench.network import build_network
from cellbench.prepare.arma import simulate
from cellbench.prepare.periods import divide
from cellbench.prepare.stage import read_series
from cellbench.report.tables import markdown
from cellbench.train.experiment import train_experiment
from simulated import Case, rates

Array = NDArray[np.float64]
SIZES = [(1, 60), (1, 120), (1, 500), (3, 120), (3, 500), (12, 500)]
"""Horizons and test samples; fewer samples are not tested."""
TRAINED = 40
STEPS = 12
PROCESSES = {"x(t) = e(t) + 0.8 e(t-1)": ([], [0.8]), "AR(9) fitted to the sunspots": (None, [])}


def trained_twins(seed: int) -> dict[int, list[bool]]:
    """Whether pairs of one GRU under five names, trained on an AR(2), are found to differ, by the number of samples."""
    source = Arma(source="arma", ar=[1.35, -0.65], sigma=1.0, length=190 + 1000, seed=seed,
                  until={"train": 150 / 1190, "validation": 190 / 1190, "test": 1.0})  # fmt: skip
    data = divide(read_series(source, seed, "twins"), source, "twins")
    test, losses, ensembles = Holdout(data), {}, {}
    for name in range(5):
        recipe = {"window": 9, "scaling": "last", "epochs": 150, "batch_size": 16, "learning_rate": 0.005}
        experiment = Experiment(dataset="twins", cell="gru_reset_after", seed=5 * seed + name, **recipe)
        with redirect_stdout(None):
            trained = train_experiment("twin", experiment, data)
        network = build_network(experiment.cell, trained.weights["final"], {})
        forecasts = network_forecasts(network, data.samples(test.origins, trained.card.view, "twin"))
        losses[str(name)] = squared_errors(forecasts, test.truth)
        ensembles[str(name)] = squared_errors(forecasts.mean(axis=0)[None], test.truth)[0]
    found = {}
    for samples in (88, 1000):
        shown = {name: loss[:, :samples] for name, loss in losses.items()}
        forecasters = {name: loss[:samples] for name, loss in ensembles.items()}
        pairs = compare(shown, forecasters, "0", 1)["cells"]
        found[samples] = [pair["p"] < 0.05 for pair in pairs]
    return found


def twins_on_series(seed: int) -> tuple[str, str]:
    """What is said of one GRU under two names, and of one that learns too slowly, on 100 series of AR(2) processes."""
    random, until = np.random.default_rng(seed), {"train": -8, "validation": -4, "test": 0}
    source = CsvFile(source="csv", path="data/raw/x.csv", target="y", series="id", horizon=4, until=until)
    simulated = []
    for number in range(100):
        length = int(random.integers(30, 80))
        values = simulate([random.uniform(1.0, 1.6), random.uniform(-0.9, -0.7)], [], 1.0, length, random)
        columns = 10 ** random.uniform(0, 3) * (20 + values[:, None])
        simulated.append(Series(str(number), numbered(length), ("y",), columns, np.full(length, True)))
    data = divide(simulated, source, "twins")
    test, losses, ensembles = Holdout(data), {}, {}
    for name, rate in {"twin": 0.005, "other twin": 0.005, "worse": 0.0002}.items():
        recipe = {"window": 8, "scaling": "window", "epochs": 10, "batch_size": 32, "learning_rate": rate}
        experiment = Experiment(dataset="twins", cell="gru", seed=3 * seed + len(losses), **recipe)
        with redirect_stdout(None):
            trained = train_experiment(name, experiment, data.only(data.until("train", "validation")))
        network = build_network(experiment.cell, trained.weights["final"], {})
        forecasts = network_forecasts(network, data.samples(test.origins, trained.card.view, name))
        losses[name], ensembles[name] = test.losses(forecasts), test.losses(forecasts.mean(axis=0)[None])[0]

    def said(second: str) -> str:
        pair = {name: losses[name] for name in ("twin", second)}
        forecasters = {name: ensembles[name] for name in pair}
        return str(compare(pair, forecasters, "twin", None, over_series=True)["cells"][0]["verdict"])

    return said("other twin"), said("worse")


def covered(process: str, seed: int) -> Array:
    """The share of 500 test values within the 80 % intervals of a GRU, 1 to STEPS steps ahead, from 200 residuals."""
    ar, ma = PROCESSES[process]
    if ar is None:
        sunspots = statsmodels.datasets.sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
        ar = AutoReg(sunspots[:221], 9).fit().params[1:].tolist()
    ends = {"train": 300, "validation": 300 + 200 + STEPS - 1, "test": 300 + 200 + STEPS - 1 + 500}
    until = {period: end / ends["test"] for period, end in ends.items()}
    source = Arma(source="arma", ar=ar, ma=ma, sigma=1.0, length=ends["test"], seed=seed, until=until)
    data = divide(read_series(source, seed, "covered"), source, "covered")
    recipe = {"window": 12, "scaling": "train", "epochs": 60, "batch_size": 32, "learning_rate": 0.01}
    experiment = Experiment(dataset="covered", cell="gru_reset_after", seed=seed, replicates=5, **recipe)
    with redirect_stdout(None):
        trained = train_experiment("covered", experiment, data)
    view, origins = trained.card.view, data.origins("test")
    assert view
    windows = data.windows(origins, view, "covered")
    network = build_network(experiment.cell, trained.weights["final"], {})
    series, truth = data.series[origins], data.following(origins, STEPS, "test")
    forecasts = continued_forecasts(network, view, windows, series, STEPS)
    found = coverage_table(truth, forecasts, trained.residuals, view.inputs(windows, series)[1])
    within: Array = found["within_80"].to_numpy()
    return within


def table(head: list[str], rows: Iterator[list[str]]) -> str:
    return markdown(pd.DataFrame(rows, columns=head).set_index(head[0]))


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def main(draws: int) -> None:
    started = time.perf_counter()
    kinds = {"independent": False, "autocorrelated": True}
    sizes = {
        (horizon, samples, replicates, kind, twins): Case(horizon, samples, replicates, smooth, twins=twins)
        for horizon, samples in SIZES
        for replicates in (3, 10)
        for kind, smooth in kinds.items()
        for twins in (True, False)
    }
    families = {
        (horizon, samples, kind): Case(horizon, samples, 10, smooth, cells=4)
        for horizon, samples in SIZES
        for kind, smooth in kinds.items()
    }
    powers = {
        (samples, replicates, gap, kind): Case(1, samples, replicates, smooth, gap=gap)
        for samples in (60, 120, 500)
        for replicates in (3, 10)
        for gap in (0.1, 0.2, 0.4)
        for kind, smooth in kinds.items()
    }
    cases = [*sizes.values(), *families.values(), *powers.values()]
    with ProcessPoolExecutor() as workers:
        done = dict(zip(cases, workers.map(rates, cases, [draws] * len(cases)), strict=True))

        twins = [*workers.map(trained_twins, range(TRAINED))]
        named, worse = zip(*workers.map(twins_on_series, range(TRAINED)), strict=True)
        coverage = {p: np.array([*workers.map(covered, [p] * TRAINED, range(TRAINED))]) for p in PROCESSES}

    def size_rows() -> Iterator[list[str]]:
        for horizon, samples in SIZES:
            for replicates in (3, 10):
                found = [
                    percent(done[sizes[horizon, samples, replicates, kind, twins]][1])
                    for twins in (True, False)
                    for kind in kinds
                ]
                yield [str(horizon), str(samples), str(replicates), *found]

    def family_rows() -> Iterator[list[str]]:
        for horizon, samples in SIZES:
            found = [done[families[horizon, samples, kind]] for kind in kinds]
            shown = [percent(one[kind]) for kind in (1, 3, 2) for one in found]
            yield [str(horizon), str(samples), *shown]

    def power_rows() -> Iterator[list[str]]:
        for samples in (60, 120, 500):
            for replicates in (3, 10):
                found = [percent(done[powers[samples, replicates, g, k]][0]) for k in kinds for g in (0.1, 0.2, 0.4)]
                yield [str(samples), str(replicates), *found]

    def coverage_rows() -> Iterator[list[str]]:
        for process, shares in coverage.items():
            yield [process, *(f"{100 * share:.0f} %" for share in shares.mean(axis=0))]

    both = [f"{{}}, {kind}" for kind in kinds]
    heads = ["horizon", "test samples", "replicates"]
    shares = [percent(float(np.mean([one[samples] for one in twins]))) for samples in (88, 1000)]
    known = 1.96 * np.sqrt(0.0475 / draws)
    spread = max(1.96 * sem(shares, axis=0).max() for shares in coverage.values())
    text = f"""# Rates of the tests in simulations

Made by `make evidence`: {draws} draws of each case, so that a rate of 5 % is known to ± {percent(known)}.

## Two equal cells called different

{table([*heads, *(b.format("one cell twice") for b in both), *(b.format("two cells") for b in both)], size_rows())}

## Four equal cells: any two called different, any worse than an equal baseline, any two ensembles different

Cells and ensembles after Holm's correction for six pairs, baselines for four. Ensembles of equal cells do differ a
little.

{table([*heads[:2], *(b.format(w) for w in ("cells", "worse", "ensembles") for b in both)], family_rows())}

## One GRU under five names, really trained

Ten replicates each, other seeds, on {TRAINED} series of the AR(2) x(t) = 1.35 x(t-1) - 0.65 x(t-2) + e(t), with 150
rows to learn from. Of the ten pairs on each, {shares[0]} are called different (p < 0.05) on 88 test samples, and
{shares[1]} on 1,000.

## One GRU under two names, and one made worse, on many series

Ten replicates each, other seeds, on {TRAINED} sets of 100 series of AR(2) processes, 30 to 79 rows long, four steps
ahead. The two names are called different on {TRAINED - named.count("no difference")} of the sets; a GRU whose learning
rate is too low by a factor of 25 is found to differ on {TRAINED - worse.count("no difference")}.

## How often the better cell is found

One step ahead. A column says by how much the other cell's expected squared error is higher.

{table([*heads[1:], *(b.format(g) for b in both for g in ("10 %", "20 %", "40 %"))], power_rows())}

## Test values within 80 % intervals, by steps ahead

A GRU that forecasts one step and goes on from its own forecasts; 300 rows to learn from, 200 residuals at each step,
500 test values, {TRAINED} series of each process. Known to ± {percent(spread)} at most.

{table(["process", *map(str, range(1, STEPS + 1))], coverage_rows())}
"""
    (ROOT / "docs" / "evidence_rates.md").write_text(text)
    print(text, f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
