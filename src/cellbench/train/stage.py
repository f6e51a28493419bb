"""Stage `train@<experiment>`."""

from pathlib import Path

from cellbench.config.params import Params
from cellbench.data.stored import KNOWN, load_dataset
from cellbench.runs.card import run_folder
from cellbench.runs.history import write_history
from cellbench.runs.live import live_training
from cellbench.runs.outputs import save_run
from cellbench.runs.recipe import with_found_recipe
from cellbench.train.experiment import train_experiment


def train(params: Params, name: str) -> str:
    """Train all replicates of an experiment and write runs/<dataset>/<experiment>/; return what was trained."""
    experiment = with_found_recipe(name, params.experiments[name])
    data = load_dataset(Path("data") / experiment.dataset, KNOWN)
    with live_training(name, experiment) as log:
        trained = train_experiment(name, experiment, data, log.add, log.folder)
        folder = run_folder(experiment.dataset, name)
        save_run(folder, trained)
        write_history(folder, trained.losses)
    return trained.summary
