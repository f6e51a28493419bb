"""Stage `prepare@<dataset>`: make the splits of a dataset."""

from pathlib import Path

from cellbench.cli import run_stage_for
from cellbench.config import Params
from cellbench.datasets import make_noise, save_dataset


def prepare(params: Params, name: str) -> None:
    """Make the splits of a dataset and write them to data/<dataset>/."""
    dataset = make_noise(params.datasets[name], params.seed, name)
    save_dataset(dataset, Path("data") / name)
    print(f"{name}: " + ", ".join(f"{len(s.x)} {split}" for split, s in dataset.splits.items()) + " samples")


if __name__ == "__main__":
    run_stage_for("datasets", prepare)
