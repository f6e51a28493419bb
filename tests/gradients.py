"""The gradients of the compiled engine beside those of autograd."""

from torch import Tensor
from torch.nn.functional import mse_loss

from cellbench.learning.learner import adam
from cellbench.learning.native.native_engine import run_block
from cellbench.network import Network


def first_gradients(
    network: Network, double: Network, x: Tensor, y: Tensor, order: Tensor
) -> dict[str, tuple[Tensor, Tensor | None]]:
    """Of each weight, ours and autograd's, on all samples as one mini-batch.

    After the first mini-batch Adam's running mean is a tenth of the gradient.

    Args:
        double: the same network in double precision, for autograd, which has None for a weight that nothing uses.
    """
    for r, members in enumerate(order):
        answers = double(x.double()[order])[r]
        mse_loss(answers.expand(-1, y.shape[1]), y.double()[members]).backward()
    optimizer = adam(network, 0.01)
    run_block(network, optimizer, x, y, order, order.shape[1])
    true = {name: weight.grad for name, weight in double.named_parameters()}
    ours = {name: 10 * optimizer.state[weight]["exp_avg"].double() for name, weight in network.named_parameters()}
    return {name: (gradient, true[name]) for name, gradient in ours.items()}
