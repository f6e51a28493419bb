"""Training, on either engine: every replicate goes its own way, by the recipe alone."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import huber_loss, l1_loss, mse_loss

from cellbench.config.recipe import LossName, Recipe
from cellbench.data.dataset import Samples
from cellbench.data.scaling import Scaling
from cellbench.learning.engines import ENGINES, EngineName
from cellbench.learning.learner import Learner, adam
from cellbench.learning.losses import LOSSES
from cellbench.learning.trainer import fit
from cellbench.network import Network, Shape, build_network, initial_weights
from cellbench.streams import stream


def noise(name: str, samples: int) -> Samples:
    x, y = (stream(0, name, part).random((samples, *shape), np.float32) for part, shape in (("x", (3, 2)), ("y", (1,))))
    return Samples(x, y, y.astype(float), Scaling("none", np.zeros((samples, 1)), np.ones(samples)))


learned, held_out = noise("training", 50), noise("validation", 20)
x, y = torch.from_numpy(learned.x), torch.from_numpy(learned.y)
x_held, y_held = torch.from_numpy(held_out.x), torch.from_numpy(held_out.y)


def recipe(**changes: Any) -> Recipe:
    return Recipe.model_validate({"replicates": 1, "epochs": 1, "batch_size": 8, "learning_rate": 0.01} | changes)


RECIPE = recipe()
DRAW = partial(stream, 0, "e")


def in_turn(replicates: int, samples: int) -> Tensor:
    """The order in which the samples stand."""
    return torch.arange(samples).expand(replicates, -1)


def network(replicates: range, cell: str = "lstm") -> Network:
    return build_network(cell, initial_weights(cell, Shape(3, 2, 3, 1), [stream(0, "w", r) for r in replicates]), {})


def trained(
    engine: EngineName, replicates: range, epochs: int = 3, recipe: Recipe = RECIPE, validation: Samples | None = None
) -> tuple[Learner, NDArray[np.float32]]:
    learner = Learner(network(replicates), DRAW, "e", recipe, engine, validation)
    fit(learner, learned, epochs)
    return learner, np.stack(learner.train_loss)


def test_a_replicate_alone_trains_as_it_does_among_ten(engine: EngineName) -> None:
    alone, alone_losses = trained(engine, range(1))
    among, among_losses = trained(engine, range(10))
    np.testing.assert_allclose(alone_losses[:, 0], among_losses[:, 0], rtol=1e-5)
    for name, weight in alone.network.state_dict().items():
        torch.testing.assert_close(weight[0], among.network.state_dict()[name][0], atol=1e-5, rtol=1e-4)


def test_training_twice_gives_the_same_bits(engine: EngineName) -> None:
    (first, first_losses), (second, second_losses) = trained(engine, range(2)), trained(engine, range(2))
    np.testing.assert_array_equal(first_losses, second_losses)
    for name, weight in first.network.state_dict().items():
        assert torch.equal(weight, second.network.state_dict()[name])


def test_the_order_is_new_in_every_epoch_and_replicate_and_needs_no_other() -> None:
    learner = Learner(network(range(3)), DRAW, "e", RECIPE, "torch")
    orders = torch.stack([learner.epoch_order(epoch, 50) for epoch in range(4)]).reshape(12, 50)
    assert torch.equal(orders.sort().values, torch.arange(50).expand(12, 50))
    assert len({tuple(order.tolist()) for order in orders}) == 12
    fewer = Learner(network(range(1)), DRAW, "e", RECIPE, "torch")
    assert torch.equal(fewer.epoch_order(3, 50), learner.epoch_order(3, 50)[:1])


@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
def test_a_block_is_the_plain_loop_over_mini_batches(engine: EngineName, weight_decay: float) -> None:
    """Against torch's textbook loop, one replicate at a time, the last batch smaller and weighted by its length."""
    together = network(range(2))
    optimizer = adam(together, 0.01, weight_decay)
    losses = ENGINES[engine](together, optimizer, x, y, in_turn(2, 50), 16)
    for r in range(2):
        alone = network(range(r, r + 1))
        plain = torch.optim.AdamW(alone.parameters(), lr=0.01, eps=1e-7, weight_decay=weight_decay)
        total = 0.0
        for start in range(0, 50, 16):
            batch = slice(start, start + 16)
            loss = mse_loss(alone(x[None, batch])[0], y[batch])
            plain.zero_grad()
            loss.backward()
            plain.step()
            total += loss.item() * len(y[batch])
        np.testing.assert_allclose(losses[r], total / 50, rtol=1e-5)
        for name, weight in alone.state_dict().items():
            torch.testing.assert_close(together.state_dict()[name][r], weight[0], atol=1e-6, rtol=1e-5)


def test_a_weight_without_a_gradient_decays_and_that_is_all() -> None:
    """Decay taken off the weights shrinks them by 1 - 0.1 × 0.5 a step; in the gradient, Adam would rescale it."""
    model = network(range(2))
    before = model.readout["W"].detach().clone()
    optimizer = adam(model, 0.1, weight_decay=0.5)
    for _ in range(3):
        model.readout["W"].grad = torch.zeros_like(before)
        optimizer.step()
    torch.testing.assert_close(model.readout["W"].detach(), before * 0.95**3)


def test_without_weight_decay_it_is_adam_to_the_last_bit(engine: EngineName) -> None:
    ours, plain = network(range(2)), network(range(2))
    for model, optimizer in (
        (ours, adam(ours, 0.01)),
        (plain, torch.optim.Adam(plain.parameters(), lr=0.01, eps=1e-7, fused=True)),
    ):
        ENGINES[engine](model, optimizer, x, y, in_turn(2, 50), 8)
    for name, weight in plain.state_dict().items():
        assert torch.equal(weight, ours.state_dict()[name])


def test_a_learner_trains_by_its_recipe(engine: EngineName) -> None:
    """Its first epoch is a block in the order of that epoch, with the recipe's batch size, rate and weight decay."""
    learner, _ = trained(engine, range(2), 1, recipe(batch_size=16, learning_rate=0.02, weight_decay=0.3))
    block = network(range(2))
    order = learner.epoch_order(0, 50)
    losses = ENGINES[engine](block, adam(block, 0.02, 0.3), x, y, order, 16)
    np.testing.assert_array_equal(learner.train_loss, [losses])
    for name, weight in block.state_dict().items():
        assert torch.equal(weight, learner.network.state_dict()[name])


def test_one_output_meets_every_target(engine: EngineName) -> None:
    """The mean over the targets is the best single answer: the loss is its error plus their spread."""
    wide = torch.from_numpy(stream(0, "wide").random((50, 11), np.float32))
    model = network(range(1), "elman")
    with torch.no_grad():
        outputs = model(x[None])
    loss = ENGINES[engine](model, adam(model, 0.0), x, wide, in_turn(1, 50), 50)
    expected = (outputs - wide.mean(1, keepdim=True)).square().mean() + wide.var(1, unbiased=False).mean()
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize(("loss", "torchs"), [("mse", mse_loss), ("mae", l1_loss), ("huber", huber_loss)])
def test_a_block_minimises_the_loss_that_torch_has_under_its_name(
    engine: EngineName, loss: LossName, torchs: Callable[[Tensor, Tensor], Tensor]
) -> None:
    """Targets of up to 4 are beyond 1, where Huber's loss changes its form. The steps follow torch's own gradients."""
    far, model, reference = 4 * y, network(range(1)), network(range(1))
    losses = ENGINES[engine](model, adam(model, 0.01), x, far, in_turn(1, 50), 10, LOSSES[loss])
    optimizer, epoch = adam(reference, 0.01), 0.0
    for members in torch.arange(50).split(10):
        value = torchs(reference(x[members][None])[0], far[members])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        epoch += value.item() / 5
    assert losses.item() == pytest.approx(epoch, rel=1e-5)
    for name, weight in reference.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], weight, atol=1e-5, rtol=1e-4)


def test_a_validation_loss_is_the_loss_of_the_recipe(engine: EngineName) -> None:
    learner, _ = trained(engine, range(1), 1, recipe(loss="mae"), held_out)
    assert learner.val_loss[0] == pytest.approx(l1_loss(learner.network(x_held[None])[0], y_held).item())


def test_a_learning_rate_falls_along_the_cosine_that_torch_has(engine: EngineName) -> None:
    epochs, rates = 7, []
    learner = Learner(network(range(1)), DRAW, "e", recipe(epochs=epochs, schedule="cosine"), engine)
    learner.on_epoch = lambda *_: rates.append(learner.optimizers().param_groups[0]["lr"])
    fit(learner, learned, epochs)
    optimizer = torch.optim.SGD(network(range(1)).parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    expected = []
    for _ in range(epochs):
        expected.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx(expected)
    assert rates[0] == 0.01


EAGER = recipe(learning_rate=0.1)


def test_validation_watches_each_replicate_and_leaves_the_training_as_it_is(engine: EngineName) -> None:
    watched, losses = trained(engine, range(3), 4, EAGER, held_out)
    np.testing.assert_array_equal(losses, trained(engine, range(3), 4, EAGER)[1])
    for epoch in (1, 4):
        weights = trained(engine, range(3), epoch, EAGER)[0].network.state_dict()
        for r in range(3):
            alone = build_network("lstm", {name: weight[[r]] for name, weight in weights.items()}, {})
            expected = mse_loss(alone(x_held[None])[0], y_held).item()
            assert watched.val_loss[epoch - 1][r] == pytest.approx(expected, rel=1e-5)


def test_each_replicate_keeps_the_weights_of_its_own_best_epoch(engine: EngineName) -> None:
    learner, _ = trained(engine, range(3), 12, EAGER, held_out)
    epochs = 1 + np.argmin(learner.val_loss, axis=0)
    assert learner.best.epoch.tolist() == epochs.tolist()
    assert len({*epochs.tolist(), 12}) >= 3  # or the test would show little
    for r, epoch in enumerate(epochs.tolist()):
        there = trained(engine, range(3), epoch, EAGER)[0].network.state_dict()
        for name, weight in there.items():
            assert torch.equal(learner.best.network.state_dict()[name][r], weight[r])


def test_training_ends_once_every_replicate_has_stopped(engine: EngineName) -> None:
    patient = recipe(learning_rate=0.1, patience=2)
    learner, _ = trained(engine, range(3), 60, patient, held_out)
    assert len(learner.train_loss) == len(learner.val_loss) == int(learner.best.epoch.max()) + 2 < 60


def test_with_patience_a_replicate_becomes_what_it_becomes_alone(engine: EngineName) -> None:
    patient = recipe(learning_rate=0.1, patience=2)
    among, _ = trained(engine, range(10), 60, patient, held_out)
    for r in range(2):
        alone = Learner(network(range(r, r + 1)), DRAW, "e", patient, engine, held_out)
        alone.epoch_order = lambda epoch, samples, r=r: among.epoch_order(epoch, samples)[[r]]  # type: ignore[method-assign]
        fit(alone, learned, 60)
        assert len(alone.val_loss) < len(among.val_loss)  # the others continue
        assert alone.best.epoch[0] == among.best.epoch[r]
        for name, weight in alone.best.network.state_dict().items():
            torch.testing.assert_close(weight[0], among.best.network.state_dict()[name][r], atol=1e-5, rtol=1e-4)


def test_a_replicate_diverges_until_its_patience_has_stopped_it_and_not_later(engine: EngineName) -> None:
    learner = Learner(network(range(4)), DRAW, "e", recipe(learning_rate=0.1, patience=2), engine, held_out)

    def spoil(epoch: int, _: Any) -> None:
        spoilt = learner.best.stopped(epoch - 1)  # in this epoch another one continued
        spoilt[3] |= epoch == 1
        for weight in learner.network.parameters():
            weight.data[spoilt] = torch.nan

    learner.on_epoch = spoil
    fit(learner, learned, 60)
    assert np.isnan(learner.val_loss[-1][:3]).any()
    assert learner.diverged == {3: 2}
