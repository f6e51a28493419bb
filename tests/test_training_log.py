"""What a training says of itself, and logs while it runs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from cellbench.learning import trainer
from cellbench.train.experiment import train_experiment
from toy import experiment, toy, trained


def test_the_summary_says_which_engine_ran_and_why() -> None:
    """A GRU of two units with one feature, in batches of eight: 8 × (1 + 2) × 6."""
    for engine, ran, why in (
        ("auto", "native", "144 multiply-adds per time step are few"),
        ("torch", "torch", "as asked"),
    ):
        found = trained(toy(), epochs=1, engine=engine)
        assert found.summary.startswith(f"3 replicates of {found.card.n_params} parameters, 1 epochs")
        assert found.summary.endswith(f"by the {ran} engine ({why})")
        assert found.card.engine == ran


@pytest.mark.parametrize("select", ["last", "best"])
def test_what_is_logged_while_it_trains_is_the_beginning_of_what_it_leaves(select: str) -> None:
    """Also where the training losses come from a second training, the validation losses from the first."""
    logged: dict[str, list[Any]] = {}

    def log(epoch: int, losses: Mapping[str, Any]) -> None:
        for name, values in losses.items():
            logged.setdefault(name, []).append(values)
            assert len(logged[name]) == epoch

    dataset = toy()
    found = train_experiment("e", experiment(select=select), dataset, log)
    assert logged.keys() == found.losses.keys()
    for name, losses in found.losses.items():
        np.testing.assert_array_equal(logged[name], losses)


def test_a_long_training_logs_the_losses_of_an_epoch_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = trained(toy(), select="best", epochs=2)
    assert capsys.readouterr() == ("", "")  # too short for a line
    monkeypatch.setattr(trainer, "LINES", 0.0)
    trained(toy(), select="best", epochs=2)
    lines = capsys.readouterr().err.splitlines()
    losses = zip(found.losses["train_loss"], found.losses["val_loss"], strict=True)
    assert lines == [
        f"e: epoch {epoch}/2, train_loss {train_loss.mean():.5f}, val_loss {val_loss.mean():.5f}"
        for epoch, (train_loss, val_loss) in enumerate(losses, 1)
    ]
