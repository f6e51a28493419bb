"""What the evaluation of an experiment says against its forecasts."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from cellbench import InputError
from cellbench.data.card import DatasetCard
from cellbench.data.scaling import Positions
from cellbench.data.series import Series
from cellbench.files import read_json
from cellbench.intervals import LEVELS, exact_coverage, percent
from cellbench.results.results import REPORTS
from cellbench.results.wording import loss_name, number
from cellbench.runs.card import ModelCard

FAR, SPACING, LATE = 3, 1.5, 10
"""From here on a history is unlike: ranges away from what was learned, times as far apart, windows after its end."""
RARE = 0.01
"""Chance, at most, of a coverage as far from its level, were the residuals those of samples like the test part's."""


def distrust(project: Path, name: str, card: ModelCard, series: Sequence[Series], numbers: Positions) -> list[str]:
    """Reasons not to trust the forecasts of an experiment after some of its series.

    Those are levels that it was never trained on, a validation error above that of the best baseline, and intervals
    that covered too few or too many test values; the last two are known once it has been evaluated.
    """
    data, view, found = card.data, card.view, []
    assert view  # it has continued a series
    if view.scaling.by == "train":
        ends = [one.target[-view.window :] for one in series]
        of = np.repeat(np.arange(len(ends)), [len(end) for end in ends])
        beyond = np.unique(of[data.beyond(np.concatenate(ends), numbers[of])])
        if len(beyond):
            s = numbers[beyond[0]]
            which = "" if len(series) == 1 else f" in {len(beyond)} series, such as '{series[beyond[0]].name}'"
            seen = f"{number(data.lowest[s])} to {number(data.highest[s])}"
            found.append(f"its window has values beyond those of the period train{which}, {seen}")
    metrics = project / REPORTS / "metrics" / card.experiment.dataset
    own = _read(metrics / f"{name}.json")
    compared = _read(project / REPORTS / "comparisons" / f"{card.experiment.dataset}.json")
    best, many = compared.get("best_baseline"), len(data.names) > 1
    loss = compared.get("loss", "mse")
    ours = own.get(f"val_ensemble_{loss}", 0)
    theirs = _read(metrics / "baselines" / f"{best}.json").get(f"val_{loss}", np.inf)
    if ours > theirs:
        label = compared["labels"][best]
        found.append(
            f"its validation {loss_name(loss)} is {number(ours)}, that of the baseline {label} {number(theirs)}"
        )
    for level in [level for level in LEVELS if f"coverage_{percent(level)}" in own and not many]:
        covered = own[f"coverage_{percent(level)}"]
        law = exact_coverage(data.validation_samples, compared["samples"], level, data.outputs)
        count = round(covered * law.support()[1])
        if 2 * min(law.cdf(count), law.sf(count - 1)) < RARE:
            found.append(f"its {percent(level)} % intervals covered {covered:.0%} of the test values")
    return found


def unlike(card: DatasetCard, window: int, series: Sequence[Series], numbers: Positions) -> list[str]:
    """How histories differ from the series that a network learned, in spacing, level or end: a sentence for each."""
    found: dict[str, tuple[str, str]] = {}
    for one, s in zip(series, numbers, strict=True):
        low, high, recent = card.lowest[s], card.highest[s], one.target[-window:]
        if max(low - recent.mean(), recent.mean() - high) > FAR * (high - low):
            said = f"the mean of its last {len(recent)} values is {number(recent.mean())}"
            found.setdefault("level", (one.name, f"{said}; those that were learned: {number(low)} to {number(high)}"))
        if card.time is None or not one.timeline.apart or not card.apart:
            continue
        (apart, unit), (learned, its_unit) = one.timeline.apart, card.apart
        if unit != its_unit or not 1 / SPACING < apart / learned < SPACING:
            said = f"its rows are {apart:.4g}{unit} apart; those that were learned: {learned:.4g}{its_unit}"
            found.setdefault("rows", (one.name, said))
        with suppress(InputError):  # labels of another kind
            late = one.timeline.rows_after(card.last[s])
            if late < 0 or late > LATE * max(window, card.outputs):
                side = "before" if late < 0 else "after"
                said = (
                    f"it ends at {one.timeline.labels[-1]}, about {abs(late):.0f} of its rows {side} what was learned"
                )
                found.setdefault("end", (one.name, f"{said} ends ({card.last[s]})"))
    return [said if len(series) == 1 else f"series '{name}': {said}" for name, said in found.values()]


def _read(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}
