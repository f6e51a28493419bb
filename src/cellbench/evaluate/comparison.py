"""Is one forecaster better than another on a dataset, and is the difference more than chance?

Shape letters: R replicates, N test samples in the order of time.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from cellbench.evaluate.significance import LEAST_BLOCKS, block_length, diebold_mariano, paired_bootstrap
from cellbench.results.estimates import ALPHA
from cellbench.streams import stream

Array = NDArray[np.float64]


def compare(
    replicates: Mapping[str, Array], forecasters: Mapping[str, Array], best: str, horizon: int | None, seed: int
) -> dict[str, Any]:
    """Every experiment against every other, the best baseline and an AR(1), on the squared errors of the same samples.

    A difference counts where two tests agree after Holm's correction for the number of pairs: the bootstrap of
    replicates and samples, which asks whether it would hold with newly trained networks, and the test of Diebold and
    Mariano, which asks it of these ensembles. The order of the mappings does not matter.

    Args:
        replicates: losses of the replicates `(R, N)` by experiment.
        forecasters: losses `(N,)` of the experiments' ensembles, and of the baselines, by name.
        best: the baseline that was the best of them before any test sample was seen.
        horizon: steps ahead, over which errors of neighbouring samples overlap; None for samples without an order.
    """
    experiments = sorted(replicates)
    samples = len(forecasters[best])
    block = 1 if horizon is None else block_length(samples, horizon)

    def pair(first: str, second: str) -> dict[str, Any]:
        ours, theirs = replicates[first], forecasters[second]
        if second in replicates:  # replicate by replicate, as many as both have
            theirs = replicates[second][: len(ours)]
            ours = ours[: len(theirs)]
        difference = paired_bootstrap(ours - theirs, block, stream(seed, "bootstrap"))
        dm, p = diebold_mariano(forecasters[first] - forecasters[second], horizon or 1)
        return {"first": first, "second": second, **difference._asdict(), "dm": dm, "dm_p": p}

    return {
        "samples": samples,
        "block": block,
        "tested": samples >= LEAST_BLOCKS * block,
        "best_baseline": best,
        "cells": _corrected([pair(first, second) for first, second in combinations(experiments, 2)]),
        "against_baseline": _corrected([pair(first, best) for first in experiments]),
        "against_one_lag": _corrected([pair(first, "ar1") for first in experiments if "ar1" in forecasters]),
    }


def _corrected(family: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pairs of a family of tests with p-values corrected as Holm (1979) does, and what follows from them."""
    for p in ("p", "dm_p"):
        corrected = multipletests([pair[p] for pair in family], method="holm")[1].tolist()
        family = [pair | {f"{p}_holm": value} for pair, value in zip(family, corrected, strict=True)]
    return [pair | {"verdict": verdict(pair)} for pair in family]


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
