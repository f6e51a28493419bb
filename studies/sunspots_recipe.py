"""How the recipe of the sunspot experiments was chosen: by walk-forward validation inside the training part, 1700-1920.

Four times the cells are trained up to a year and score the next twenty, 1841-1860 to 1901-1920, as ensembles of eight
replicates. A recipe's score is the mean over cells and folds of the squared error, divided by 1535 like the published
figures: one recipe for all cells, whichever cell it helps most. First every combination of transform, scaling and skip
is tried, then one change at a time of anything from the best so far, round after round until no change makes it better.
No value after 1920 is read, and the choice stands whatever the test periods say of it. (They say that it fits the folds
too well: their cycles are higher than any before 1920, and what forecast the folds best stays below them.)

Run it with `python studies/sunspots_recipe.py`. It writes sunspots_recipe.csv beside itself.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))

from cellbench.cells import CELLS
from cellbench.datasets import Dataset
from cellbench.files import write_csv
from cellbench.forecasts import network_forecasts
from cellbench.learner import Learner, Recipe, samples
from cellbench.network import Shape, build_network, initial_weights
from cellbench.readers import read_series
from cellbench.series import Series
from cellbench.sources import Statsmodels
from cellbench.streams import stream
from cellbench.trainer import fit
from cellbench.windows import cut

FOLDS = ((1840, 1860), (1860, 1880), (1880, 1900), (1900, 1920))
EPOCHS = (50, 100, 200, 400)
REPLICATES = 8
VARIANCE = 1535.0
VALUES: dict[str, tuple[Any, ...]] = {
    "transform": ("none", "sqrt"),
    "scaling": ("train", "window"),
    "skip": ("none", "linear"),
    "window": (9, 12, 18, 24, 30),
    "units": (4, 6, 8, 12, 16),
    "batch_size": (8, 16, 32, 64),
    "learning_rate": (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01),
    "weight_decay": (0.0, 0.01, 0.1, 0.3, 1.0),
}


@dataclass(frozen=True)
class Candidate:
    """A recipe, but for how many epochs."""

    transform: str = "none"
    scaling: str = "train"
    skip: str = "none"
    window: int = 12
    units: int = 8
    batch_size: int = 32
    learning_rate: float = 0.003
    weight_decay: float = 0.1


class Watched(Learner):
    """A learner whose ensemble is scored on the validation part at some epochs."""

    def watch(self, dataset: Dataset) -> "Watched":
        self.part = dataset.train[-dataset.description["validation_samples"] :]
        self.transform: str = dataset.description["transform"]
        self.squared: dict[int, Any] = {}
        return self

    def on_train_epoch_end(self) -> None:
        if (epoch := self.current_epoch + 1) in EPOCHS:
            forecast = network_forecasts(self.network, self.part, self.transform).mean(axis=0)
            self.squared[epoch] = np.square(forecast - self.part.truth(self.transform)).ravel()


def known_series() -> Series:
    """The sunspot numbers up to 1920."""
    source = Statsmodels(source="statsmodels", name="sunspots", target="SUNACTIVITY", time="YEAR", window=1)
    series = read_series(source, 0, "sunspots")
    rows = series.timeline.until(FOLDS[-1][1])
    kept = np.arange(len(series.target)) < rows
    return Series(series.timeline.keep(kept), series.columns, series.values[kept], series.observed[kept])


def fold(series: Series, candidate: Candidate, train: int, validation: int) -> Dataset:
    """The samples of one fold."""
    source = Statsmodels(
        source="statsmodels", name="sunspots", target="SUNACTIVITY", time="YEAR", window=candidate.window,
        transform=candidate.transform, scaling=candidate.scaling,
    )  # fmt: skip
    until = {"train": train, "validation": validation}
    return cut(series, source.model_copy(update={"until": until}), "sunspots", None)


def score(candidate: Candidate, cell: str, epochs: tuple[int, ...] = EPOCHS) -> dict[int, float]:
    """The relative variance of a cell's ensemble over all folds, by epoch."""
    series, squared = known_series(), []
    for train, validation in FOLDS:
        dataset = fold(series, candidate, train, validation)
        shape = Shape(candidate.window, 1, candidate.units, 1, candidate.skip == "linear")
        first = initial_weights(cell, shape, [stream(0, cell, "weights", r) for r in range(REPLICATES)])
        recipe = Recipe(candidate.batch_size, candidate.learning_rate, candidate.weight_decay, engine="native")
        learner = Watched(build_network(cell, first, {}), 0, cell, recipe).watch(dataset)
        fit(learner, samples(dataset.train[: dataset.description["train_samples"]]), max(epochs))
        squared.append(learner.squared)
    return {e: float(np.concatenate([part[e] for part in squared]).mean()) / VARIANCE for e in epochs}


def rows_of(candidate: Candidate, scores: dict[str, dict[int, float]]) -> list[dict[str, Any]]:
    """A row for each number of epochs: the recipe, the score of each cell, and their mean."""
    rows = [{**asdict(candidate), "epochs": e} | {cell: scores[cell][e] for cell in CELLS} for e in EPOCHS]
    return [row | {"mean": float(np.mean([row[cell] for cell in CELLS]))} for row in rows]


def main() -> None:
    rows: list[dict[str, Any]] = []
    tried: set[Candidate] = set()

    def best() -> Candidate:
        found = min(rows, key=lambda row: row["mean"])
        return Candidate(**{name: found[name] for name in VALUES})

    def try_out(candidates: list[Candidate]) -> None:
        new = [candidate for candidate in candidates if candidate not in tried]
        tried.update(new)
        asked = [(candidate, cell) for candidate in new for cell in CELLS]
        scores = list(workers.map(score, *zip(*asked, strict=True))) if asked else []
        for n, candidate in enumerate(new):
            of_cells = dict(zip(CELLS, scores[n * len(CELLS) :], strict=False))
            rows.extend(rows_of(candidate, of_cells))
            print(candidate, [round(row["mean"], 4) for row in rows[-len(EPOCHS) :]], flush=True)
        write_csv(HERE / "sunspots_recipe.csv", rows)

    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        first = product(*(VALUES[name] for name in ("transform", "scaling", "skip")))
        try_out([Candidate(*choice) for choice in first])
        start = None
        while start != best():
            start = best()
            for name, values in VALUES.items():
                centre = best()
                try_out([replace(centre, **{name: value}) for value in values])
    print("chosen:", min(rows, key=lambda row: row["mean"]))


if __name__ == "__main__":
    main()
