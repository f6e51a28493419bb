"""The card of a trained experiment: what `model.json` says of its network, its data and its training."""

from pathlib import Path

from pydantic import BaseModel

from cellbench.config.params import Experiment
from cellbench.data.card import DatasetCard
from cellbench.data.scaling import View
from cellbench.files import read_card


class ModelCard(BaseModel, frozen=True):
    """What was trained on what, and what came of each replicate."""

    experiment: Experiment
    n_params: int
    """Weights of one replicate."""
    multiply_adds: int
    """Of one replicate for one forecast."""
    engine: str
    members: list[int]
    """The replicates that did not diverge: the ensemble."""
    diverged: dict[int, int]
    """The others, and the epoch, from 1, in which each diverged."""
    best_epochs: list[int]
    """The epoch of each member's weights."""
    val_error: list[float]
    """The validation MSE of each member, of several series the squared RMSSE, by weights not trained on this part."""
    data: DatasetCard
    view: View | None
    """What the network sees of a series; None of noise, which it sees as it is."""


def run_folder(dataset: str, experiment: str) -> Path:
    """Where the outputs of an experiment lie, from the repository's root."""
    return Path("runs") / dataset / experiment


def load_model_card(folder: Path) -> ModelCard:
    """What `model.json` in the folder of a run says.

    Raises:
        InputError: the file is missing or broken.
    """
    return read_card(folder / "model.json", ModelCard)
