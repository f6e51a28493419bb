"""Is one forecaster better than another on a dataset, and is the difference more than chance?

Shape letters: R replicates, N test samples in the order of time.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from cellbench.config.sections import AVERAGES
from cellbench.data.scaling import Array
from cellbench.evaluate.metrics import ROUNDING
from cellbench.evaluate.ranking import average_ranks, effect
from cellbench.evaluate.significance import expected_difference, least_samples
from cellbench.results.estimates import ALPHA


def compare(
    replicates: Mapping[str, Array],
    forecasters: Mapping[str, Array],
    best: str,
    horizon: int | None,
    over_series: bool = False,
) -> dict[str, Any]:
    """Every experiment against every other, the best baseline and an AR(1), on the squared errors of the same samples;
    the averages against the best baseline, and every ensemble and baseline against the optimum, where there is one.

    Over many series, the squared RMSSE of each series takes the place of the squared error of a sample, and effect
    sizes and average ranks stand beside the tests: see `ranking`.

    The verdict is about the expected error of one newly trained network of a cell. Whether these ensembles differ is
    asked by a test of its own, which decides nothing. Both are corrected for the number of pairs of a kind as Holm
    (1979) does. The order of the mappings does not matter.

    Args:
        replicates: losses of the replicates `(R, N)` by experiment.
        forecasters: losses `(N,)` of the experiments' ensembles, and of all that has no replicates, by name.
        best: the baseline that was the best of them before any test sample was seen.
        horizon: steps ahead; None for samples without an order, such as series.
    """
    experiments, samples = sorted(replicates), len(forecasters[best])
    tested = samples >= least_samples(horizon or 1)

    ensembles = {name: losses[None] for name, losses in forecasters.items()}
    networks = ensembles | dict(replicates)

    def pair(first: str, second: str, losses: Mapping[str, Array] = networks) -> dict[str, Any]:
        ours, theirs = losses[first], losses[second]
        found = {"first": first, "second": second, "mean": float(ours.mean() - theirs.mean())}
        of = float(theirs.mean()) if theirs.mean() > ROUNDING * ours.mean() else 0.0  # nothing is a share of rounding
        found |= {"second_loss": of, "p": 1.0, "dm_p": 1.0}
        if over_series:
            found |= effect(ours.mean(axis=0), theirs.mean(axis=0))
        if tested:
            found |= expected_difference(ours, theirs, horizon is not None)._asdict()
            trained = expected_difference(ensembles[first], ensembles[second], horizon is not None)
            found |= {"dm": trained.dm, "dm_p": trained.p}
        return found

    def family(pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        found = [pair(*names) for names in pairs]
        for p in ("p", "dm_p"):
            found = [one | {f"{p}_holm": q} for one, q in zip(found, holm([one[p] for one in found]), strict=True)]
        return [one | {"verdict": verdict(one) if tested else "not tested"} for one in found]

    return ({"ranking": average_ranks(forecasters)} if over_series else {}) | {
        "samples": samples,
        "needed": least_samples(horizon or 1),
        "tested": tested,
        "best_baseline": best,
        "cells": family(combinations(experiments, 2)),
        "against_baseline": family((first, best) for first in experiments),
        "averages_against_baseline": family((average, best) for average in AVERAGES if average in forecasters),
        "above_optimum": [
            pair(name, "optimum", ensembles) for name in forecasters if "optimum" in forecasters and name != "optimum"
        ],
        "against_one_lag": family((first, "ar1") for first in experiments if "ar1" in forecasters),
    }


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for their number: Holm (1979), A simple sequentially rejective multiple test procedure.

    As statsmodels' `multipletests`, which calls the garbage collector each time: half a second in a large process.
    """
    order = np.argsort(p)
    corrected = np.minimum(np.maximum.accumulate(np.sort(p) * np.arange(len(p), 0, -1)), 1)
    return corrected[np.argsort(order)].tolist()


def verdict(pair: Mapping[str, Any]) -> str:
    """`better` or `worse`, of the first, where the corrected test says so; else `no difference`."""
    if pair["p_holm"] >= ALPHA:
        return "no difference"
    return "better" if pair["mean"] < 0 else "worse"
