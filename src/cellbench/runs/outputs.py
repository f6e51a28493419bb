"""What a training leaves behind in `runs/<dataset>/<experiment>/`.

`weights.safetensors`, `history.csv`, `model.json`, and `environment.json`, which says in what environment.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from cellbench import InputError
from cellbench.base.dvc_record import rerun_command
from cellbench.base.files import read_bytes, read_json, write_bytes, write_json
from cellbench.cells import cell_class
from cellbench.cells.contract import Weights
from cellbench.network import Network, build_network

STATES = ("initial", "final")  # of the weights: before and after training
RESIDUALS = "validation.residuals"


def run_folder(dataset: str, experiment: str) -> Path:
    """Where the outputs of an experiment lie, from the repository's root."""
    return Path("runs") / dataset / experiment


def save_run(folder: Path, model: dict[str, Any], weights: dict[str, Weights], residuals: Tensor) -> None:
    """Write the model's description, its weights before and after training, and the ensemble's validation residuals.

    Args:
        residuals: `(N, O)`, target minus forecast as the network sees them; none where there is no validation part.
    """
    named = {f"{state}.{name}": w.detach().contiguous() for state in STATES for name, w in weights[state].items()}
    write_bytes(folder / "weights.safetensors", save(named | {RESIDUALS: residuals}))
    write_json(folder / "model.json", model)


def load_weights(folder: Path) -> dict[str, Weights]:
    """The weights of a run, `initial` and `final`, each tensor `(R, ...)`.

    Raises:
        InputError: the file is missing or broken.
    """
    named = _load(folder)
    return {
        state: {name.removeprefix(f"{state}."): w for name, w in named.items() if name.startswith(f"{state}.")}
        for state in STATES
    }


def load_residuals(folder: Path) -> NDArray[np.float64]:
    """The ensemble's residuals on the validation part `(N, O)`, from weights that were not trained on it.

    Raises:
        InputError: the file is missing, broken, or of a run before there were residuals.
    """
    named = _load(folder)
    if RESIDUALS not in named:
        raise InputError(
            f"{folder / 'weights.safetensors'}: holds no {RESIDUALS}; run `{rerun_command(f'train@{folder.name}')}`"
        )
    residuals: NDArray[np.float64] = named[RESIDUALS].double().numpy()
    return residuals


def load_model(folder: Path) -> dict[str, Any]:
    """The description of a run's network, its data and its training: what `model.json` says."""
    model: dict[str, Any] = read_json(folder / "model.json")
    return model


def load_network(folder: Path) -> Network:
    """The trained network of a run."""
    model = load_model(folder)
    return build_network(model["cell"], load_weights(folder)["final"], model["options"])


def weight_changes(folder: Path) -> list[dict[str, Any]]:
    """How far training moved each gate's columns of each weight of the cell: the largest change in any replicate.

    A weight that no gradient ever reached has a change of exactly zero.
    """
    model, weights = load_model(folder), load_weights(folder)
    gates = cell_class(model["cell"]).gates
    assert all(w.shape[-1] == len(gates) * model["units"] for n, w in weights["final"].items() if n.startswith("cell."))
    return [
        {"weight": name.removeprefix("cell."), "gate": gate, "change": float(change.abs().max())}
        for name, initial in sorted(weights["initial"].items())  # the file has them in no particular order
        if name.startswith("cell.")
        for gate, change in zip(gates, (weights["final"][name] - initial).chunk(len(gates), dim=-1), strict=True)
    ]


def _load(folder: Path) -> Weights:
    path = folder / "weights.safetensors"
    try:
        named: Weights = load(read_bytes(path))
    except SafetensorError as error:
        raise InputError(f"{path}: broken ({error}); run `{rerun_command(f'train@{folder.name}')}`") from None
    return named
