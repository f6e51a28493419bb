"""What the evaluation of an experiment says against its forecasts."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.files import read_json
from cellbench.intervals import LEVELS, exact_coverage, percent
from cellbench.results.results import REPORTS
from cellbench.results.wording import number
from cellbench.runs.card import ModelCard

RARE = 0.01
"""Chance, at most, of a coverage as far from its level, were the residuals those of samples like the test part's."""


def doubts(project: Path, name: str, card: ModelCard, target: NDArray[np.float64]) -> list[str]:
    """Reasons not to trust the forecast of an experiment after a series `(L,)`.

    Those are levels that it was never trained on, a validation error above that of the best baseline, and intervals
    that covered too few or too many test values; the last two are known once it has been evaluated.
    """
    data, view, found = card.data, card.view, []
    if view and view.scaling.by == "train" and data.beyond(target[-view.window :]).any():
        seen = f"{number(data.lowest)} to {number(data.highest)}"
        found.append(f"its window has values beyond those of the period train, {seen}")
    metrics = project / REPORTS / "metrics" / card.experiment.dataset
    own = _read(metrics / f"{name}.json")
    compared = _read(project / REPORTS / "comparisons" / f"{card.experiment.dataset}.json")
    best = compared.get("best_baseline")
    theirs = _read(metrics / "baselines" / f"{best}.json").get("val_mse", np.inf)
    if own.get("val_ensemble_mse", 0) > theirs:
        label = compared["labels"][best]
        found.append(
            f"its validation MSE is {number(own['val_ensemble_mse'])}, that of the baseline {label} {number(theirs)}"
        )
    for level in [level for level in LEVELS if f"coverage_{percent(level)}" in own]:
        covered = own[f"coverage_{percent(level)}"]
        law = exact_coverage(data.validation_samples, compared["samples"], level, data.outputs)
        count = round(covered * law.support()[1])
        if 2 * min(law.cdf(count), law.sf(count - 1)) < RARE:
            found.append(f"its {percent(level)} % intervals covered {covered:.0%} of the test values")
    return found


def _read(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}
