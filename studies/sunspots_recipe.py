"""How the recipe of the sunspot experiments was chosen: by blocked cross-validation inside the training part.

Five times the cells are trained on 1700-1920 without a block of 38 years, and score it as ensembles of eight
replicates. The blocks follow one another from 1731 to 1920: every high and every low cycle is forecast once from all
the others. That uses the few years better than walking forward through the last of them, and forecasts of one step
whose errors do not hang together allow it (Bergmeir, Hyndman & Koo 2018). A recipe's score is the mean over cells and
years of the squared error, divided by 1535 like the published figures: one recipe for all cells, whichever cell it
helps most. First every combination of transform, scaling and skip is tried, then one change at a time of anything from
the best so far, round after round until no change makes it better. No window is shorter than 9, the order that
Akaike's criterion gives an autoregression on these years: the baselines see what the cells see, and would lose more
by it. No value after 1920 is read.

Run it with `python studies/sunspots_recipe.py`. It writes studies/sunspots_recipe.csv, and continues from what that
already holds.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
TABLE = HERE / "sunspots_recipe.csv"
sys.path.insert(0, str(HERE.parent / "src"))

from cellbench.cells import CELLS
from cellbench.config.params import Recipe
from cellbench.config.sources import Statsmodels
from cellbench.data.dataset import Dataset, Split
from cellbench.data.scaling import TransformName
from cellbench.data.series import Series
from cellbench.data.windows import cut, transformed
from cellbench.evaluate.forecasts import network_forecasts
from cellbench.network import Shape, build_network, initial_weights
from cellbench.prepare.stage import read_series
from cellbench.streams import stream
from cellbench.train.learner import Learner, samples
from cellbench.train.trainer import fit

BLOCKS = tuple((first, first + 37) for first in range(1731, 1920, 38))
LAST_YEAR = 1920
EPOCHS = (50, 100, 200, 400)
REPLICATES = 8
VARIANCE = 1535.0
VALUES: dict[str, tuple[Any, ...]] = {
    "transform": ("none", "sqrt"),
    "scaling": ("train", "window"),
    "skip": ("none", "linear"),
    "window": (9, 12, 18, 24, 30),
    "units": (2, 3, 4, 6, 8, 12, 16),
    "batch_size": (8, 16, 32, 64),
    "learning_rate": (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01),
    "weight_decay": (0.0, 0.01, 0.1, 0.3, 1.0),
}


@dataclass(frozen=True)
class Candidate:
    """A recipe, but for how many epochs."""

    transform: TransformName = "none"
    scaling: str = "train"
    skip: str = "none"
    window: int = 12
    units: int = 8
    batch_size: int = 32
    learning_rate: float = 0.003
    weight_decay: float = 0.1


class Watched(Learner):
    """A learner whose ensemble is scored on the validation part at some epochs."""

    def watch(self, part: Split, transform: TransformName) -> None:
        self.part, self.transform = part, transform
        self.squared: dict[int, Any] = {}

    def on_train_epoch_end(self) -> None:
        if (epoch := self.current_epoch + 1) in EPOCHS:
            forecast = network_forecasts(self.network, self.part, self.transform).mean(axis=0)
            self.squared[epoch] = np.square(forecast - self.part.truth).ravel()


def known_series() -> Series:
    """The sunspot numbers up to 1920."""
    source = Statsmodels(source="statsmodels", name="sunspots", target="SUNACTIVITY", time="YEAR", window=1)
    series = read_series(source, 0, "sunspots")
    rows = series.timeline.until(LAST_YEAR)
    kept = np.arange(len(series.target)) < rows
    return Series(series.timeline.keep(kept), series.columns, series.values[kept], series.observed[kept])


def fold(series: Series, candidate: Candidate, first: int, last: int) -> tuple[Dataset, Split]:
    """The samples to train on, none of which has its target in the block, and those that have."""
    years = np.array(series.timeline.labels).astype(int)
    block = (years >= first) & (years <= last)
    source = Statsmodels(
        source="statsmodels", name="sunspots", target="SUNACTIVITY", time="YEAR", window=candidate.window,
        transform=candidate.transform, scaling=candidate.scaling,
    )  # fmt: skip
    known = int(years[~block][-1])
    source = source.model_copy(update={"until": {"train": known - 1, "validation": known}})
    rest = Series(series.timeline, series.columns, series.values, series.observed & ~block)
    values = transformed(series, candidate.transform, "sunspots")
    dataset = cut(rest, source, "sunspots", None)
    rows = np.flatnonzero(block)
    windows = np.stack([values[row - candidate.window : row] for row in rows])
    assert dataset.card.scaling is not None
    x, shift, scale = dataset.card.scaling(windows)
    y = ((values[rows] - shift) / scale[:, None]).astype(np.float32)
    return dataset, Split(x, y, series.values[rows], shift, scale, rows - 1)


def score(candidate: Candidate, cell: str, epochs: tuple[int, ...] = EPOCHS) -> dict[int, float]:
    """The relative variance of a cell's ensemble over all blocks, by epoch."""
    series, squared = known_series(), []
    for block in BLOCKS:
        dataset, left_out = fold(series, candidate, *block)
        shape = Shape(candidate.window, 1, candidate.units, 1, candidate.skip == "linear")
        draw = partial(stream, 0, cell)
        first = initial_weights(cell, shape, [draw("weights", r) for r in range(REPLICATES)])
        recipe = Recipe(
            replicates=REPLICATES,
            epochs=max(epochs),
            batch_size=candidate.batch_size,
            learning_rate=candidate.learning_rate,
            weight_decay=candidate.weight_decay,
        )
        learner = Watched(build_network(cell, first, {}), draw, cell, recipe, "native")
        learner.watch(left_out, candidate.transform)
        fit(learner, samples(dataset.train), max(epochs))
        squared.append(learner.squared)
    return {e: float(np.concatenate([part[e] for part in squared]).mean()) / VARIANCE for e in epochs}


def rows_of(candidate: Candidate, scores: dict[str, dict[int, float]]) -> list[dict[str, Any]]:
    """A row for each number of epochs: the recipe, the score of each cell, and their mean."""
    rows = [{**asdict(candidate), "epochs": e} | {cell: scores[cell][e] for cell in CELLS} for e in EPOCHS]
    return [row | {"mean": float(np.mean([row[cell] for cell in CELLS]))} for row in rows]


def main() -> None:
    rows: list[dict[str, Any]] = pd.read_csv(TABLE).to_dict("records") if TABLE.exists() else []

    def candidate(row: dict[str, Any]) -> Candidate:
        """As it was tried, with numbers where the table has text."""
        kinds = {name: type(values[-1]) for name, values in VALUES.items()}
        return Candidate(**{name: kind(row[name]) for name, kind in kinds.items()})

    tried = {candidate(row) for row in rows}

    def best() -> Candidate:
        return candidate(min(rows, key=lambda row: float(row["mean"])))

    def try_out(candidates: list[Candidate]) -> None:
        new = [candidate for candidate in candidates if candidate not in tried]
        tried.update(new)
        asked = [(candidate, cell) for candidate in new for cell in CELLS]
        scores = list(workers.map(score, *zip(*asked, strict=True))) if asked else []
        for n, candidate in enumerate(new):
            of_cells = dict(zip(CELLS, scores[n * len(CELLS) :], strict=False))
            rows.extend(rows_of(candidate, of_cells))
            print(candidate, [round(row["mean"], 4) for row in rows[-len(EPOCHS) :]], flush=True)
        pd.DataFrame(rows).to_csv(TABLE, index=False, float_format="%.9g")

    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        first = product(*(VALUES[name] for name in ("transform", "scaling", "skip")))
        try_out([Candidate(*choice) for choice in first])
        start = None
        while start != best():
            start = best()
            for name, values in VALUES.items():
                centre = best()
                try_out([replace(centre, **{name: value}) for value in values])
    print("chosen:", min(rows, key=lambda row: float(row["mean"])))


if __name__ == "__main__":
    main()
