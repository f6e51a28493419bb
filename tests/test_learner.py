"""Training: every replicate goes its own way, by the recipe alone."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import mse_loss

from cellbench.engine import run_block
from cellbench.learner import Learner, adam, whole_split
from cellbench.network import Network, build_network, initial_weights
from cellbench.streams import stream
from train import make_trainer

x = stream(0, "x").random((50, 3, 2), np.float32)
y = stream(0, "y").random((50, 1), np.float32)


def network(replicates: range, cell: str = "lstm") -> Network:
    return build_network(cell, initial_weights(cell, 2, 3, 1, [stream(0, "w", r) for r in replicates]), {})


def trained(replicates: range, epochs: int = 3) -> tuple[Learner, NDArray[np.float32]]:
    learner = Learner(network(replicates), seed=0, experiment="e", batch_size=8, learning_rate=0.01)
    make_trainer(epochs).fit(learner, whole_split(x, y))
    return learner, np.stack(learner.history)


def test_a_replicate_alone_trains_as_it_does_among_ten() -> None:
    alone, alone_losses = trained(range(1))
    among, among_losses = trained(range(10))
    np.testing.assert_allclose(alone_losses[:, 0], among_losses[:, 0], rtol=1e-5)
    for name, weight in alone.network.state_dict().items():
        torch.testing.assert_close(weight[0], among.network.state_dict()[name][0], atol=1e-5, rtol=1e-4)


def test_training_twice_gives_the_same_bits() -> None:
    (first, first_losses), (second, second_losses) = trained(range(2)), trained(range(2))
    np.testing.assert_array_equal(first_losses, second_losses)
    for name, weight in first.network.state_dict().items():
        assert torch.equal(weight, second.network.state_dict()[name])


def test_the_order_is_new_in_every_epoch_and_replicate_and_needs_no_other() -> None:
    learner = Learner(network(range(3)), seed=0, experiment="e", batch_size=8, learning_rate=0.01)
    orders = torch.stack([learner.epoch_order(epoch, 50) for epoch in range(4)]).reshape(12, 50)
    assert torch.equal(orders.sort().values, torch.arange(50).expand(12, 50))
    assert len({tuple(order.tolist()) for order in orders}) == 12
    fewer = Learner(network(range(1)), seed=0, experiment="e", batch_size=8, learning_rate=0.01)
    assert torch.equal(fewer.epoch_order(3, 50), learner.epoch_order(3, 50)[:1])


def test_a_block_is_the_plain_loop_over_mini_batches() -> None:
    """Against torch's textbook loop, one replicate at a time, the last batch smaller and weighted by its length."""
    inputs, targets = torch.from_numpy(x)[None].expand(2, -1, -1, -1), torch.from_numpy(y)[None].expand(2, -1, -1)
    together = network(range(2))
    losses = run_block(together, adam(together, 0.01), inputs, targets, batch_size=16)
    for r in range(2):
        alone = network(range(r, r + 1))
        optimizer = torch.optim.Adam(alone.parameters(), lr=0.01, eps=1e-7)
        total = 0.0
        for start in range(0, 50, 16):
            batch = slice(start, start + 16)
            loss = mse_loss(alone(inputs[:1, batch]), targets[:1, batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(targets[0, batch])
        np.testing.assert_allclose(losses[r], total / 50, rtol=1e-5)
        for name, weight in alone.state_dict().items():
            torch.testing.assert_close(together.state_dict()[name][r], weight[0], atol=1e-6, rtol=1e-5)


def test_one_output_meets_every_target() -> None:
    """The mean over the targets is the best single answer: the loss is its error plus their spread."""
    wide = torch.from_numpy(stream(0, "wide").random((1, 50, 11), np.float32))
    model = network(range(1), "elman")
    with torch.no_grad():
        outputs = model(torch.from_numpy(x)[None])
    loss = run_block(model, adam(model, 0.0), torch.from_numpy(x)[None], wide, batch_size=50)
    expected = (outputs - wide.mean(2, keepdim=True)).square().mean() + wide.var(2, unbiased=False).mean()
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
