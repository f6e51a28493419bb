"""How a block of mini-batches is run: for each, error, gradient and step, for all replicates at once.

Shape letters: R replicates, N samples of the block, B of a mini-batch, T timesteps, F features, O outputs, Y targets.
"""

import torch
from torch import Tensor
from torch.optim import Optimizer

from cellbench.network import Network


def run_block(network: Network, optimizer: Optimizer, x: Tensor, y: Tensor, batch_size: int) -> Tensor:
    """Train on consecutive mini-batches of inputs `(R, N, T, F)` and targets `(R, N, Y)`; the last may be smaller.

    The loss of a replicate is its mean squared error over the B · Y targets of a mini-batch. One output (O = 1) meets
    each of Y targets, as in the notebook's Elman network.

    Returns:
        The loss of each replicate `(R,)`, averaged over the samples as it was before each step: Keras's epoch loss.
    """
    weights = list(network.parameters())
    errors = []
    for x_batch, y_batch in zip(x.split(batch_size, dim=1), y.split(batch_size, dim=1), strict=True):
        outputs = network(x_batch)
        error = outputs.detach() - y_batch
        _, batch, targets = error.shape
        # The gradient of the loss at the outputs, by hand: at a batch of one it saves a tenth of the whole step.
        gradient = error.sum_to_size(outputs.shape) * (2 / (batch * targets))
        for weight in weights:
            weight.grad = None
        outputs.backward(gradient)
        optimizer.step()
        errors.append(error)
    return torch.cat(errors, dim=1).square().mean(dim=(1, 2))
