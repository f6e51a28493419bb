"""params.yaml, read once into frozen, checked models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cellbench.cells import CELLS
from cellbench.config.messages import checked, read_yaml
from cellbench.config.sections import Count, Name, Rate, Section, Seed
from cellbench.config.sources import Noise, Source

LossName = Literal["mse", "mae", "huber"]
Engine = Literal["auto", "torch", "native"]
"""What runs the mini-batches: torch, the compiled engine, or the faster of both."""


class Recipe(Section):
    """How long a cell is trained, in what batches and steps, and how many replicates."""

    replicates: Count
    epochs: Count
    batch_size: Count
    learning_rate: Rate
    schedule: Literal["constant", "cosine"] = "constant"
    """Whether the learning rate stays, or falls from epoch to epoch along half a cosine."""
    loss: LossName = "mse"
    """Of the forecasts as the network sees them, after transform and scaling."""
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    select: Literal["last", "best"] = "last"
    """Weights of the last epoch, trained on the whole training part, or of each replicate's best validation epoch."""
    patience: Count | None = None
    """With `select: best`: epochs without a better validation loss after which a replicate stops."""
    engine: Engine = "auto"


class Experiment(Recipe):
    """A cell on a dataset with its recipe."""

    dataset: str
    cell: str
    units: Count
    seed: Seed = 0
    """That of params.yaml if not given."""
    skip: Literal["none", "linear"] = "none"
    """Whether the outputs also see the whole window directly."""
    activation: Literal["tanh", "sigmoid"] | None = None

    @property
    def seeded_by(self) -> tuple[int, str, str]:
        """What its random numbers depend on: never its name or recipe."""
        return self.seed, self.dataset, self.cell

    @property
    def cell_options(self) -> dict[str, str]:
        """What the cell takes besides its widths."""
        return {"activation": self.activation or "tanh"} if self.cell == "elman" else {}


class Params(Section):
    """All of params.yaml, every experiment with its recipe filled in from `training`."""

    seed: Seed
    training: Recipe
    datasets: Annotated[dict[Name, Source], Field(min_length=1)]
    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_together(self) -> "Params":
        if wrong := "\n".join(self._contradictions()):
            raise ValueError(wrong)
        return self

    def _contradictions(self) -> Iterator[str]:
        for name, experiment in self.experiments.items():
            place, source = f"experiments.{name}", self.datasets.get(experiment.dataset)
            if source is None:
                yield f"{place}.dataset: must be one of {', '.join(self.datasets)}, got {experiment.dataset!r}"
            if experiment.cell not in CELLS:
                yield f"{place}.cell: must be one of {', '.join(CELLS)}, got {experiment.cell!r}"
            elif experiment.activation and experiment.cell != "elman":
                yield f"{place}.activation: only elman takes an activation; this cell is {experiment.cell}"
            if experiment.select == "best" and isinstance(source, Noise):
                yield f"{place}.select: must be 'last', since noise has no validation part, got 'best'"
            if experiment.select == "last" and experiment.patience:
                yield f"{place}.patience: needs select: best, got {experiment.patience} with select: last"
        for name in self.datasets:
            if not self.experiments_on(name):
                yield f"datasets.{name}: no experiment uses this dataset"

    def experiments_on(self, dataset: str) -> dict[str, Experiment]:
        """The experiments that use a dataset, by name."""
        return {name: experiment for name, experiment in self.experiments.items() if experiment.dataset == dataset}


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check a parameter file.

    Raises:
        InputError: the file is missing, is no YAML, or a value is wrong; one line per mistake, each with its full key.
    """
    raw = read_yaml(path)
    if "training" in raw:
        checked(Recipe, raw["training"], path, "training")  # first, since every experiment inherits its mistakes
    if isinstance(raw.get("experiments"), dict):
        # Sorted, since DVC does not see the order of a mapping: another one must not give other outputs.
        entries = sorted(raw["experiments"].items(), key=str)
        seed, training = raw.get("seed"), raw.get("training", {})
        if type(seed) is int and seed >= 0:  # else it is one mistake, not one per experiment
            training = {"seed": seed, **training}
        raw["experiments"] = {k: {**training, **entry} if isinstance(entry, dict) else entry for k, entry in entries}
    return checked(Params, raw, path)
