"""What the evaluation of an experiment says against its forecasts."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from cellbench.config.params import Experiment
from cellbench.data.dataset import DatasetCard
from cellbench.files import read_json
from cellbench.intervals import LEVELS, percent
from cellbench.results.results import REPORTS
from cellbench.results.wording import number

NAIVE = {"last": "the last value", "seasonal": "the value one season before"}
RARE = 0.01
"""Chance, at most, of a coverage as far from its level, were the intervals right."""


def unseen_levels(data: DatasetCard, target: NDArray[np.float64]) -> str:
    """Whether a network under `scaling: train` sees values in its window that it was never trained on; "" if not."""
    window = target[-data.timesteps :]
    known = data.lowest <= window.min() and window.max() <= data.highest
    if known or data.scaling is None or data.scaling.by != "train":
        return ""
    return f"its window has values beyond those of the period train, {number(data.lowest)} to {number(data.highest)}"


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
