"""The compiled engine as the learner sees it: a block of mini-batches, for all replicates that fill the lanes at once.

Shape letters: R replicates, N samples, T timesteps, F features, Y targets.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor
from torch.optim import Optimizer

from cellbench.learning.losses import MSE, Loss
from cellbench.learning.native.block import Adam, train_block
from cellbench.learning.native.derivation import Step
from cellbench.learning.native.functions import Rows
from cellbench.learning.native.lanes import LANES
from cellbench.learning.native.layout import from_lanes, lanes_each, order_in_lanes, to_lanes, views, workspace_for
from cellbench.learning.native.step import step_of
from cellbench.network import Network

THREADS = ThreadPoolExecutor()
_compiled: set[Step] = set()
"""The steps that this process has run."""


def run_block(
    network: Network, optimizer: Optimizer, x: Tensor, y: Tensor, order: Tensor, batch_size: int, loss: Loss = MSE
) -> Tensor:
    """What `torch_engine.run_block` does, on the same tensors: weights, and what the optimiser keeps of them."""
    step = step_of(network.cell)
    named = dict(network.named_parameters())
    states = _adam_states([*named.values()], optimizer)
    kept = [*named.values(), *(state[name] for name in ("exp_avg", "exp_avg_sq") for state in states)]
    arrays = [tensor.detach().numpy() for tensor in kept]  # the same memory
    weights = dict(zip(named, arrays, strict=False))
    width = lanes_each(batch_size)
    groups = to_lanes(arrays, width)
    orders = order_in_lanes(order, batch_size, width)
    samples = [np.ascontiguousarray(part.numpy()) for part in (x, y)]
    (recipe,) = optimizer.param_groups
    rate, decay, (beta_1, beta_2), epsilon = (recipe[name] for name in ("lr", "weight_decay", "betas", "eps"))
    steps, single = int(states[0]["step"]), Loss(*np.array(loss, np.float32))  # as what lanes hold

    def run(rows: Rows, members: Any) -> Rows:
        w, mean, square = rows.reshape(3, -1, LANES)
        gradient = np.zeros_like(w)
        parts = views(weights, w), views(weights, gradient)
        adam = Adam(w, gradient, mean, square, steps, rate, decay, beta_1, beta_2, epsilon)
        sums = np.zeros((len(members), LANES), np.float32)
        work = workspace_for(step, network, x, y)
        train_block(step, *parts, adam, work, *samples, members, batch_size, width, single, sums)
        return sums

    # The first block of a step compiles it: one process at a time, since all keep it in the same files.
    lock = Path(train_block.stats.cache_path) / "lock"
    with nullcontext() if step in _compiled else FileLock(lock):
        sums = [*(map if len(orders) == 1 else THREADS.map)(run, groups, orders)]
    _compiled.add(step)
    from_lanes(groups, arrays, width)
    for state in states:
        state["step"] += len(sums[0])
    by_lane = np.concatenate(sums, axis=1).sum(axis=0, dtype=np.float64)
    losses = by_lane.reshape(-1, width).sum(axis=1) / y.numel()
    return torch.from_numpy(losses[: network.replicates].astype(np.float32))


def _adam_states(weights: list[Tensor], optimizer: Optimizer) -> list[dict[str, Tensor]]:
    """What torch's Adam keeps of each weight, begun as torch begins it where there is none yet."""
    for weight in weights:
        if not optimizer.state[weight]:
            zeros = {name: torch.zeros_like(weight) for name in ("exp_avg", "exp_avg_sq")}
            optimizer.state[weight] = {"step": torch.tensor(0.0), **zeros}
    return [optimizer.state[weight] for weight in weights]
