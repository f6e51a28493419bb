"""The compiled engine against torch: gradients, whole trainings, and what must not make a difference to it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cellbench.cells import CELLS as ALL
from cellbench.learning import torch_engine
from cellbench.learning.engines import choose_engine
from cellbench.learning.learner import adam
from cellbench.learning.losses import LOSSES
from cellbench.learning.native import native_engine as native
from cellbench.network import Network, Shape, build_network, initial_weights
from cellbench.streams import stream
from gradients import first_gradients


def network(cell: str, options: dict[str, str], shape: Shape, replicates: range) -> Network:
    """A network none of whose weights is zero."""
    weights = initial_weights(cell, shape, [stream(0, "w", r) for r in replicates])
    for name, weight in weights.items():
        for r, one in zip(replicates, weight, strict=True):
            one += torch.from_numpy(stream(0, name, r).normal(0, 0.3, one.shape).astype(np.float32))
    return build_network(cell, weights, options)


EVERY = [*((cell, dict[str, str]()) for cell in ALL), ("elman", {"activation": "sigmoid"})]
CELLS = [
    one for one in EVERY if choose_engine("", "auto", network(*one, Shape(2, 2, 3, 1), range(1)), 1)[0] == "native"
]
cells = pytest.mark.parametrize(("cell", "options"), CELLS, ids=lambda value: value if isinstance(value, str) else "")


def test_the_cells_of_the_notebook_have_a_compiled_form() -> None:
    assert {cell for cell, _ in CELLS} >= {"elman", "gru", "gru_reset_after", "lstm"}


def data(samples: int, shape: Shape, targets: int, replicates: range) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs, targets, and an order for each replicate."""
    random = stream(0, "data")
    x = random.normal(size=(samples, shape.timesteps, shape.features)).astype(np.float32)
    y = random.normal(size=(samples, targets)).astype(np.float32)
    order = np.stack([stream(0, "order", r).permutation(samples) for r in replicates])
    return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(order)


def assert_close(first: Network, second: Network, tolerance: float) -> None:
    for name, weight in first.state_dict().items():
        torch.testing.assert_close(weight, second.state_dict()[name], atol=tolerance, rtol=tolerance, msg=name)


@cells
@pytest.mark.parametrize(("outputs", "targets", "skip"), [(1, 1, False), (2, 2, True), (1, 3, True)])
def test_the_gradients_are_those_of_autograd(
    cell: str, options: dict[str, str], outputs: int, targets: int, skip: bool
) -> None:
    shape = Shape(timesteps=5, features=3, units=4, outputs=outputs, skip=skip)
    model = network(cell, options, shape, range(3))
    x, y, order = data(6, shape, targets, range(3))
    double = build_network(cell, {name: w.double() for name, w in model.state_dict().items()}, options)
    for name, (gradient, true) in first_gradients(model, double, x, y, order).items():
        assert true is not None
        assert float((gradient - true).abs().max()) < 1e-5 * float(true.abs().max()), name


@cells
def test_after_300_steps_both_engines_are_still_together(cell: str, options: dict[str, str]) -> None:
    shape = Shape(timesteps=6, features=2, units=4, outputs=1, skip=True)
    x, y, order = data(40, shape, 1, range(2))
    compiled, reference = (network(cell, options, shape, range(2)) for _ in range(2))
    optimizers = adam(compiled, 0.003, 0.1), adam(reference, 0.003, 0.1)
    for _ in range(60):  # epochs of five steps
        ours = native.run_block(compiled, optimizers[0], x, y, order, 8)
        theirs = torch_engine.run_block(reference, optimizers[1], x, y, order, 8)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=0)
    assert_close(compiled, reference, 1e-3)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_the_sizes_a_block_is_torchs(draw: Any) -> None:
    def between(low: int, high: int) -> int:
        return int(draw.draw(st.integers(low, high)))

    cell, options = draw.draw(st.sampled_from(CELLS))
    outputs, skip = between(1, 3), draw.draw(st.booleans())
    targets = between(1, 3) if outputs == 1 else outputs
    shape = Shape(between(1, 6), between(1, 4), between(1, 6), outputs, skip)
    replicates, samples, batch_size = range(between(1, 18)), between(1, 12), between(1, 14)
    decay, loss = draw.draw(st.sampled_from([0.0, 0.1])), LOSSES[draw.draw(st.sampled_from([*LOSSES]))]
    x, y, order = data(samples, shape, targets, replicates)
    compiled, reference = (network(cell, options, shape, replicates) for _ in range(2))
    ours = native.run_block(compiled, adam(compiled, 0.001, decay), x, y, order, batch_size, loss)
    theirs = torch_engine.run_block(reference, adam(reference, 0.001, decay), x, y, order, batch_size, loss)
    torch.testing.assert_close(ours, theirs, rtol=2e-5, atol=1e-6)
    assert_close(compiled, reference, 2e-4)  # Adam's first steps make signs of small gradients


def test_the_engines_can_take_turns() -> None:
    """Both leave the same state of the optimiser behind: what a checkpoint holds."""
    shape = Shape(timesteps=3, features=2, units=4, outputs=1)
    x, y, order = data(30, shape, 1, range(3))
    mixed, reference = (network("gru", {}, shape, range(3)) for _ in range(2))
    optimizer, plain = adam(mixed, 0.01, 0.1), adam(reference, 0.01, 0.1)
    for run_block in (native.run_block, torch_engine.run_block, native.run_block):
        run_block(mixed, optimizer, x, y, order, 7)
        torch_engine.run_block(reference, plain, x, y, order, 7)
    assert_close(mixed, reference, 1e-5)
    for ours, theirs in zip(mixed.parameters(), reference.parameters(), strict=True):
        assert float(optimizer.state[ours]["step"]) == float(plain.state[theirs]["step"]) == 15


def weights_after(replicates: range) -> dict[str, Tensor]:
    shape = Shape(timesteps=3, features=2, units=5, outputs=1)
    model = network("lstm", {}, shape, replicates)
    native.run_block(model, adam(model, 0.01), *data(50, shape, 1, replicates), 8)
    return model.state_dict()


def test_a_replicate_becomes_the_same_to_the_last_bit_alone_and_among_twenty() -> None:
    among = weights_after(range(20))
    for r in (0, 7, 8, 19):  # first and last of a register, and in the last one, which is not full
        for name, weight in weights_after(range(r, r + 1)).items():
            assert torch.equal(weight[0], among[name][r])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_makes_no_difference(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = weights_after(range(20))
    with ThreadPoolExecutor(threads) as pool:
        monkeypatch.setattr(native, "THREADS", pool)
        after = weights_after(range(20))
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())


def test_a_replicate_that_is_no_number_any_more_leaves_the_others_alone() -> None:
    shape = Shape(timesteps=3, features=2, units=4, outputs=1)
    sound, broken = (network("lstm", {}, shape, range(3)) for _ in range(2))
    with torch.no_grad():
        broken.cell.W[1] = torch.nan
    losses = native.run_block(broken, adam(broken, 0.01), *data(9, shape, 1, range(3)), 2)
    native.run_block(sound, adam(sound, 0.01), *data(9, shape, 1, range(3)), 2)
    assert losses.isfinite().tolist() == [True, False, True]
    for name, weight in sound.state_dict().items():
        assert torch.equal(weight[[0, 2]], broken.state_dict()[name][[0, 2]])
        assert not broken.state_dict()[name][1].isfinite().any()
