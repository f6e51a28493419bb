"""What a forecaster forecasts, and how wrong it is: experiments, averages of them, baselines, the true forecast.

Shape letters: R replicates, N test samples, V validation samples, M test samples and those of the future, O outputs.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cellbench import InputError
from cellbench.config.sources import Arma, Noise, Source
from cellbench.console import say
from cellbench.continuation import continued_forecasts, network_forecasts
from cellbench.data.dataset import Samples
from cellbench.data.scaling import Array, Positions, single
from cellbench.evaluate.arma import arma_forecasts
from cellbench.evaluate.baselines_of_series import forecast_each
from cellbench.evaluate.holdout import Holdout, squared_errors
from cellbench.evaluate.metrics import interval_metrics, overall, residual_metrics, score_metrics
from cellbench.evaluate.tables import coverage_table, forecast_table, prediction_table, score_tables
from cellbench.runs.outputs import load_run


class Evaluated(NamedTuple):
    """What a forecaster is called, what it forecasts in the units of the series, and what follows from that."""

    label: str
    validated: Array
    """The validation samples `(V, O)`, forecast by its ensemble from what it knew before them."""
    forecasts: Array
    """The test samples `(R, N, O)`."""
    later: Array
    """The test samples and what comes next `(M, O)`, by its ensemble."""
    tables: dict[str, pd.DataFrame]
    metrics: dict[str, Any]


def evaluate_baselines(test: Holdout, dataset: str, source: Source) -> dict[str, Evaluated]:
    """What needs no network, by name: fitted to all known rows, and to the period train alone for the validation part.

    Raises:
        InputError: none of those that params.yaml names can be fitted.
    """
    if isinstance(source, Noise):
        return {"mean": _training_mean(test)}
    data = test.data
    found: dict[str, Evaluated] = {}
    each = forecast_each(data, source, data.origins("validation"), test.later)
    for name, (validated, later, label, missed) in each.items():
        if missed == len(test.names):
            say(f"{dataset}: no forecasts by {name}, which cannot be fitted: {label}")
            continue
        if missed:
            say(f"{dataset}: {name} cannot be fitted to {missed} of {len(test.names)} series: the last value instead")
        found[name] = evaluate_forecasts(test, label, validated, later)
    if not found:
        raise InputError(f"datasets.{dataset}.baselines: none of them can be fitted to this series; name others")
    return found


def _training_mean(test: Holdout) -> Evaluated:
    """The one baseline of noise: the mean of the training targets of each output."""
    data = test.data
    known = data.origins("train", "validation")
    seen, *asked = (test.training_mean(known, part) for part in (known, data.origins("validation"), test.later))
    found = evaluate_forecasts(test, "the training mean", *asked)
    train_mse = squared_errors(single(seen)[None], data.truth(known)).mean()
    return found._replace(metrics=found.metrics | {"train_mse": train_mse})


def evaluate_optimum(test: Holdout, source: Source) -> dict[str, Evaluated]:
    """The true forecast, where the process is known."""
    if not isinstance(source, Noise | Arma):
        return {}
    asked = (test.data.origins("validation"), test.later)
    if isinstance(source, Arma):
        series = test.data.values[: -source.horizon, 0]
        forecasts = [arma_forecasts(series, at, source.horizon, source.ar, source.ma) for at in asked]
    else:  # uniform on [0, 1), whatever is known
        forecasts = [np.full((len(origins), 1), 0.5) for origins in asked]
    return {"optimum": evaluate_forecasts(test, "the true forecast", *forecasts)}


def evaluate_averages(test: Holdout, ensembles: list[Evaluated], baseline: Evaluated) -> dict[str, Evaluated]:
    """The mean of what the ensembles forecast, and the mean of that and a baseline: averages are hard to beat.

    Bates & Granger (1969), The combination of forecasts; Timmermann (2006), Handbook of Economic Forecasting 1, chapter
    4, on equal weights.
    """

    def mean(label: str, *members: Evaluated) -> Evaluated:
        validated, later = (
            np.mean(part, axis=0) for part in zip(*((m.validated, m.later) for m in members), strict=True)
        )
        return evaluate_forecasts(test, label, validated, later)

    several = len(ensembles) > 1
    cells = mean("mean of the ensembles", *ensembles) if several else ensembles[0]
    found = {"cells": cells} if several else {}
    return found | {"cells_and_baseline": mean(f"half {cells.label}, half {baseline.label}", cells, baseline)}


def evaluate_forecasts(test: Holdout, label: str, validated: Array, later: Array) -> Evaluated:
    """A forecaster without replicates, by its forecasts of the validation samples and of the later ones."""
    data, validated, later = test.data, single(validated), single(later)
    before, tested, scaling = data.origins("validation"), later[None, : len(test.origins)], test.scaling(test.later)
    residuals = (data.by_output(before) - validated) / test.scaling(before).scale[:, None]
    residuals = residuals[~np.isnan(residuals).any(axis=1)]  # of a series that does not change in the period train
    tables = score_tables(test, tested)
    tables["forecasts"] = forecast_table(test, later, residuals, scaling)
    tables["coverage"] = coverage_table(data.by_output(test.later), later, residuals, scaling)
    metrics = overall(tables["scores"]).loc["ensemble"].to_dict() | interval_metrics(tables["forecasts"])
    if len(residuals):
        metrics[f"val_{test.loss}"] = data.validation_errors(validated[None])[0]
    return Evaluated(label, validated, tested, later, tables, metrics)


def evaluate_experiment(folder: Path, test: Holdout, others: dict[str, Evaluated]) -> Evaluated:
    """The experiment in the folder of a run, beside the baselines and the optimum, where it is known."""
    run = load_run(folder)
    network, model, residuals = run.network, run.card, run.residuals
    changes, data, place = pd.DataFrame(run.weight_changes), test.data, f"experiments.{folder.name}"

    def cut(origins: Positions) -> Samples:
        return data.samples(origins, model.view, place)

    learned = data.origins("train", "validation", window=model.experiment.window or 1)
    train, validation, later = cut(learned), cut(data.origins("validation")), cut(test.later)
    found = network_forecasts(network, later)
    (forecasts, future), ensemble = np.split(found, [len(test.origins)], axis=1), found.mean(axis=0)
    tables = score_tables(test, forecasts, model.members) | {"weight_changes": changes}
    tables["forecasts"] = forecast_table(test, ensemble, residuals, later.scaling)
    tables["predictions"] = prediction_table(future, model.members)

    theirs = {name: found.metrics[f"test_{test.loss}"] for name, found in others.items()}
    optimum = theirs.pop("optimum", None)
    spread = 1.0 if data.is_many else float(test.truth.var())
    metrics = score_metrics(tables["scores"], test.loss, theirs, spread, optimum)
    metrics |= interval_metrics(tables["forecasts"])
    validated, continued, truth = np.empty((0, data.card.outputs)), ensemble, data.by_output(test.later)
    if model.view:
        validated = single(validation.scaling.about(validation.truth).to_units(-residuals[:, : data.card.outputs]))
        windows = data.windows(test.later, model.view, place)
        continued = continued_forecasts(network, model.view, windows, data.series[test.later], data.card.reach)
        truth = data.following(test.later, data.card.reach, *data.test_periods)
        metrics[f"val_{test.loss}"] = float(np.mean(model.val_error))
        metrics[f"val_ensemble_{test.loss}"] = data.validation_errors(validated[None])[0]
    if not data.is_many:
        metrics["train_mse"] = squared_errors(network_forecasts(network, train), train.truth).mean()
    if data.card.is_series and not data.is_many:
        metrics |= residual_metrics((test.truth - ensemble[: len(test.origins)])[:, 0])
    tables["coverage"] = coverage_table(truth, continued, residuals, later.scaling)
    seen = train.scaling.from_units(test.training_mean(learned, learned)[None])
    members, diverged = len(model.members), len(model.diverged)
    if diverged:
        of_mean = test.losses(test.training_mean(learned, test.origins)[None]).mean()
        total = members * metrics[f"test_{test.loss}"] + diverged * of_mean
        metrics[f"test_{test.loss}_with_diverged"] = total / (members + diverged)
    metrics |= {
        "train_loss_of_mean": squared_errors(seen, train.y.astype(np.float64)).mean(),
        "n_params": model.n_params,
        "diverged": diverged,
        "multiply_adds": model.multiply_adds,
        "best_epoch": float(np.mean(model.best_epochs)),
        "recurrent_change": changes.loc[changes["weight"] == "U", "change"].max(),
    }
    return Evaluated(folder.name, validated, forecasts, ensemble, tables, metrics)
