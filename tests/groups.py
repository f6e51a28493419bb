"""Made-up results on one dataset, as the report reads them back."""

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cellbench.config.params import Experiment
from cellbench.config.sources import Noise, Source, Statsmodels
from cellbench.report.document import comparison
from cellbench.results.estimates import half_interval
from cellbench.results.results import Group, Result

NOISE = Noise(source="noise", samples=9, test_samples=50, predict_samples=3, timesteps=1, features=2)
ERRORS = ("mse", "rmse", "mae")
LABELS = {"mean": "the training mean", "last": "the last value", "ar": "AR(3) by AICc", "arima": "ARIMA(1,0,2)"}
SERIES = Statsmodels(
    source="statsmodels", name="sunspots", target="SUNACTIVITY", variance=10.0,
    until={"train": 0.3, "validation": 0.5, "early": 0.8, "late": 1.0},
    published={"metric": "test_arv", "values": {"somebody (1990) | AR": {"early": 0.126}}},
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
    interval: bool = True,
    diverged: dict[int, int] | None = None,
    search: dict[str, Any] | None = None,
) -> Result:
    """An experiment with a given skill against a baseline whose error is 0.1."""
    fields = {"replicates": replicates, "epochs": 2, "batch_size": 1, "learning_rate": 0.1, "cell": "lstm", "units": 4}
    difference = 0 - 0.1 * skill
    mse = 0.1 + difference
    against = {"first": name, "second": second, "verdict": verdict, "mean": difference, "second_loss": 0.1}
    ends = {"low": difference - 0.01, "high": difference + 0.02, "dm": difference, "seeds": 0.2, "detectable": 0.3}
    against |= ends if interval else {}
    own = {f"ensemble_{error}": mse - 0.01 for error in ERRORS} | {f"skill_vs_{second}": skill}
    own |= {"test_mse": mse, "train_mse": train_mse, "n_params": 149, "multiply_adds": 7, "best_epoch": 2.0}
    own |= {"train_loss_of_mean": 0.07, "val_ensemble_mse": mse, "test_mse_with_diverged": mse + 0.02}
    members = [r for r in range(replicates) if r not in (diverged or {})]
    errors = [mse + (n - (len(members) - 1) / 2) / 1000 for n in range(len(members))]
    own |= {"test_mse_ci95": half_interval(np.array(errors))}
    return Result(
        name=name,
        experiment=Experiment(dataset="d", **(fields | (recipe or {}))),
        run=Path(),
        headline={"test_mse": mse, "skill": skill},
        metrics=own | (metrics or {}),
        search=search,
        against=against | {"p": 0.2, "dm_p": 0.2, "p_holm": 0.2, "dm_p_holm": 0.0002},
        diverged=diverged or {},
        scores=pd.DataFrame({"test_mse": errors}, index=members),
        curves={"train_loss": np.full((2, replicates), train_mse)},
        predictions=pd.DataFrame(
            0.5, pd.MultiIndex.from_product([range(3), range(1)], names=["sample", "output"]), members
        ),
    )


def table_of_scores(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Test metrics by forecaster, period and step, each `all` where a row does not say."""
    table = pd.DataFrame([{"period": "all", "step": "all"} | row for row in rows])
    return table.set_index(["forecaster", "period", "step"])


def group(
    *results: Result,
    source: Source = NOISE,
    cells: list[tuple[str, str, str]] | None = None,
    best: str = "mean",
    baselines: dict[str, dict[str, float]] | None = None,
    scores: list[dict[str, Any]] | None = None,
    forecasts: list[dict[str, Any]] | None = None,
    tested: bool = True,
    beyond: str = "",
    validation: str = "samples",
    beyond_range: int = 0,
    doubts: Sequence[str] = (),
    echoes: Sequence[str] = (),
) -> Group:
    """Experiments on one dataset, and what came out between them: first, second, verdict of the first.

    Args:
        scores: besides those of all periods and steps together.
        validation: the digest of the validation samples.
        beyond_range: the values to be forecast beyond the range of the training part.
        beyond: the experiments that are better than one lag.
        doubts: the sentences about a strange series.
        echoes: the experiments that hardly differ from the last value.
    """
    errors = {f"test_{error}": 0.1 for error in ERRORS}
    numbers = {"mean": -0.01, "low": -0.02, "high": 0.01, "p": 0.1, "p_holm": 0.3, "dm": -1.0, "dm_p_holm": 0.4}
    numbers |= {"second_loss": 0.1, "seeds": 0.3, "detectable": 0.25}
    found = {"mean": errors | {"train_mse": 0.07}} | (baselines or {})
    overall = [
        {"forecaster": result.name} | {f"test_{e}": result.metrics[f"ensemble_{e}"] for e in ERRORS}
        for result in results
    ]
    overall += [
        {"forecaster": name} | {metric: metrics.get(metric, 0.1) for metric in errors}
        for name, metrics in found.items()
    ]
    if variance := getattr(source, "variance", None):
        overall = [row | {"test_arv": row["test_mse"] / variance} for row in overall]
    times = {"time": "1979", "step": 1, "forecast": 0.5, "lower_80": 0.1, "upper_80": 0.9}
    future = [
        {"forecaster": result.name, "series": "y", "period": "future", "truth": np.nan} | times for result in results
    ]
    future += [{"forecaster": best, "series": "y", "period": "future", "truth": np.nan} | times]
    return Group(
        dataset="d",
        source=source,
        results=list(results),
        baselines=found,
        optimum=0.09,
        compared={
            "loss": "mse",
            "series": 1,
            "samples": 50,
            "validation": validation,
            "beyond": beyond_range,
            "doubts": list(doubts),
            "echoes": list(echoes),
            "tested": tested,
            "needed": 60,
            "periods": {
                "train": {"first": "1712", "last": "1781"},
                "validation": {"samples": 40, "first": "1782", "last": "1821"},
            },
            "best_baseline": best,
            "labels": {name: LABELS[name] for name in found},
            "averages_against_baseline": [],
            "above_optimum": [
                {"first": name, "second": "optimum", "mean": -0.02, "low": -0.03, "high": 0.01, "second_loss": 0.09}
                for name in [result.name for result in results]
            ],
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
        },
        scores=table_of_scores(overall + (scores or [])),
        forecasts=pd.DataFrame(forecasts or future),
        coverage=pd.DataFrame(
            {"forecaster": name, "step": step, "residuals": 41 - step, "samples": 50, "within_80": 0.8 - step / 100}
            for name in [*(result.name for result in results), best]
            for step in (1, 2)
        ),
        weight_changes=pd.DataFrame(
            [
                {"experiment": result.name, "weight": weight, "gate": gate, "change": 0.0 if weight == "U" else 0.5}
                for result in results
                for gate, weight in product("fo", "UWb")
                if (gate, weight) != ("o", "b")
            ]
        ),
        series=pd.DataFrame([{"series": "y"} | row for row in overall]).set_index(["forecaster", "series"]),
    )


def report(of: Group) -> str:
    """The report, each paragraph on a line."""
    return re.sub(r"(?<=[^\n|])\n(?=[^\n|])", " ", comparison([of]))
