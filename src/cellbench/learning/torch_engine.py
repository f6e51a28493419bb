"""The engine in torch: for each mini-batch error, gradient and step, one call of torch after the other.

Shape letters: R replicates, N samples, B of a mini-batch, T timesteps, F features, O outputs, Y targets.
"""

import torch
from torch import Tensor
from torch.optim import Optimizer

from cellbench.learning.losses import MSE, Loss
from cellbench.network import Network


def run_block(
    network: Network, optimizer: Optimizer, x: Tensor, y: Tensor, order: Tensor, batch_size: int, loss: Loss = MSE
) -> Tensor:
    """Train on consecutive mini-batches of inputs `(N, T, F)` and targets `(N, Y)`; the last may be smaller.

    Replicate r goes through the samples in the order of `order[r]`, `(R, N)`. Its loss is the mean over the B · Y
    targets of a mini-batch. One output (O = 1) meets each of Y targets, as in the notebook's Elman network.

    Returns:
        The loss of each replicate `(R,)`, averaged over the samples as it was before each step: Keras's epoch loss.
    """
    weights = list(network.parameters())
    errors = []
    for members in order.split(batch_size, dim=1):
        outputs = network(x[members])
        error = outputs.detach() - y[members]
        _, batch, targets = error.shape
        # The gradient of the loss at the outputs without autograd: at a batch of one that saves a tenth of the step.
        gradient = loss.limited(error).sum_to_size(outputs.shape) * (loss.slope / (batch * targets))
        for weight in weights:
            weight.grad = None
        outputs.backward(gradient)
        optimizer.step()
        errors.append(error)
    return loss.values(torch.cat(errors, dim=1)).mean(dim=(1, 2))
