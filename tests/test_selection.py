"""Which epoch a replicate keeps: made-up validation losses, weights that tell their epoch."""

import pytest
import torch

from cellbench.learning.learner import Best
from cellbench.network import Network, Shape, build_network, initial_weights
from cellbench.streams import stream

INF, NAN = float("inf"), float("nan")


@pytest.fixture
def network() -> Network:
    return build_network("gru", initial_weights("gru", Shape(2, 1, 2, 1), [stream(0, r) for r in range(3)]), {})


def fed(network: Network, patience: float, *losses: list[float]) -> Best:
    """What is kept after epochs with these losses `(R,)`, at whose end every weight is the epoch's number."""
    best = Best(network, patience)
    for epoch, of_replicates in enumerate(losses, start=1):
        with torch.no_grad():
            for weight in network.parameters():
                weight.fill_(epoch)
        best.update(network, torch.tensor(of_replicates), epoch)
    for name, weight in network.named_parameters():
        assert best.network.state_dict()[name].shape == weight.shape
        kept = best.epoch.view(-1, *[1] * (weight.dim() - 1)).expand_as(weight)
        assert torch.equal(best.network.state_dict()[name][best.epoch > 0], kept[best.epoch > 0].float())
    return best


def test_each_replicate_keeps_its_lowest_loss_and_of_equal_ones_the_first(network: Network) -> None:
    best = fed(network, INF, [5, 5, 5], [4, 6, 5], [3, 7, 5], [4, 1, 6])
    assert best.epoch.tolist() == [3, 4, 1]
    assert best.loss.tolist() == [3, 1, 5]
    assert not best.stopped(4).any()


def test_who_has_not_improved_for_so_many_epochs_takes_no_later_one(network: Network) -> None:
    """With patience 2 the second and third stop at the end of epoch 3, and epoch 4 is no longer theirs."""
    losses: list[list[float]] = [[5, 5, 5], [4, 6, 5], [3, 6, 5], [4, 1, 1], [4, 1, 1]]
    assert fed(network, 2, *losses[:2]).epoch.tolist() == [2, 1, 1]
    going = fed(network, 2, *losses[:4])
    assert going.epoch.tolist() == [3, 1, 1]
    assert going.stopped(4).tolist() == [False, True, True]
    assert fed(network, 2, *losses).stopped(5).all()


def test_the_last_epoch_of_its_patience_still_counts(network: Network) -> None:
    best = fed(network, 3, [5, 5, 5], [6, 6, 6], [6, 4, 6], [4, 6, 6])
    assert best.epoch.tolist() == [4, 3, 1]
    assert best.stopped(4).tolist() == [False, False, True]


def test_a_loss_that_is_no_number_is_never_the_best(network: Network) -> None:
    best = fed(network, INF, [NAN, 3, INF], [2, NAN, INF])
    assert best.epoch.tolist() == [2, 1, 0]
