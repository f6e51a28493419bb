"""What a forecaster forecasts, and how wrong it is: experiments, averages of them, baselines, the true forecast.

Shape letters: R replicates, N test samples, V validation samples, M samples of the future, O outputs.
"""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.config.sources import Arma, Noise, Source
from cellbench.continuation import continued_forecasts, network_forecasts
from cellbench.data.dataset import Positions, Samples
from cellbench.data.scaling import Scaling, single
from cellbench.evaluate.arma import arma_forecasts
from cellbench.evaluate.baselines import forecast, meant_for
from cellbench.evaluate.holdout import Holdout, squared_errors
from cellbench.evaluate.metrics import interval_metrics, overall, residual_metrics, score_metrics
from cellbench.evaluate.tables import coverage_table, forecast_table, prediction_table, score_table
from cellbench.runs.card import load_model_card
from cellbench.runs.outputs import load_network, load_residuals, weight_changes

Array = NDArray[np.float64]
UNSCALED = Scaling("none", np.zeros((1, 1)), np.ones(1))


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
    if isinstance(source, Noise) or test.series is None:
        return {"mean": _training_mean(test)}
    data, series = test.data, test.series
    found: dict[str, Evaluated] = {}
    validation, future = data.origins("validation"), data.origins("future")
    for name in source.baselines or meant_for(series[: data.known], len(series), source.season):
        ask = partial(forecast, name, series, horizon=data.card.outputs, season=source.season)
        try:
            validated, _ = ask(train=data.until("train"), origins=validation)
            later, label = ask(train=data.known, origins=np.concatenate([test.origins, future]))
        except ValueError as error:
            print(f"{dataset}: no forecasts by {name}, which cannot be fitted: {error}", flush=True)
            continue
        found[name] = evaluate_forecasts(test, label, validated, *np.split(later, [len(test.origins)]))
        print(f"{dataset}: {label}: test MSE {found[name].metrics['test_mse']:.5g}", flush=True)
    if not found:
        raise InputError(f"datasets.{dataset}.baselines: none of them can be fitted to this series; name others")
    return found


def _training_mean(test: Holdout) -> Evaluated:
    """The one baseline of noise: the mean of the training targets of each output."""
    data = test.data
    known = data.origins("train", "validation")
    mean, parts = data.by_output(known).mean(axis=0), (data.origins("validation"), test.origins, data.origins("future"))
    seen, *asked = (np.tile(mean, (len(part), 1)) for part in (known, *parts))
    found = evaluate_forecasts(test, "the training mean", *asked)
    train_mse = squared_errors(single(seen)[None], data.truth(known)).mean()
    return found._replace(metrics=found.metrics | {"train_mse": train_mse})


def evaluate_optimum(test: Holdout, source: Source) -> dict[str, Evaluated]:
    """The true forecast, where the process is known."""
    if not isinstance(source, Noise | Arma):
        return {}
    asked = (test.data.origins("validation"), test.origins, test.data.origins("future"))
    if isinstance(source, Arma) and test.series is not None:
        forecasts = [arma_forecasts(test.series, at, source.horizon, source.ar, source.ma) for at in asked]
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
    residuals = data.by_output(data.origins("validation")) - validated
    known = forecast_table(data, test.origins, test.period, tested, residuals, UNSCALED)
    unknown = forecast_table(data, data.origins("future"), "future", future, residuals, UNSCALED)
    scores = score_table(test, tested[None])
    metrics = overall(scores).loc["ensemble"].to_dict() | interval_metrics(known)
    if len(residuals):
        metrics["val_mse"] = np.square(residuals).mean()
    tables = {"scores": scores, "forecasts": pd.concat([known, unknown])}
    tables["coverage"] = coverage_table(data.by_output(test.origins), tested, residuals, UNSCALED)
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
    of_train, forecasts, future = (network_forecasts(network, samples) for samples in (train, tested, coming))
    scores = score_table(test, forecasts, model.members)
    known = forecast_table(data, test.origins, test.period, forecasts.mean(axis=0), residuals, tested.scaling)
    unknown = forecast_table(data, data.origins("future"), "future", future.mean(axis=0), residuals, coming.scaling)

    mse = {name: found.metrics["test_mse"] for name, found in others.items()}
    optimum = mse.pop("optimum", None)
    metrics = score_metrics(scores, mse, float(test.truth.var()), optimum)
    metrics |= {"train_mse": squared_errors(of_train, train.truth).mean()} | interval_metrics(known)
    tables = {"scores": scores, "forecasts": pd.concat([known, unknown]), "weight_changes": changes}
    tables |= {"predictions": prediction_table(future, model.members)}
    validated, continued, truth = np.empty((0, data.card.outputs)), forecasts.mean(axis=0), data.by_output(test.origins)
    if model.view:
        validated = single(validation.scaling.away(validation.truth, -residuals[:, : data.card.outputs]))
        windows = data.windows(test.origins, model.view, place)
        continued = continued_forecasts(network, model.view, windows, data.card.reach)
        truth = data.following(test.origins, data.card.reach, *data.test_periods)
        metrics["val_mse"] = float(np.mean(model.val_mse))
        metrics["val_ensemble_mse"] = squared_errors(validated[None], validation.truth).mean()
        metrics |= residual_metrics((known["truth"] - known["forecast"])[known["step"] == 1].to_numpy())
    tables["coverage"] = coverage_table(truth, continued, residuals, tested.scaling)
    mean = data.by_output(learned).mean(axis=0)
    seen = train.scaling.from_units(np.tile(mean, (1, len(train.x), 1)))
    members, diverged = len(model.members), len(model.diverged)
    if diverged:
        of_mean = squared_errors(np.tile(mean, (1, len(test.truth), 1)), test.truth).mean()
        total = members * metrics["test_mse"] + diverged * of_mean
        metrics["test_mse_with_diverged"] = total / (members + diverged)
    metrics |= {
        "train_loss_of_mean": squared_errors(seen, train.y.astype(np.float64)).mean(),
        "n_params": model.n_params,
        "diverged": diverged,
        "multiply_adds": model.multiply_adds,
        "best_epoch": float(np.mean(model.best_epochs)),
        "recurrent_change": changes.loc[changes["weight"] == "U", "change"].max(),
    }
    print(f"{folder.name}: test MSE {metrics['test_mse']:.5g}, ensemble {metrics['ensemble_mse']:.5g}", flush=True)
    return Evaluated(folder.name, validated, forecasts, future.mean(axis=0), tables, metrics)
