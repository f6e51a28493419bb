"""The recipe of the sunspot experiments is the one that the study found, without a look at the test years."""

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from cellbench.config.params import load_params

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "studies/sunspots_recipe.py"
ROWS = list(csv.DictReader(STUDY.with_suffix(".csv").open()))

spec = importlib.util.spec_from_file_location("sunspots_recipe", STUDY)
assert spec is not None
assert spec.loader is not None
study = importlib.util.module_from_spec(spec)
sys.modules["sunspots_recipe"] = study
spec.loader.exec_module(study)


def test_params_yaml_has_the_recipe_of_the_lowest_score() -> None:
    best = min(ROWS, key=lambda row: float(row["mean"]))
    params = load_params(ROOT / "params.yaml")
    data = params.datasets["sunspots"]
    assert {name: str(getattr(data, name)) for name in ("transform", "scaling", "window")}.items() <= best.items()
    experiments = params.experiments_on("sunspots")
    assert {e.cell for e in experiments.values()} == {"elman", "lstm", "gru", "gru_reset_after"}
    for experiment in experiments.values():
        for name in ("skip", "units", "batch_size", "learning_rate", "weight_decay", "epochs"):
            assert str(getattr(experiment, name)) == best[name] or getattr(experiment, name) == float(best[name]), name
        assert experiment.select == "last"


def test_the_study_knows_no_year_after_1920() -> None:
    assert study.known_series().timeline.labels[-1] == "1920"
    assert len(study.known_series().target) == 221


def test_the_study_can_be_run_again() -> None:
    (row,) = [
        row for row in ROWS
        if (row["transform"], row["scaling"], row["skip"], row["epochs"]) == ("none", "train", "none", "50")
        and study.Candidate(units=int(row["units"]), window=int(row["window"]), batch_size=int(row["batch_size"]),
                            learning_rate=float(row["learning_rate"]), weight_decay=float(row["weight_decay"]))
        == study.Candidate()
    ]  # fmt: skip
    assert study.score(study.Candidate(), "elman", (50,))[50] == pytest.approx(float(row["elman"]), rel=0.02)
