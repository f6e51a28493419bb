"""Stage `train@<experiment>`: train all replicates of an experiment side by side."""

from pathlib import Path

from cellbench.base.datasets.splits import load_description, load_split
from cellbench.base.files import write_json
from cellbench.base.params.cli import run_stage_for
from cellbench.base.params.config import Params
from cellbench.runs.environment import fingerprint
from cellbench.runs.history import write_history
from cellbench.runs.outputs import run_folder, save_run
from cellbench.runs.scratch import training
from cellbench.training.experiment import train_experiment


def train(params: Params, name: str) -> None:
    """Train all replicates of an experiment and write runs/<dataset>/<experiment>/."""
    experiment = params.experiments[name]
    data = Path("data") / experiment.dataset
    split, description = load_split(data, "train"), load_description(data)
    with training(name, experiment, params.seed) as progress:
        trained = train_experiment(name, experiment, params.seed, split, description, progress.add, progress.folder)
        folder = run_folder(experiment.dataset, name)
        save_run(folder, trained.model, trained.weights, trained.residuals)
        write_history(folder, trained.losses)
        write_json(folder / "environment.json", fingerprint())


if __name__ == "__main__":
    run_stage_for("experiments", train)
