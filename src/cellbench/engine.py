"""How a block of mini-batches is run: for each, loss, gradient and step, for all replicates at once.

Shape letters: R replicates, N samples of the block, B of a mini-batch, T timesteps, F features, O outputs, Y targets.
"""

import torch
from torch import Tensor
from torch.nn.functional import mse_loss
from torch.optim import Optimizer

from cellbench.network import Network


def run_block(network: Network, optimizer: Optimizer, x: Tensor, y: Tensor, batch_size: int) -> Tensor:
    """Train on consecutive mini-batches of inputs `(R, N, T, F)` and targets `(R, N, Y)`; the last may be smaller.

    The loss is the mean squared error. One output (O = 1) meets each of Y targets, as in the notebook's Elman network.

    Returns:
        The loss of each replicate `(R,)`, averaged over the samples as it was before each step: Keras's epoch loss.
    """
    # The mean is also over the replicates. They share no weight, so R times its gradient is the gradient of each.
    scale = torch.tensor(float(network.replicates))
    errors = []
    for x_batch, y_batch in zip(x.split(batch_size, dim=1), y.split(batch_size, dim=1), strict=True):
        outputs = network(x_batch).expand_as(y_batch)
        optimizer.zero_grad()
        mse_loss(outputs, y_batch).backward(scale)
        optimizer.step()
        errors.append(outputs.detach() - y_batch)
    return torch.cat(errors, dim=1).square().mean(dim=(1, 2))
