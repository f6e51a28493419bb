"""params.yaml, read once into frozen, checked models."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from cellbench.cells import CELLS
from cellbench.validation import checked, misplaced, read_yaml

Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _check_name(name: str) -> str:
    if name in {"size", "nfiles"}:
        raise PydanticCustomError(
            "name", "choose another name: DVC's run-cache ignores what is called {n}", {"n": name}
        )
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise PydanticCustomError("name", "a name is a letter, then letters, digits, '_' or '-'")
    return name


Name = Annotated[str, AfterValidator(_check_name)]


class Section(BaseModel):
    """A mapping of params.yaml: no unknown keys, no silent conversion of types, no change after loading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Noise(Section):
    """The notebook's data: uniform inputs, and targets that have nothing to do with them."""

    source: Literal["noise"]
    samples: Count
    test_samples: Count
    predict_samples: Count
    timesteps: Count
    features: Count


class Training(Section):
    """The recipe: how long, in what batches and steps, and how many replicates."""

    replicates: Count
    epochs: Count
    batch_size: Count
    learning_rate: Rate


class Experiment(Training):
    """A cell on a dataset with its training recipe."""

    dataset: str
    cell: str
    units: Count
    activation: Literal["tanh", "sigmoid"] | None = None

    @property
    def cell_options(self) -> dict[str, str]:
        """What the cell takes besides its widths."""
        return {"activation": self.activation or "tanh"} if self.cell == "elman" else {}


class Params(Section):
    """All of params.yaml, every experiment with its recipe filled in from `training`."""

    seed: Annotated[int, Field(ge=0)]
    training: Training
    datasets: Annotated[dict[Name, Noise], Field(min_length=1)]
    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_exist(self) -> "Params":
        for name, experiment in self.experiments.items():
            place = f"experiments.{name}"
            if experiment.dataset not in self.datasets:
                raise misplaced(f"{place}.dataset", f"must be one of {', '.join(self.datasets)}", experiment.dataset)
            if experiment.cell not in CELLS:
                raise misplaced(f"{place}.cell", f"must be one of {', '.join(CELLS)}", experiment.cell)
            if experiment.activation and experiment.cell != "elman":
                raise misplaced(f"{place}.activation", "is an option of the elman cell", f"it with {experiment.cell}")
        for name in self.datasets:
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
