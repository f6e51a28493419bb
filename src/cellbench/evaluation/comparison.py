"""Is one forecaster better than another on a dataset, and is the difference more than chance?

Shape letters: R replicates, N test samples in the order of time.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.base.params.streams import stream
from cellbench.evaluation.significance import (
    LEAST_BLOCKS,
    block_length,
    diebold_mariano,
    holm,
    model_confidence_set,
    paired_bootstrap,
)
from cellbench.evaluation.statistics import ALPHA

Array = NDArray[np.float64]


def compare(
    experiments: Mapping[str, Array],
    ensembles: Mapping[str, Array],
    baselines: Mapping[str, Array],
    horizon: int | None,
    seed: int,
) -> dict[str, Any]:
    """Every experiment against every other, the best baseline and an AR(1), on the squared errors of the same samples.

    A difference counts where two tests agree after Holm's correction for the number of pairs: the bootstrap of
    replicates and samples, which speaks of a cell trained once more, and that of Diebold and Mariano, which speaks of
    the ensembles. No experiment has the name of a baseline. The order of the mappings does not matter.

    Args:
        experiments: losses of the replicates `(R, N)` by experiment.
        ensembles: losses of their ensembles `(N,)`.
        baselines: losses `(N,)` by baseline.
        horizon: steps ahead, over which errors of neighbouring samples overlap; None for samples without an order.
    """
    best = min(sorted(baselines), key=lambda name: float(baselines[name].mean()))
    samples = len(baselines[best])
    block = 1 if horizon is None else block_length(samples, horizon)
    single = {**ensembles, **baselines}

    def pair(first: str, second: str) -> dict[str, Any]:
        ours, theirs = experiments[first], experiments[second] if second in experiments else baselines[second][None]
        if second in experiments:  # replicate by replicate, as many as both have
            count = min(len(ours), len(theirs))
            ours, theirs = ours[:count], theirs[:count]
        difference = paired_bootstrap(ours - theirs, block, stream(seed, "bootstrap", first, second))
        dm, p = diebold_mariano(single[first] - single[second], horizon or 1)
        return {"first": first, "second": second, **difference._asdict(), "dm": dm, "dm_p": p}

    return {
        "samples": samples,
        "block": block,
        "tested": samples >= LEAST_BLOCKS * block,
        "best_baseline": best,
        "cells": _corrected([pair(first, second) for first, second in combinations(sorted(experiments), 2)]),
        "against_baseline": _corrected([pair(first, best) for first in sorted(experiments)]),
        "against_one_lag": _corrected([pair(first, "ar1") for first in sorted(experiments) if "ar1" in baselines]),
        "confidence_set": model_confidence_set(single, block, stream(seed, "confidence set")),
    }


def _corrected(family: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pairs of a family of tests with Holm's p-values and what follows from them."""
    for p in ("p", "dm_p"):
        for entry, value in zip(family, holm([entry[p] for entry in family]) if family else [], strict=True):
            entry[f"{p}_holm"] = value
    return [entry | {"verdict": verdict(entry)} for entry in family]


def verdict(entry: Mapping[str, Any]) -> str:
    """`better` or `worse`, of the first, where both corrected tests and the signs agree; else `no difference`.

    `not tested` where the test samples are too few.
    """
    if entry["low"] is None:
        return "not tested"
    agree = np.sign(entry["mean"]) == np.sign(entry["dm"])
    if not agree or max(entry["p_holm"], entry["dm_p_holm"]) >= ALPHA:
        return "no difference"
    return "better" if entry["mean"] < 0 else "worse"
