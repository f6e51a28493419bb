"""A training as an experiment asks for it, against fits run by hand."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from cellbench import InputError
from cellbench.cells.contract import Weights
from cellbench.config.sources import Noise
from cellbench.data.dataset import Samples
from cellbench.learning import trainer
from cellbench.learning.learner import Learner
from cellbench.learning.trainer import fit
from cellbench.network import Shape, build_network, initial_weights, network_outputs
from cellbench.prepare.noise import make_noise
from cellbench.streams import stream
from cellbench.train.experiment import train_experiment, validation_residuals
from cuts import Cut, cut
from toy import SERIES, assert_same, experiment, toy, trained

DRAW = partial(stream, 7, "toy", "gru")


def by_hand(part: Samples, validation: Samples | None = None, epochs: int = 10) -> Learner:
    """The same first weights and recipe, fitted to some samples."""

    weights = initial_weights("gru", Shape(3, 1, 2, 2, skip=True), [DRAW("weights", r) for r in range(3)])
    learner = Learner(build_network("gru", weights, {}), DRAW, "e", experiment(), "native", validation)
    fit(learner, part, epochs)
    return learner


def seen(transform: str = "none", scaling: str = "train") -> Cut:
    """The toy as its experiment sees it."""
    return cut(toy(), 3, transform, scaling)


def test_select_last_trains_on_everything_and_is_calibrated_by_a_training_that_did_not() -> None:
    parts = seen()
    learning, validation = parts.learning, parts.validation
    assert len(learning.y) + len(validation.y) < len(parts.train.y)  # some samples reach from one into the other
    found, whole, held_out = trained(toy()), by_hand(parts.train), by_hand(learning, validation)
    assert_same(found.weights["final"], whole.network.state_dict())
    np.testing.assert_array_equal(found.losses["train_loss"], whole.train_loss)
    np.testing.assert_array_equal(found.losses["val_loss"], held_out.val_loss)
    np.testing.assert_array_equal(found.residuals, validation_residuals(held_out.network, *parts[:2], "e"))
    assert not np.array_equal(found.residuals, validation_residuals(whole.network, *parts[:2], "e"), equal_nan=True)
    forecasts = validation.scaling.to_units(network_outputs(held_out.network, validation.x))
    errors = [np.square(forecasts[r] - validation.truth).mean() for r in range(3)]
    assert found.card.val_error == pytest.approx(errors, rel=1e-6)
    assert found.card.best_epochs == [10, 10, 10]


def test_residuals_go_on_beyond_the_horizon_from_the_ensembles_own_forecasts() -> None:
    """A network that adds nothing to the last value is off by the change since then, here divided by the deviation."""
    weights = initial_weights("gru", Shape(3, 1, 2, 2), [DRAW("weights", r) for r in range(3)])
    nothing = build_network("gru", {name: torch.zeros_like(weight) for name, weight in weights.items()}, {})
    parts = seen(scaling="last")
    found = validation_residuals(nothing, *parts[:2], "e")
    origins = range(69, 83)  # the last rows before two of the validation part, which are 71 to 85
    (scale,) = parts.view.scaling.target_deviation
    expected = [[(SERIES[o + h] - SERIES[o]) / scale if o + h < 85 else np.nan for h in range(1, 13)] for o in origins]
    assert found == pytest.approx(np.array(expected), abs=1e-5, nan_ok=True)


def test_where_the_continued_forecasts_grow_beyond_all_bounds_the_residuals_are_infinite() -> None:
    """A skip that multiplies the last value by a million, step by step, in single precision."""
    weights = initial_weights("gru", Shape(3, 1, 2, 2, skip=True), [DRAW("weights", r) for r in range(3)])
    weights = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    weights["skip.W"][:, 2] = 1e20
    parts = seen()
    found = validation_residuals(build_network("gru", weights, {}), *parts[:2], "e")
    assert np.isfinite(found[:, :2]).all()
    assert np.isinf(found[0, 4:]).all()
    assert np.isnan(found[-1, 2:]).all()  # after the validation part


def test_select_best_keeps_each_replicates_best_epoch_of_the_training_without_the_validation_part() -> None:
    parts = seen()
    found, held_out = trained(toy(), select="best"), by_hand(parts.learning, parts.validation)
    assert_same(found.weights["final"], held_out.best.network.state_dict())
    np.testing.assert_array_equal(found.losses["train_loss"], held_out.train_loss)
    np.testing.assert_array_equal(found.losses["val_loss"], held_out.val_loss)
    best = 1 + np.argmin(found.losses["val_loss"], axis=0)
    assert found.card.best_epochs == best.tolist()
    assert min(best) < 10  # or best and last would be one
    network = build_network("gru", held_out.best.network.state_dict(), {})
    np.testing.assert_array_equal(found.residuals, validation_residuals(network, *parts[:2], "e"))


def test_with_select_best_the_validation_targets_only_choose() -> None:
    before, changed = trained(toy(), select="best"), toy()
    changed.rows.loc[changed.until("train", "validation").sum() - 1, "value"] += 100
    after = trained(changed, select="best")
    np.testing.assert_array_equal(before.losses["train_loss"], after.losses["train_loss"])
    assert np.all(np.not_equal(before.losses["val_loss"], after.losses["val_loss"]))
    assert_same(before.weights["initial"], after.weights["initial"])


def test_patience_shortens_the_training() -> None:
    found = trained(toy(), select="best", patience=1, epochs=200)
    assert len(found.losses["train_loss"]) == len(found.losses["val_loss"]) == max(found.card.best_epochs) + 1 < 200


def test_the_first_weights_are_those_before_training() -> None:
    weights = initial_weights("gru", Shape(3, 1, 2, 2, skip=True), [DRAW("weights", r) for r in range(3)])
    assert_same(trained(toy(), epochs=1).weights["initial"], weights)


def test_noise_is_trained_once_and_leaves_no_residuals() -> None:
    source = Noise(source="noise", samples=20, test_samples=2, predict_samples=2, timesteps=3, features=1)
    found = trained(make_noise(source, 0, "noise"), window=None, scaling=None)
    assert found.losses.keys() == {"train_loss"}
    assert found.residuals.shape == (0, 1)
    assert found.card.best_epochs == [10, 10, 10]


def diverges(monkeypatch: pytest.MonkeyPatch, *replicates: int) -> None:
    """Give these replicates first weights with which their loss is infinite from the first epoch on."""

    def spoilt(*given: Any) -> Any:
        weights = initial_weights(*given)
        weights["readout.W"][list(replicates)] = 1e30
        return weights

    monkeypatch.setattr("cellbench.train.experiment.initial_weights", spoilt)


@pytest.mark.parametrize("select", ["last", "best"])
@pytest.mark.parametrize("engine", ["native", "torch"])
def test_a_replicate_that_diverges_is_left_out_and_changes_nothing_for_the_others(
    monkeypatch: pytest.MonkeyPatch, select: str, engine: str
) -> None:
    dataset = toy()
    whole = trained(dataset, select=select, engine=engine)
    diverges(monkeypatch, 1)
    found = trained(dataset, select=select, engine=engine)
    assert found.summary.endswith("; replicate 1 diverged in epoch 1 and is left out")
    assert (found.card.members, found.card.diverged) == ([0, 2], {1: 1})
    assert found.card.best_epochs == [whole.card.best_epochs[r] for r in (0, 2)]
    for state in ("initial", "final"):
        others = {name: weight[[0, 2]] for name, weight in whole.weights[state].items()}
        assert_same(found.weights[state], others)
    for name, losses in whole.losses.items():
        np.testing.assert_array_equal(np.array(found.losses[name])[:, [0, 2]], np.array(losses)[:, [0, 2]])
        assert not np.isfinite(np.array(found.losses[name])[:, 1]).any()
    if select == "best":  # the network whose residuals they are, is the one that is kept
        two = build_network("gru", found.weights["final"], {})
        np.testing.assert_array_equal(found.residuals, validation_residuals(two, *seen()[:2], "e"))
    assert np.isfinite(found.residuals[:, :2]).all()


@pytest.mark.parametrize("select", ["last", "best"])
def test_if_all_diverge_the_training_stops_and_names_the_key_to_change(
    select: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "LINES", 0.0)
    with pytest.raises(InputError) as raised:
        trained(toy(), select=select, learning_rate=1e38, epochs=100)
    assert str(raised.value) == (
        "e: all 3 replicates diverged, the first in epoch 1: losses or weights are not finite; "
        "try a smaller experiments.e.learning_rate than 1e+38"
    )
    said = capsys.readouterr().err
    assert "e: epoch 1/100, " in said
    assert "epoch 100/100" not in said


TRANSFORMS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sqrt": (np.sqrt, lambda root: max(root, 0) ** 2),
    "log": (np.log, np.exp),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_residuals_by_hand(transform: str) -> None:
    """Back to units, the mean of the replicates there, and forth again: all on the scale of each sample's window."""
    forth, back = TRANSFORMS[transform]
    found = trained(toy(), select="best", epochs=2, transform=transform, scaling="window")
    networks = [
        build_network("gru", {name: weight[[r]] for name, weight in found.weights["final"].items()}, {})
        for r in range(3)
    ]
    first, *others = toy().origins("validation")
    for n in range(1 + len(others)):
        row = first + n
        window = forth(SERIES[row - 2 : row + 1])
        shift, scale = window.mean(), window.std()
        x = torch.tensor((window - shift) / scale, dtype=torch.float32).view(1, 1, 3, 1)
        for step in range(2):
            forecast = np.mean([back(float(network(x).detach()[0, 0, step]) * scale + shift) for network in networks])
            expected = (forth(SERIES[row + 1 + step]) - forth(forecast)) / scale
            assert float(found.residuals[n, step]) == pytest.approx(expected, abs=1e-4)


def test_dataset_and_cell_seed_a_training_not_its_name_or_recipe() -> None:
    dataset = toy()

    def first(name: str = "e", **changes: Any) -> Weights:
        return train_experiment(name, experiment(**changes), dataset).weights["initial"]

    renamed = train_experiment("renamed", experiment(), dataset)
    assert renamed.card == trained(dataset).card
    assert_same(renamed.weights["final"], trained(dataset).weights["final"])
    assert_same(first(), first(learning_rate=0.2, epochs=1))
    for changes in ({"seed": 8}, {"dataset": "other"}):
        assert not torch.equal(first()["cell.W"], first(**changes)["cell.W"])
    other = first(cell="gru_reset_after")["readout.W"]  # of the same shape
    assert not torch.equal(first()["readout.W"], other)
