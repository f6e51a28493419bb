"""params.yaml, read once into frozen, checked models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from cellbench import InputError
from cellbench.cells import CELLS
from cellbench.config.messages import LONGEST, checked, read_yaml
from cellbench.config.recipe import Recipe, Searched
from cellbench.config.sections import Count, Name, Section, Seed
from cellbench.config.sources import Noise, Source


class Experiment(Recipe):
    """A cell on a dataset with its recipe."""

    dataset: str
    cell: str
    recipe: str | None = None
    """Whether a search chooses the recipe; of one that is given, the name is forgotten."""
    seed: Seed = 0
    """That of params.yaml if not given."""
    activation: Literal["tanh", "sigmoid"] | None = None

    @property
    def seeded_by(self) -> tuple[int, str, str]:
        """What its random numbers depend on: never its name or recipe."""
        return self.seed, self.dataset, self.cell

    @property
    def cell_options(self) -> dict[str, str]:
        """What the cell takes besides its widths."""
        return {"activation": self.activation or "tanh"} if self.cell == "elman" else {}


class Search(Section):
    """What the search for the recipe of each tuned experiment may try."""

    trials: Count = 32
    """Recipes, the default one included."""
    replicates: Count = 3
    """Of each recipe on each fold."""
    spaces: dict[Name, dict[Searched, Annotated[list[Any], Field(min_length=1)]]] = {}
    """By dataset, the values that keys of a recipe may take, instead of those that its data suggest."""


class Params(Section):
    """All of params.yaml, every experiment with its recipe filled in from `training` and `recipes`."""

    seed: Seed
    training: Recipe
    recipes: dict[Name, Recipe] = {}
    search: Search = Search()
    datasets: Annotated[dict[Name, Source], Field(min_length=1)]
    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]

    def contradictions(self) -> Iterator[str]:
        """What does not fit together, a line for each."""
        for name, experiment in self.experiments.items():
            place, source = f"experiments.{name}", self.datasets.get(experiment.dataset)
            if source is None:
                yield f"{place}.dataset: must be one of {', '.join(self.datasets)}, got {experiment.dataset!r}"
            else:
                yield from (f"{place}.{wrong}" for wrong in _misfits(experiment, source))
            if experiment.cell not in CELLS:
                yield f"{place}.cell: must be one of {', '.join(CELLS)}, got {experiment.cell!r}"
            elif experiment.activation and experiment.cell != "elman":
                yield f"{place}.activation: only elman takes an activation; this cell is {experiment.cell}"
            if (experiment.stop_after or 0) > experiment.epochs:
                yield f"{place}.stop_after: must be at most its {experiment.epochs} epochs, got {experiment.stop_after}"
            if experiment.select == "last" and experiment.patience:
                yield f"{place}.patience: needs select: best, got {experiment.patience} with select: last"
        for name, space in self.search.spaces.items():
            if not any(experiment.recipe for experiment in self.experiments_on(name).values()):
                yield f"search.spaces.{name}: must be a dataset of an experiment with recipe: tuned"
            elif "seasonal" in space.get("scaling", ()) and not getattr(self.datasets[name], "season", None):
                yield f"search.spaces.{name}.scaling: seasonal needs the season of the dataset"
        for name in self.datasets:
            if not self.experiments_on(name):
                yield f"datasets.{name}: no experiment uses this dataset"

    def experiments_on(self, dataset: str) -> dict[str, Experiment]:
        """The experiments that use a dataset, by name."""
        return {name: experiment for name, experiment in self.experiments.items() if experiment.dataset == dataset}


def _misfits(experiment: Experiment, source: Source) -> Iterator[str]:
    """What a recipe cannot have on a dataset."""
    if isinstance(source, Noise):
        if experiment.recipe:
            yield "recipe: there is nothing to tune on noise, got 'tuned'"
        if experiment.select == "best":
            yield "select: must be 'last', since noise has no validation part, got 'best'"
        for key, value in {"window": experiment.window, "scaling": experiment.scaling}.items():
            if value is not None:
                yield f"{key}: noise has none: its samples are as long as its timesteps, and not scaled, got {value}"
        if experiment.transform != "none":
            yield f"transform: must be 'none', since noise is not transformed, got '{experiment.transform}'"
    elif experiment.window is None:
        if not experiment.recipe:
            yield "window: is missing: how many rows a forecast sees"
    elif experiment.scaling == "seasonal" and not 0 < (source.season or 0) <= experiment.window:
        yield "scaling: seasonal needs a season of the dataset, and a window that is not shorter than it"


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check a parameter file.

    Raises:
        InputError: the file is missing, is no YAML, or a value is wrong; one line per mistake, each with its full key.
    """
    written = checked(Params, read_yaml(path), path)
    for dataset, space in written.search.spaces.items():
        for key, values in space.items():
            for value in values:
                checked(Recipe, {key: "null" if value is None else value}, path, "search", "spaces", dataset)
    # Sorted, since DVC does not see the order of a mapping: another one must not give other outputs.
    experiments = {name: _resolved(name, written, path) for name in sorted(written.experiments)}
    params = written.model_copy(update={"experiments": experiments})
    if wrong := [f"{path}: {line[:LONGEST]}" for line in params.contradictions()]:
        raise InputError("\n".join(wrong))
    return params


def _resolved(name: str, written: Params, path: Path) -> Experiment:
    """An experiment with all that it does not say itself: by its own recipe, by that of all, by its dataset."""
    experiment, place = written.experiments[name], f"{path}: experiments.{name}"
    own, recipe = experiment.model_dump(exclude_unset=True), experiment.recipe
    if recipe == "tuned":
        if given := sorted(set(own) & set(Recipe.model_fields) - {"replicates", "engine"}):
            raise InputError(f"{place}.{given[0]}: must not be given with recipe: tuned, since the search chooses it")
    elif recipe in written.recipes:
        own = written.recipes[recipe].model_dump(exclude_unset=True) | own | {"recipe": None}
    elif recipe is not None:
        recipes = ", ".join(written.recipes)
        raise InputError(f"{place}.recipe: must be tuned or one of recipes ({recipes}), got {recipe!r}")
    is_noise = isinstance(written.datasets.get(experiment.dataset), Noise)
    defaults = {"seed": written.seed} | ({} if is_noise else {"scaling": "last"})
    return Experiment.model_validate(defaults | written.training.model_dump(exclude_unset=True) | own)
