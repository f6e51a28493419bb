"""What a forecaster forecasts, and how wrong it is: experiments, averages of them, baselines, the true forecast.

Shape letters: R replicates, N test samples, V validation samples, M samples of the future, O outputs.
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
from cellbench.evaluate.tables import coverage_table, forecast_table, prediction_table, score_table, series_table
from cellbench.runs.card import load_model_card
from cellbench.runs.outputs import load_network, load_residuals, weight_changes


class Evaluated(NamedTuple):
    """What a forecaster is called, what it forecasts in the units of the series, and what follows from that."""

    label: str
    validated: Array
    """The validation samples `(V, O)`, forecast by its ensemble from what it knew before them."""
    forecasts: Array
    """The test samples `(R, N, O)`."""
    future: Array
    """What comes next `(M, O)`, by its ensemble."""
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
    asked = data.origins("validation"), np.concatenate([test.origins, data.origins("future")])
    found: dict[str, Evaluated] = {}
    for name, (validated, forecasts, label, missed) in forecast_each(data, source, *asked).items():
        if missed == len(test.names):
            say(f"{dataset}: no forecasts by {name}, which cannot be fitted: {label}")
            continue
        if missed:
            say(f"{dataset}: {name} cannot be fitted to {missed} of {len(test.names)} series: the last value instead")
        found[name] = evaluate_forecasts(test, label, validated, *np.split(forecasts, [len(test.origins)]))
    if not found:
        raise InputError(f"datasets.{dataset}.baselines: none of them can be fitted to this series; name others")
    return found


def _training_mean(test: Holdout) -> Evaluated:
    """The one baseline of noise: the mean of the training targets of each output."""
    data = test.data
    known = data.origins("train", "validation")
    parts = (known, data.origins("validation"), test.origins, data.origins("future"))
    seen, *asked = (test.training_mean(known, part) for part in parts)
    found = evaluate_forecasts(test, "the training mean", *asked)
    train_mse = squared_errors(single(seen)[None], data.truth(known)).mean()
    return found._replace(metrics=found.metrics | {"train_mse": train_mse})


def evaluate_optimum(test: Holdout, source: Source) -> dict[str, Evaluated]:
    """The true forecast, where the process is known."""
    if not isinstance(source, Noise | Arma):
        return {}
    asked = (test.data.origins("validation"), test.origins, test.data.origins("future"))
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
        parts = [(member.validated, member.forecasts.mean(axis=0), member.future) for member in members]
        return evaluate_forecasts(test, label, *(np.mean(part, axis=0) for part in zip(*parts, strict=True)))

    several = len(ensembles) > 1
    cells = mean("mean of the ensembles", *ensembles) if several else ensembles[0]
    found = {"cells": cells} if several else {}
    return found | {"cells_and_baseline": mean(f"half {cells.label}, half {baseline.label}", cells, baseline)}


def evaluate_forecasts(test: Holdout, label: str, validated: Array, tested: Array, future: Array) -> Evaluated:
    """A forecaster without replicates, by its forecasts of the validation samples, the test samples and the future."""
    data, (validated, tested, future) = test.data, map(single, (validated, tested, future))
    before, after = data.origins("validation"), data.origins("future")
    residuals = (data.by_output(before) - validated) / test.scaling(before).scale[:, None]
    residuals = residuals[~np.isnan(residuals).any(axis=1)]  # of a series that does not change in the period train
    known = forecast_table(data, test.origins, test.period, tested, residuals, test.scaling(test.origins))
    unknown = forecast_table(data, after, "future", future, residuals, test.scaling(after))
    scores = score_table(test, tested[None])
    metrics = overall(scores).loc["ensemble"].to_dict() | interval_metrics(known)
    if len(residuals):
        metrics[f"val_{test.loss}"] = data.validation_errors(validated[None])[0]
    tables = {"scores": scores, "series": series_table(test, tested[None]), "forecasts": pd.concat([known, unknown])}
    tables["coverage"] = coverage_table(data.by_output(test.origins), tested, residuals, test.scaling(test.origins))
    return Evaluated(label, validated, tested[None], future, tables, metrics)


def evaluate_experiment(folder: Path, test: Holdout, others: dict[str, Evaluated]) -> Evaluated:
    """The experiment in the folder of a run, beside the baselines and the optimum, where it is known."""
    network, model, residuals = load_network(folder), load_model_card(folder), load_residuals(folder)
    changes, data, place = pd.DataFrame(weight_changes(folder)), test.data, f"experiments.{folder.name}"

    def cut(origins: Positions) -> Samples:
        return data.samples(origins, model.view, place)

    learned = data.origins("train", "validation", window=model.experiment.window or 1)
    train = cut(learned)
    tested, validation, coming = cut(test.origins), cut(data.origins("validation")), cut(data.origins("future"))
    forecasts, future = (network_forecasts(network, samples) for samples in (tested, coming))
    scores = score_table(test, forecasts, model.members)
    known = forecast_table(data, test.origins, test.period, forecasts.mean(axis=0), residuals, tested.scaling)
    unknown = forecast_table(data, data.origins("future"), "future", future.mean(axis=0), residuals, coming.scaling)

    theirs = {name: found.metrics[f"test_{test.loss}"] for name, found in others.items()}
    optimum = theirs.pop("optimum", None)
    spread = 1.0 if data.is_many else float(test.truth.var())
    metrics = score_metrics(scores, test.loss, theirs, spread, optimum) | interval_metrics(known)
    tables = {"scores": scores, "series": series_table(test, forecasts, model.members), "weight_changes": changes}
    tables |= {"forecasts": pd.concat([known, unknown]), "predictions": prediction_table(future, model.members)}
    validated, continued, truth = np.empty((0, data.card.outputs)), forecasts.mean(axis=0), data.by_output(test.origins)
    if model.view:
        validated = single(validation.scaling.away(validation.truth, -residuals[:, : data.card.outputs]))
        windows = data.windows(test.origins, model.view, place)
        continued = continued_forecasts(network, model.view, windows, test.series, data.card.reach)
        truth = data.following(test.origins, data.card.reach, *data.test_periods)
        metrics[f"val_{test.loss}"] = float(np.mean(model.val_error))
        metrics[f"val_ensemble_{test.loss}"] = data.validation_errors(validated[None])[0]
    if not data.is_many:
        metrics["train_mse"] = squared_errors(network_forecasts(network, train), train.truth).mean()
    if data.card.is_series and not data.is_many:
        metrics |= residual_metrics((known["truth"] - known["forecast"])[known["step"] == 1].to_numpy())
    tables["coverage"] = coverage_table(truth, continued, residuals, tested.scaling)
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
    return Evaluated(folder.name, validated, forecasts, future.mean(axis=0), tables, metrics)
