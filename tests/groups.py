"""Made-up results on one dataset, as the report reads them back."""

from pathlib import Path
from typing import Any

import numpy as np

from cellbench.base.params.config import Experiment
from cellbench.base.params.sources import Noise, Source, Statsmodels
from cellbench.reporting.results import Group, Result

NOISE = Noise(source="noise", samples=9, test_samples=50, predict_samples=3, timesteps=1, features=2)
ERRORS = ("mse", "rmse", "mae")
SERIES = Statsmodels(
    source="statsmodels", name="sunspots", target="SUNACTIVITY", window=2, variance=10.0,
    until={"train": 0.3, "validation": 0.5, "early": 0.8, "late": 1.0},
    published={"somebody (1990) | AR": {"early": 0.126}},
)  # fmt: skip


def result(
    name: str = "a",
    verdict: str = "no difference",
    *,
    skill: float = 0.0,
    second: str = "mean",
    train_mse: float = 0.08,
    replicates: int = 3,
    recipe: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
    change: str = "0.1",
    interval: bool = True,
    diverged: dict[int, int] | None = None,
) -> Result:
    """An experiment with a given skill against a baseline whose error is 0.1."""
    fields = {"replicates": replicates, "epochs": 2, "batch_size": 1, "learning_rate": 0.1, "cell": "lstm", "units": 4}
    difference = 0 - 0.1 * skill
    mse = 0.1 + difference
    against = {"first": name, "second": second, "verdict": verdict, "mean": difference, "dm": difference}
    against |= {"low": difference - 0.01, "high": difference + 0.02} if interval else {"low": None, "high": None}
    own = {f"ensemble_{error}": mse - 0.01 for error in ERRORS} | {"excess_over_optimum": mse / 0.09 - 1}
    own |= {"test_mse": mse, "train_mse": train_mse, "n_params": 149, "multiply_adds": 7, "best_epoch": 2.0}
    return Result(
        name=name,
        experiment=Experiment(dataset="d", **(fields | (recipe or {}))),
        run=Path(),
        figures=Path("figures") / name,
        metrics=own | (metrics or {}),
        baseline={"test_mse": 0.1, "train_mse": 0.07, "train_loss": 0.07},
        against=against | {"p": 0.2, "dm_p": 0.2, "p_holm": 0.2, "dm_p_holm": 0.0002},
        members=[r for r in range(replicates) if r not in (diverged or {})],
        diverged=diverged or {},
        scores=[{"test_mse": mse + r / 1000} for r in range(-(replicates // 2), replicates // 2 + 1)][:replicates],
        curves={"train_loss": np.full((2, replicates), train_mse)},
        predictions=np.full((replicates, 3, 1), 0.5),
        weight_changes=[
            {"weight": weight, "gate": gate, "change": "0" if gate == "f" else change if weight == "U" else "0.5"}
            for weight in ("U", "W")
            for gate in ("i", "f", "c", "o")
        ],
    )


def group(
    *results: Result,
    source: Source = NOISE,
    cells: list[tuple[str, str, str]] | None = None,
    best: str = "mean",
    baselines: dict[str, dict[str, float]] | None = None,
    scores: list[dict[str, str]] | None = None,
    tested: bool = True,
    beyond: str = "",
) -> Group:
    """Experiments on one dataset, and what came out between them: first, second, verdict of the first."""
    errors = {f"test_{error}": 0.1 for error in ERRORS}
    numbers = {"mean": -0.01, "low": -0.02, "high": 0.01, "dm": -1.0, "p_holm": 0.3, "dm_p_holm": 0.4}
    found = {"mean": errors | {"train_mse": 0.07}} | (baselines or {})
    return Group(
        dataset="d",
        source=source,
        results=list(results),
        baselines=found,
        optimum=0.09,
        compared={
            "samples": 50,
            "tested": tested,
            "periods": {"train": {"samples": 70, "first": "1712", "last": "1781"}},
            "best_baseline": best,
            "cells": [numbers | {"first": a, "second": b, "verdict": verdict} for a, b, verdict in cells or []],
            "against_baseline": [result.against for result in results],
            "against_one_lag": [
                {
                    "first": result.name,
                    "second": "ar1",
                    "verdict": "better" if result.name in beyond else "no difference",
                }
                for result in results
            ],
            "confidence_set": dict.fromkeys([*(r.name for r in results), *found], 0.051) | {"mean": 0.0},
        },
        scores=scores or [],
        forecasts=[],
    )
