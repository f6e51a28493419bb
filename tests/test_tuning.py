"""A search from params.yaml to its files: the same for every cell, blind to what comes later, and never lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellbench.cells.contract import Cell
from cellbench.config.params import Experiment, Params, load_params
from cellbench.learning import engines
from cellbench.learning.native import step
from cellbench.learning.native.derivation import Step
from cellbench.learning.native.equation import DerivationError
from cellbench.prepare.stage import prepare
from cellbench.runs.recipe import with_found_recipe
from cellbench.tune import tuning
from cellbench.tune.stage import tune

ROOT = Path(__file__).parents[1]
PARAMS = """
seed: 3
training: {replicates: 2, epochs: 4, batch_size: 16, learning_rate: 0.01}
search: {trials: 4, replicates: 2}
datasets:
  own: {source: csv, path: data/raw/own.csv, target: y, horizon: 2, season: 4}
experiments:
  own_gru: {dataset: own, cell: gru, recipe: tuned}
  own_elman: {dataset: own, cell: elman, recipe: tuned}
  own_given: {dataset: own, cell: gru, window: 5}
"""
VALUES = 20 + np.random.default_rng(1).normal(size=80).cumsum()


def make(folder: Path, values: Any = VALUES, params: str = PARAMS) -> Path:
    """A folder with a prepared series; `src` is what keys of scratch folders depend on."""
    (folder / "data/raw").mkdir(parents=True)
    (folder / "src").symlink_to(ROOT / "src")
    (folder / "data/raw/own.csv").write_text("y\n" + "".join(f"{value!r}\n" for value in np.asarray(values).tolist()))
    (folder / "params.yaml").write_text(params)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        prepare(load_params(), "own")
    return folder


def tuned(folder: Path, *names: str, workers: Any = None) -> dict[str, bytes]:
    """The files of the searches of some experiments, all of it done in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(tuning, "executor", lambda: workers or Here([]))
        patch.delenv("DVC_ROOT", raising=False)
        for name in names:
            tune(load_params(), name)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("recipes/*/*/*")}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make(tmp_path_factory.mktemp("found"))
    tuned(folder, "own_gru", "own_elman", "own_given")
    return folder


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "recipes/own" / name / "trials.csv")


def test_every_cell_is_tried_with_the_same_recipes_on_the_same_folds(found: Path) -> None:
    of_gru, of_elman = table(found, "own_gru"), table(found, "own_elman")
    searched = of_gru.columns[: list(of_gru.columns).index("score")]
    assert set(searched) >= {"window", "transform", "scaling", "skip", "units", "epochs", "learning_rate"}
    pd.testing.assert_frame_equal(of_gru[searched], of_elman[searched])
    assert len(of_gru) == 4
    budgets = [json.loads((found / f"recipes/own/{name}/search.json").read_text()) for name in ("own_gru", "own_elman")]
    assert budgets[0] == budgets[0] | {"trials": 4, "replicates": 2, "folds": budgets[1]["folds"]}
    assert budgets[0]["origins"] == budgets[1]["origins"]


def test_the_score_of_the_table_is_that_of_the_choice(found: Path) -> None:
    rows, summary = table(found, "own_gru"), json.loads((found / "recipes/own/own_gru/search.json").read_text())
    recipe = json.loads((found / "recipes/own/own_gru/recipe.json").read_text())
    finished = rows.dropna()
    assert summary["default"] == pytest.approx(rows["score"][0], rel=1e-6)
    assert summary["chosen"] in [pytest.approx(score, rel=1e-6) for score in finished["score"]]
    (chosen,) = finished[np.isclose(finished["score"], summary["chosen"], rtol=1e-6)].to_dict("records")
    assert {key: chosen[key] for key in recipe if key != "stop_after"} == {
        key: value for key, value in recipe.items() if key != "stop_after"
    }
    assert recipe["stop_after"] == chosen["best_epoch"] <= recipe["epochs"]
    assert summary["steps"] == rows["steps"].sum()
    np.testing.assert_allclose(finished.filter(like="fold_").mean(axis=1), finished["score"], rtol=1e-6)


def test_an_experiment_is_trained_with_what_was_found_and_as_many_replicates_as_it_says(
    found: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(found)
    experiment = load_params().experiments["own_gru"]
    resolved = with_found_recipe("own_gru", experiment)
    recipe = json.loads((found / "recipes/own/own_gru/recipe.json").read_text())
    assert resolved.model_dump() == experiment.model_dump() | recipe
    assert resolved.replicates == 2
    given = load_params().experiments["own_given"]
    assert with_found_recipe("own_given", given) == given
    assert json.loads((found / "recipes/own/own_given/recipe.json").read_text()) == {}


def test_nothing_after_the_period_train_changes_a_search(found: Path, tmp_path: Path) -> None:
    later = VALUES.copy()
    later[56:] = np.random.default_rng(2).normal(size=24)  # 70 % of 80 rows are for training
    before = {path.name: path.read_bytes() for path in (found / "recipes/own/own_gru").iterdir()}
    after = tuned(make(tmp_path / "later", later), "own_gru")
    assert {Path(path).name: content for path, content in after.items()} == before
    later[55] += 1
    assert tuned(make(tmp_path / "earlier", later), "own_gru") != after


def test_a_series_too_short_for_a_fold_keeps_the_default_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tuned(make(tmp_path / "short", VALUES[:30]), "own_gru")
    recipe = json.loads(files["recipes/own/own_gru/recipe.json"])
    assert (recipe["window"], recipe["scaling"], recipe["epochs"]) == (5, "seasonal", 4)
    assert json.loads(files["recipes/own/own_gru/search.json"]) == {"trials": 4, "folds": 0, "replicates": 2}
    monkeypatch.chdir(tmp_path / "short")
    assert tune(load_params(), "own_gru").startswith("too short for a fold, so the default recipe: window 5, ")


def search_of(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if k != "DVC_ROOT"} | {"CELLBENCH_WORKERS": str(workers)}
    command = [sys.executable, "src/tune.py", "own_gru"]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, start_new_session=True)


def test_a_search_that_is_killed_goes_on_where_it_was_to_the_same_bytes_with_any_number_of_workers(
    found: Path, tmp_path: Path
) -> None:
    folder = make(tmp_path / "killed")
    running = search_of(folder, workers=2)
    while not any(log.read_text().count("\n") for log in folder.glob(f".scratch/*/{tuning.LOG}")):
        assert running.poll() is None
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)  # its workers end with it
    running.communicate()
    (log,) = folder.glob(f".scratch/*/{tuning.LOG}")
    kept = log.read_text().split("\n")[:-1]
    with log.open("a") as file:
        file.write(kept[0][: len(kept[0]) // 2])  # a line that was cut off
    tried: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "why_torch", lambda name, experiment: "as asked")
        patch.setattr(tuning, "minutes", None)  # which is for a search that begins
        files = tuned(folder, "own_gru", workers=Here(tried))
    assert files == {path: content for path, content in tuned(found).items() if "own_gru" in path}
    pieces = int(table(found, "own_gru").filter(like="fold_").notna().sum().sum())
    assert len(tried) == pieces - len(kept)
    assert not list(folder.glob(".scratch/*/*"))


def test_a_search_by_four_workers_gives_the_same_bytes(found: Path, tmp_path: Path) -> None:
    folder = make(tmp_path / "four")
    running = search_of(folder, workers=4)
    running.communicate()
    assert running.returncode == 0
    for path in (found / "recipes/own/own_gru").iterdir():
        assert (folder / "recipes/own/own_gru" / path.name).read_bytes() == path.read_bytes()


class Here:
    """Works in this process, and notes what it was asked to do."""

    def __init__(self, tried: list[Any]) -> None:
        self.tried = tried

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def results(self, function: Any, pieces: Any) -> Any:
        for number in reversed(range(len(pieces))):  # another order than that of the numbers
            self.tried.append(pieces[number])
            yield number, function(*pieces[number])


def test_a_search_is_silent_but_for_a_line_per_fold(
    found: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    folder = make(tmp_path / "said")
    tuned(folder, "own_gru")
    lines = capsys.readouterr().err.splitlines()
    trials = table(found, "own_gru").filter(like="fold_").notna().sum().tolist()
    assert lines == [f"own_gru: fold {n} of {len(trials)}, {count} recipes" for n, count in enumerate(trials, 1)]
    monkeypatch.chdir(folder)
    assert tune(load_params(), "own_given") == "the recipe is given"
    assert capsys.readouterr() == ("", "")


def test_a_search_in_which_torch_trains_says_how_long_it_takes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for, or of a cell without a compiled form."""

    def step_of(cell: Cell[Any]) -> Step:
        if cell.name == "elman":
            raise DerivationError("it uses relu")
        return step.step_of(cell)

    monkeypatch.setattr(engines, "step_of", step_of)
    asked = "  own_lstm: {dataset: own, cell: lstm, recipe: tuned, engine: torch}\n"
    folder = make(tmp_path / "slow", VALUES[:50], PARAMS.replace("trials: 4", "trials: 2") + asked)
    tuned(folder, "own_gru", "own_elman", "own_lstm")
    said = re.findall(
        r"^(.*): torch trains \((.*)\), so the search takes about \d+ minutes of one core$",
        capsys.readouterr().err,
        re.M,
    )
    assert said == [
        ("own_elman", "the cell elman has no compiled form: it uses relu"),
        ("own_lstm", "as asked"),
    ]


def test_only_a_tuned_experiment_has_a_search_to_depend_on() -> None:
    raw = {"dataset": "own", "cell": "gru"}
    assert Experiment(**raw, recipe="tuned").recipe == "tuned"
    assert Params.model_fields["search"].default.trials == 32
