"""params.yaml, read once into frozen, checked models."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from cellbench.base.params.sections import Count, Name, Rate, Section
from cellbench.base.params.sources import Noise, Source
from cellbench.base.params.validation import checked, misplaced, read_yaml
from cellbench.cells import CELLS

BASELINES = ("mean", "last", "seasonal", "ar1", "ar", "arima", "optimum")
"""What every experiment is compared with; no experiment may take such a name."""

Engine = Literal["auto", "torch", "native"]
"""What runs the mini-batches: torch, the compiled engine, or the faster of both."""


class Training(Section):
    """The recipe: how long, in what batches and steps, and how many replicates."""

    replicates: Count
    epochs: Count
    batch_size: Count
    learning_rate: Rate
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    select: Literal["last", "best"] = "last"
    """Weights of the last epoch, trained on the whole training part, or of each replicate's best validation epoch."""
    patience: Count | None = None
    """With `select: best`: epochs without a better validation loss after which a replicate stops."""
    engine: Engine = "auto"


class Experiment(Training):
    """A cell on a dataset with its training recipe."""

    dataset: str
    cell: str
    units: Count
    skip: Literal["none", "linear"] = "none"
    """Whether the outputs also see the whole window directly."""
    activation: Literal["tanh", "sigmoid"] | None = None

    @property
    def cell_options(self) -> dict[str, str]:
        """What the cell takes besides its widths."""
        return {"activation": self.activation or "tanh"} if self.cell == "elman" else {}


class Params(Section):
    """All of params.yaml, every experiment with its recipe filled in from `training`."""

    seed: Annotated[int, Field(ge=0)]
    training: Training
    datasets: Annotated[dict[Name, Source], Field(min_length=1)]
    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_exist(self) -> "Params":
        for name, experiment in self.experiments.items():
            place = f"experiments.{name}"
            if name in BASELINES:
                raise misplaced(place, "choose another name: a baseline has it", name)
            if experiment.dataset not in self.datasets:
                raise misplaced(f"{place}.dataset", f"must be one of {', '.join(self.datasets)}", experiment.dataset)
            if experiment.cell not in CELLS:
                raise misplaced(f"{place}.cell", f"must be one of {', '.join(CELLS)}", experiment.cell)
            if experiment.activation and experiment.cell != "elman":
                raise misplaced(f"{place}.activation", "is an option of the elman cell", f"it with {experiment.cell}")
            if experiment.select == "best" and isinstance(self.datasets[experiment.dataset], Noise):
                raise misplaced(f"{place}.select", "noise has no validation part: must be last", "best")
            if experiment.patience and experiment.select == "last":
                raise misplaced(f"{place}.patience", "must go with select: best", f"{experiment.patience} with last")
        for name in self.datasets:
            if name == "raw":
                raise misplaced("datasets.raw", "choose another name: data/raw holds what is given", "raw")
            if not self.experiments_on(name):
                raise misplaced(f"datasets.{name}", "must be used by an experiment", "none")
        return self

    def experiments_on(self, dataset: str) -> dict[str, Experiment]:
        """The experiments that use a dataset, by name."""
        return {name: experiment for name, experiment in self.experiments.items() if experiment.dataset == dataset}


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check a parameter file.

    Raises:
        InputError: the file is missing, is no YAML, or a value is wrong; one line a mistake, each with its full key.
    """
    raw = read_yaml(path)
    if "training" in raw:
        checked(Training, raw["training"], path, "training")  # first, since every experiment inherits its mistakes
    return checked(Params, _with_defaults(raw), path)


def _with_defaults(raw: dict[str, Any]) -> dict[str, Any]:
    training, experiments = raw.get("training"), raw.get("experiments")
    if not isinstance(training, dict) or not isinstance(experiments, dict):
        return raw
    # Sorted, since DVC does not see the order of a mapping: another one must not give other outputs.
    entries = sorted(experiments.items(), key=str)
    filled = {k: {**training, **entry} if isinstance(entry, dict) else entry for k, entry in entries}
    return {**raw, "experiments": filled}
