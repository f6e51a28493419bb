"""The search for the recipe of an experiment: what is tried where, kept if it is killed, and summed up."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
from tqdm import tqdm

from cellbench.config.params import Experiment, Params
from cellbench.config.recipe import Searched
from cellbench.console import say
from cellbench.data.dataset import Dataset
from cellbench.data.scaling import Array
from cellbench.data.stored import KNOWN, load_dataset
from cellbench.executor import Executor, executor
from cellbench.files import rounded
from cellbench.learning.engines import NATIVE_CELLS
from cellbench.runs.scratch import scratch_folder, work_key
from cellbench.tune.folds import folds, training_part
from cellbench.tune.search import Trial, choose, search
from cellbench.tune.space import trial_recipes
from cellbench.tune.trial import Tried, try_recipe

LOG = "tried.jsonl"
SEARCHED = set(get_args(Searched))


class Found(NamedTuple):
    """What came out of a search."""

    recipe: dict[str, Any]
    """The keys that were chosen, as in params.yaml."""
    summary: dict[str, Any]
    trials: pd.DataFrame
    """A row per trial."""


def run_search(params: Params, name: str) -> Found:
    """Search the recipe of an experiment inside the period train of its dataset.

    Series too short for any fold keep the default recipe.
    """
    experiment = params.experiments[name]
    folder = Path("data") / experiment.dataset
    data = training_part(load_dataset(folder, KNOWN))
    parts = folds(data)
    recipes = trial_recipes(params.training, data, params.search, params.seed, experiment.dataset)
    seen = {"replicates": params.search.replicates, "recipe": None}
    tried = [Experiment.model_validate(experiment.model_dump() | recipe.model_dump() | seen) for recipe in recipes]
    described = ["search", name, [one.model_dump(exclude_none=True) for one in tried]]
    with scratch_folder(work_key(described, folder), name) as scratch, executor() as workers:
        pieces = Pieces(name, tried, parts, scratch / LOG, workers)
        if parts and experiment.cell not in NATIVE_CELLS:
            expected = f"{minutes(name, tried, parts):.0f} minutes of one core"
            say(f"{name}: a cell without a compiled form: the search takes about {expected}")
        trials = search(recipes, len(parts), pieces.errors_of)
    return summed_up(trials, parts, params.search.replicates, pieces.steps)


def minutes(name: str, tried: Sequence[Experiment], parts: Sequence[Dataset]) -> float:
    """How long the trials of all rungs take one after the other, from an epoch of the first."""
    started = time.perf_counter()
    one = try_recipe(name, tried[0].model_copy(update={"epochs": 1}), parts[0])
    seconds = (time.perf_counter() - started) / one.steps
    samples = one.steps * tried[0].batch_size
    steps = sum(recipe.epochs * samples / recipe.batch_size for recipe in tried)
    return max(1.0, seconds * steps * (2 - 0.5 ** (len(parts) - 1)) / 60)  # half of them in each rung after the first


class Pieces:
    """The trials on the folds, each trained once: what an earlier attempt has done is read from its log."""

    def __init__(
        self, name: str, tried: Sequence[Experiment], parts: Sequence[Dataset], log: Path, workers: Executor
    ) -> None:
        self._name, self._tried, self._parts, self._log, self._workers = name, tried, parts, log, workers
        self._done: dict[tuple[int, int], Tried] = {}
        lines = log.read_text().split("\n")[:-1] if log.exists() else []  # the last one may be cut off
        for trial, fold, errors, steps in map(json.loads, lines):
            self._done[trial, fold] = Tried(errors, steps)
        log.write_text("".join(f"{line}\n" for line in lines))

    def errors_of(self, asked: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Array]:
        """The errors `(E, R)` of trials on folds, by (trial, fold)."""
        new = [pair for pair in asked if pair not in self._done]
        work = [(self._name, self._tried[trial], self._parts[fold]) for trial, fold in new]
        fold = asked[0][1] + 1
        say(f"{self._name}: fold {fold} of {len(self._parts)}, {len(asked)} recipes")
        with self._log.open("a") as file:
            results = self._workers.results(try_recipe, work)
            for number, tried in tqdm(results, total=len(new), disable=None, leave=False):
                self._done[new[number]] = tried
                file.write(json.dumps([*new[number], *tried]) + "\n")
                file.flush()
        return {pair: np.array(self._done[pair].errors) for pair in asked}

    @property
    def steps(self) -> dict[int, int]:
        """Of the optimiser in each replicate, by trial."""
        found = dict.fromkeys(range(len(self._tried)), 0)
        for (trial, _), tried in self._done.items():
            found[trial] += tried.steps
        return found


def summed_up(trials: Sequence[Trial], parts: Sequence[Dataset], replicates: int, steps: dict[int, int]) -> Found:
    """The chosen recipe, how sure the choice is, and the table of trials."""
    summary: dict[str, Any] = {"trials": len(trials), "folds": len(parts), "replicates": replicates}
    rows: list[dict[str, Any]] = []
    for number, trial in enumerate(trials):
        recipe = trial.recipe.model_dump(include=SEARCHED)
        rows.append({"trial": number + 1} | {key: str(value) for key, value in recipe.items()})  # as in params.yaml
        if trial.folds:
            rows[-1] |= {"score": trial.score, "best_epoch": trial.best_epoch, "steps": steps[number]}
            rows[-1] |= {f"fold_{fold + 1}": error for fold, error in enumerate(trial.by_fold())}
    table, chosen = pd.DataFrame(rows), choose(trials) if parts else trials[0]
    recipe = chosen.recipe.model_dump(include=SEARCHED)
    if parts:
        others = [trial.score for trial in trials if len(trial.folds) == len(parts) and trial is not chosen]
        scores = {"default": trials[0].score, "chosen": chosen.score, "runner_up": min(others, default=np.inf)}
        recipe["stop_after"] = chosen.best_epoch
        summary |= {"origins": sum(len(part.origins("validation")) for part in parts), "steps": sum(steps.values())}
        summary |= {name: score if np.isfinite(score) else None for name, score in scores.items()}  # null: diverged
        summary["is_default"] = chosen is trials[0]
    return Found(recipe, rounded(summary), table)
