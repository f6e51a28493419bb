"""What a training leaves behind in `runs/<dataset>/<experiment>/`: weights.safetensors, history.csv and model.json."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Run:
    """What a training leaves behind, except its curves."""

    card: ModelCard
    weights: dict[str, Weights]
    """`initial` and `final`, each tensor `(R, ...)`, of the replicates that did not diverge: the ensemble's members."""
    residuals: NDArray[np.float64]
    """Of the ensemble on the validation part `(N, H)`, as the network sees it: target minus forecast, by weights that
    were not trained on it; no rows where there is none."""

    @property
    def network(self) -> Network:
        """The trained network."""
        experiment = self.card.experiment
        return build_network(experiment.cell, self.weights["final"], experiment.cell_options)

    @property
    def weight_changes(self) -> list[dict[str, Any]]:
        """How far training moved each gate's columns of each weight of the cell: the largest change in any replicate.

        A weight that no gradient ever reached has a change of exactly zero.
        """
        initial, final = (with_prefix(self.weights[state], "cell.") for state in STATES)
        gates = cell_class(self.card.experiment.cell).gates
        return [
            {"weight": name, "gate": gate, "change": float(change.abs().max())}
            for name in sorted(initial)  # the file has them in no particular order
            for gate, change in zip(gates, (final[name] - initial[name]).chunk(len(gates), dim=-1), strict=True)
        ]


def save_run(folder: Path, run: Run) -> None:
    """Write all that a run consists of."""
    named = {f"{state}.{name}": w.detach().contiguous() for state in STATES for name, w in run.weights[state].items()}
    write_bytes(folder / "weights.safetensors", save(named | {RESIDUALS: torch.from_numpy(run.residuals).float()}))
    write_json(folder / "model.json", run.card.model_dump(mode="json"))


def load_run(folder: Path) -> Run:
    """
    Raises:
        InputError: a file is missing or broken.
    """
    card, path = load_model_card(folder), folder / "weights.safetensors"
    try:
        named = load(read_bytes(path))
    except SafetensorError as error:
        raise InputError(f"{path}: broken ({error}); run `{rerun_command(f'train@{folder.name}')}`") from None
    weights = {state: with_prefix(named, f"{state}.") for state in STATES}
    return Run(card, weights, named[RESIDUALS].double().numpy())
