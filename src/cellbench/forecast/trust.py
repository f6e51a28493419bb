"""What the evaluation of an experiment says against its forecasts."""

from pathlib import Path

from scipy.stats import binomtest

from cellbench.config.params import Experiment
from cellbench.files import read_json
from cellbench.intervals import LEVELS, percent
from cellbench.results.results import REPORTS
from cellbench.results.wording import number

NAIVE = {"last": "the last value", "seasonal": "the value one season before"}
RARE = 0.01
"""Chance, at most, of a coverage as far from its level, were the intervals right."""


def doubts(project: Path, name: str, experiment: Experiment) -> list[str]:
    """Reasons not to trust an experiment: worse than a naive forecast on the validation part, or wrong intervals.

    None where it has not been evaluated.
    """
    reports = project / REPORTS
    metrics = reports / "metrics" / experiment.dataset
    if not (metrics / f"{name}.json").exists():
        return []
    own, found = read_json(metrics / f"{name}.json"), []
    for baseline, known_as in NAIVE.items():
        file = metrics / "baselines" / f"{baseline}.json"
        theirs = read_json(file).get("val_mse") if file.exists() else None
        if theirs is not None and own["val_mse"] > theirs:
            found.append(f"its validation MSE is {number(own['val_mse'])}, that of {known_as} {number(theirs)}")
    samples = read_json(reports / "comparisons" / f"{experiment.dataset}.json")["samples"]
    for level in LEVELS:
        covered = own.get(f"coverage_{percent(level)}")
        if covered is not None and binomtest(round(covered * samples), samples, level).pvalue < RARE:
            found.append(f"its {percent(level)} % intervals covered {covered:.0%} of the test values")
    return found
