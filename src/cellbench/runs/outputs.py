"""What a training leaves behind in `runs/<dataset>/<experiment>/`: weights.safetensors, history.csv and model.json."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load, save

from cellbench import InputError
from cellbench.cells import cell_class
from cellbench.cells.contract import Weights
from cellbench.files import read_bytes, write_bytes, write_json
from cellbench.network import Network, build_network, with_prefix
from cellbench.project import rerun_command
from cellbench.runs.card import ModelCard, load_model_card

STATES = ("initial", "final")  # of the weights: before and after training
RESIDUALS = "validation.residuals"


def save_run(folder: Path, card: ModelCard, weights: dict[str, Weights], residuals: NDArray[np.float64]) -> None:
    """Write the card, the weights before and after training, and the ensemble's validation residuals.

    Args:
        residuals: `(N, H)`, target minus forecast as the network sees them; none where there is no validation part.
    """
    named = {f"{state}.{name}": w.detach().contiguous() for state in STATES for name, w in weights[state].items()}
    write_bytes(folder / "weights.safetensors", save(named | {RESIDUALS: torch.from_numpy(residuals).float()}))
    write_json(folder / "model.json", card.model_dump(mode="json"))


def load_weights(folder: Path) -> dict[str, Weights]:
    """The weights of a run, `initial` and `final`, each tensor `(R, ...)`.

    Raises:
        InputError: the file is missing or broken.
    """
    named = _load(folder)
    return {state: with_prefix(named, f"{state}.") for state in STATES}


def load_residuals(folder: Path) -> NDArray[np.float64]:
    """The ensemble's residuals on the validation part `(N, H)`, from weights that were not trained on it.

    Raises:
        InputError: the file is missing or broken.
    """
    return _load(folder)[RESIDUALS].double().numpy()


def load_network(folder: Path) -> Network:
    """The trained network of a run."""
    experiment = load_model_card(folder).experiment
    return build_network(experiment.cell, load_weights(folder)["final"], experiment.cell_options)


def weight_changes(folder: Path) -> list[dict[str, Any]]:
    """How far training moved each gate's columns of each weight of the cell: the largest change in any replicate.

    A weight that no gradient ever reached has a change of exactly zero.
    """
    initial, final = (with_prefix(weights, "cell.") for weights in load_weights(folder).values())
    gates = cell_class(load_model_card(folder).experiment.cell).gates
    return [
        {"weight": name, "gate": gate, "change": float(change.abs().max())}
        for name in sorted(initial)  # the file has them in no particular order
        for gate, change in zip(gates, (final[name] - initial[name]).chunk(len(gates), dim=-1), strict=True)
    ]


def _load(folder: Path) -> Weights:
    path = folder / "weights.safetensors"
    try:
        return load(read_bytes(path))
    except SafetensorError as error:
        raise InputError(f"{path}: broken ({error}); run `{rerun_command(f'train@{folder.name}')}`") from None
