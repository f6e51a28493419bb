"""Stage `train@<experiment>`."""

from pathlib import Path

from cellbench.config.params import Params
from cellbench.data.dataset import load_card, load_split
from cellbench.runs.card import run_folder
from cellbench.runs.history import write_history
from cellbench.runs.live import live_training
from cellbench.runs.outputs import save_run
from cellbench.train.experiment import train_experiment


def train(params: Params, name: str) -> None:
    """Train all replicates of an experiment and write runs/<dataset>/<experiment>/."""
    experiment = params.experiments[name]
    data = Path("data") / experiment.dataset
    split, card = load_split(data, "train"), load_card(data)
    with live_training(name, experiment) as log:
        trained = train_experiment(name, experiment, split, card, log.add, log.folder)
        folder = run_folder(experiment.dataset, name)
        save_run(folder, trained.card, trained.weights, trained.residuals)
        write_history(folder, trained.losses)
