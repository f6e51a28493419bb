"""The same network, data, order and optimiser as Keras give Keras's numbers, on either engine."""

import numpy as np
import torch

from cellbench.learning.engines import ENGINES, EngineName
from cellbench.learning.learner import adam
from cellbench.network import build_network
from golden_cases import GoldenCase


def test_a_training_in_keras_is_repeated_number_by_number(golden_case: GoldenCase, engine: EngineName) -> None:
    arrays, index = golden_case.arrays, golden_case.index
    network = build_network(golden_case.cell, golden_case.weights("initial"), golden_case.cell_options)
    x, y, x_test = (torch.from_numpy(arrays[name]) for name in ("x", "y", "x_test"))

    with torch.inference_mode():
        np.testing.assert_allclose(network(x_test[None])[0], arrays["predictions_initial"], atol=1e-6, rtol=0)

    assert (index["optimizer"]["beta_1"], index["optimizer"]["beta_2"]) == (0.9, 0.999)
    assert index["optimizer"]["eps"] == 1e-7
    optimizer = adam(network, index["optimizer"]["lr"])
    run_block, in_turn = ENGINES[engine], torch.arange(len(x))[None]
    losses = [run_block(network, optimizer, x, y, in_turn, index["batch_size"]).item() for _ in range(index["epochs"])]
    np.testing.assert_allclose(losses, arrays["epoch_loss"], rtol=2e-4)

    final = golden_case.weights("final")
    for name, weight in network.state_dict().items():
        np.testing.assert_allclose(weight, final[name], atol=2e-3, rtol=0, err_msg=name)
    with torch.inference_mode():
        np.testing.assert_allclose(network(x_test[None])[0], arrays["predictions_final"], atol=1e-4, rtol=0)
