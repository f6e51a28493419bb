"""A recipe tried on a fold, against trainings by hand."""

from typing import Any

import numpy as np

from cellbench.config.params import Experiment
from cellbench.data.dataset import Dataset
from cellbench.data.scaling import single
from cellbench.learning.learner import Learner
from cellbench.learning.trainer import fit
from cellbench.network import Shape, build_network, initial_weights, network_outputs
from cellbench.streams import stream
from cellbench.tune.folds import folds, training_part
from cellbench.tune.trial import try_recipe
from cuts import rows, series

VALUES = 20 + np.random.default_rng(1).normal(size=80).cumsum()


def experiment(**changes: Any) -> Experiment:
    recipe = {"window": 3, "scaling": "mean", "units": 2, "replicates": 2, "epochs": 5, "batch_size": 8}
    return Experiment(dataset="own", cell="gru", learning_rate=0.05, **recipe, **changes)


def fold() -> Dataset:
    return folds(training_part(rows(series(VALUES), {"train": 60, "validation": 70, "test": 80}, horizon=2)))[1]


def test_a_trial_is_the_error_by_epoch_of_networks_trained_before_the_fold() -> None:
    """Against as many trainings of their own length, which differ in nothing else at a constant rate."""
    part = fold()
    tried = try_recipe("e", experiment(), part)
    view = part.view(experiment(), "e")
    learned, held_out = (part.samples(part.origins(period, window=3), view, "e") for period in ("train", "validation"))

    def draw(*names: Any) -> np.random.Generator:
        return stream(0, "own", "gru", "search", *names)

    for epoch in (1, 3, 5):
        weights = initial_weights("gru", Shape(3, 1, 2, 2), [draw("weights", r) for r in range(2)])
        learner = Learner(build_network("gru", weights, {}), draw, "e", experiment(), "native")
        fit(learner, learned, epoch, silent=True)
        forecasts = single(held_out.scaling.to_units(network_outputs(learner.network, held_out.x)))
        expected = ((forecasts - held_out.truth) ** 2).mean(axis=(1, 2))
        assert tried.errors[epoch - 1] == expected.tolist()
    assert len(tried.errors) == 5
    assert tried.steps == 5 * -(-len(learned.x) // 8)


def test_a_trial_that_diverges_has_infinite_errors_from_then_on() -> None:
    errors = np.array(try_recipe("e", experiment(weight_decay=1e30), fold()).errors)
    assert errors.shape == (5, 2)
    assert np.isinf(errors).all()
