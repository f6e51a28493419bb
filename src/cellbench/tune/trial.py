"""A recipe tried on a fold.

Shape letters: E epochs, R replicates, N samples, O outputs.
"""

from functools import partial

import numpy as np

from cellbench.config.params import Experiment
from cellbench.continuation import network_forecasts
from cellbench.data.dataset import Dataset
from cellbench.learning.engines import choose_engine
from cellbench.learning.learner import Learner
from cellbench.learning.trainer import fit
from cellbench.network import Shape, build_network, initial_weights
from cellbench.streams import stream
from cellbench.tune.search import Tried


def try_recipe(name: str, experiment: Experiment, fold: Dataset) -> Tried:
    """Train the replicates of an experiment, whose recipe is to be tried, before a fold, and forecast the fold.

    Raises:
        InputError: the recipe does not fit the data.
    """
    place = f"search.spaces.{experiment.dataset}"  # what the data suggest fits them
    view = fold.view(experiment, place)
    learned = fold.samples(fold.origins("train", window=experiment.window or 1), view, place)
    held_out = fold.samples(fold.origins("validation"), view, place)
    _, timesteps, features = learned.x.shape
    shape = Shape(timesteps, features, experiment.units, fold.card.outputs, experiment.skip == "linear")
    draw = partial(stream, *experiment.seeded_by, "search")  # other weights than those of the training that follows
    weights = initial_weights(experiment.cell, shape, [draw("weights", r) for r in range(experiment.replicates)])
    network = build_network(experiment.cell, weights, experiment.cell_options)
    engine, _ = choose_engine(name, experiment.engine, network, experiment.batch_size)
    errors: list[list[float]] = []

    def score(*_: object) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            squared = fold.validation_errors(network_forecasts(network, held_out))
        errors.append(np.where(np.isfinite(squared), squared, np.inf).tolist())

    learner = Learner(network, draw, name, experiment, engine, on_epoch=score)
    fit(learner, learned, experiment.epochs, silent=True)
    errors += [[np.inf] * experiment.replicates] * (experiment.epochs - len(errors))  # all diverged
    return Tried(errors, experiment.epochs * -(-len(learned.x) // experiment.batch_size))
