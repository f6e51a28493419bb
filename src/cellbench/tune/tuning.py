"""The search for the recipe of an experiment: what is tried where, kept if it is killed, and summed up."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
from tqdm import tqdm

from cellbench.config.params import Experiment, Params
from cellbench.config.recipe import Searched
from cellbench.console import say
from cellbench.data.dataset import Dataset
from cellbench.data.stored import KNOWN, load_dataset
from cellbench.executor import executor
from cellbench.files import rounded, write_bytes, write_json, write_table
from cellbench.learning.engines import choose_engine
from cellbench.network import Shape, build_network, initial_weights
from cellbench.runs.recipe import FOUND, SEARCH, TRIALS
from cellbench.runs.scratch import scratch_folder, work_key
from cellbench.streams import stream
from cellbench.tune.folds import folds, training_part
from cellbench.tune.search import Trial, Tried, choose, search
from cellbench.tune.space import trial_recipes
from cellbench.tune.trial import try_recipe

LOG = "tried.jsonl"
SEARCHED = set(get_args(Searched))


def run_search(params: Params, name: str, folder: Path) -> str:
    """Search the recipe of an experiment inside the period train of its dataset; write and return what was found.

    Series too short for any fold keep the default recipe.

    Args:
        folder: where recipe.json, search.json and trials.csv are written.
    """
    experiment = params.experiments[name]
    source = Path("data") / experiment.dataset
    data = training_part(load_dataset(source, KNOWN))
    parts = folds(data)
    recipes = trial_recipes(params.training, data, params.search, params.seed, experiment.dataset)
    seen = {"replicates": params.search.replicates, "recipe": None}
    asked = [Experiment.model_validate(experiment.model_dump() | recipe.model_dump() | seen) for recipe in recipes]
    described = ["search", name, [one.model_dump(exclude_none=True) for one in asked]]
    with scratch_folder(work_key(described, source), name) as scratch, executor() as workers:
        done = read_log(scratch / LOG)
        if parts and not done and (reason := why_torch(name, experiment)):
            expected = f"{minutes(name, asked, parts):.0f} minutes of one core"
            say(f"{name}: torch trains ({reason}), so the search takes about {expected}")

        def try_on(fold: int, left: list[int]) -> list[Tried]:
            say(f"{name}: fold {fold + 1} of {len(parts)}, {len(left)} recipes")
            new = [trial for trial in left if (trial, fold) not in done]
            results = workers.results(try_recipe, [(name, asked[trial], parts[fold]) for trial in new])
            with (scratch / LOG).open("a") as log:
                for number, tried in tqdm(results, total=len(new), disable=None, leave=False):
                    done[new[number], fold] = tried
                    print(json.dumps([new[number], fold, *tried]), file=log, flush=True)
            return [done[trial, fold] for trial in left]

        trials = search(recipes, len(parts), try_on)
    return sum_up(folder, trials, parts, params.search.replicates)


def why_torch(name: str, experiment: Experiment) -> str | None:
    """Why torch trains in every trial, whatever its sizes; None if the compiled engine may."""
    weights = initial_weights(experiment.cell, Shape(1, 2, 3, 1), [stream(0)])
    network = build_network(experiment.cell, weights, experiment.cell_options)
    engine, reason = choose_engine(name, experiment.engine, network, batch_size=1)
    return reason if engine == "torch" else None


def minutes(name: str, asked: Sequence[Experiment], parts: Sequence[Dataset]) -> float:
    """How long the trials of all rungs take one after the other, from an epoch of the first."""
    started = time.perf_counter()
    one = try_recipe(name, asked[0].model_copy(update={"epochs": 1}), parts[0])
    seconds = (time.perf_counter() - started) / one.steps
    samples = one.steps * asked[0].batch_size
    steps = sum(recipe.epochs * samples / recipe.batch_size for recipe in asked)
    return max(1.0, seconds * steps * (2 - 0.5 ** (len(parts) - 1)) / 60)  # half of them in each rung after the first


def read_log(path: Path) -> dict[tuple[int, int], Tried]:
    """What earlier attempts have found, by trial and fold; a last line that was cut off is taken out."""
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    write_bytes(path, "".join(f"{line}\n" for line in lines).encode())
    return {(trial, fold): Tried(errors, steps) for trial, fold, errors, steps in map(json.loads, lines)}


def sum_up(folder: Path, trials: Sequence[Trial], parts: Sequence[Dataset], replicates: int) -> str:
    """Write the chosen recipe, how sure the choice is, and the table of trials; return what was chosen."""
    summary: dict[str, Any] = {"trials": len(trials), "folds": len(parts), "replicates": replicates}
    rows: list[dict[str, Any]] = []
    for number, trial in enumerate(trials):
        recipe = trial.recipe.model_dump(include=SEARCHED)
        rows.append({"trial": number + 1} | {key: str(value) for key, value in recipe.items()})  # as in params.yaml
        if trial.folds:
            rows[-1] |= {"score": trial.score, "best_epoch": trial.best_epoch, "steps": trial.steps}
            rows[-1] |= {f"fold_{fold + 1}": error for fold, error in enumerate(trial.by_fold())}
    table, chosen = pd.DataFrame(rows), choose(trials) if parts else trials[0]
    recipe = chosen.recipe.model_dump(include=SEARCHED)
    if parts:
        others = [trial.score for trial in trials if len(trial.folds) == len(parts) and trial is not chosen]
        scores = {"default": trials[0].score, "chosen": chosen.score, "runner_up": min(others, default=np.inf)}
        recipe["stop_after"] = chosen.best_epoch
        summary["origins"] = sum(len(part.origins("validation")) for part in parts)
        summary["steps"] = sum(trial.steps for trial in trials)
        summary |= {name: score if np.isfinite(score) else None for name, score in scores.items()}  # null: diverged
        summary["is_default"] = chosen is trials[0]
    write_json(folder / FOUND, recipe)
    write_json(folder / SEARCH, rounded(summary))
    write_table(folder / TRIALS, table)
    said = f"the best of {len(trials)} recipes" if parts else "too short for a fold, so the default recipe"
    return f"{said}: {', '.join(f'{k} {v}' for k, v in recipe.items())}"
