"""Stage `evaluate@<dataset>`: each forecaster's forecasts, tables and metrics, then the comparison of them all."""

import hashlib
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cellbench import InputError
from cellbench.config.params import Params
from cellbench.config.sources import Noise, Source
from cellbench.data.dataset import Positions, Samples
from cellbench.data.scaling import Scaling, single
from cellbench.evaluate.baselines import forecast, meant_for
from cellbench.evaluate.comparison import compare
from cellbench.evaluate.holdout import Holdout, output_means, squared_errors
from cellbench.evaluate.metrics import interval_metrics, overall, residual_metrics, score_metrics
from cellbench.evaluate.tables import forecast_table, prediction_table, score_table
from cellbench.files import rounded, write_json, write_table
from cellbench.network import Network, network_outputs
from cellbench.results.results import REPORTS, TABLES
from cellbench.runs.card import load_model_card, run_folder
from cellbench.runs.outputs import load_network, load_residuals, weight_changes

UNSCALED = Scaling("none", np.zeros((1, 1)), np.ones(1))


class Evaluated(NamedTuple):
    """What a forecaster is called, its forecasts of the test samples `(R, N, O)`, and what follows from them."""

    label: str
    forecasts: NDArray[np.float64]
    tables: dict[str, pd.DataFrame]
    metrics: dict[str, Any]


def evaluate(params: Params, name: str) -> None:
    """Score every experiment on a dataset: write its metrics, tables and comparison."""
    torch.set_num_threads(1)  # as in training: more would cost more than they bring
    test = Holdout.load(Path("data") / name, params.datasets[name])
    baselines = evaluate_baselines(test, name, params.datasets[name])
    mse = {baseline: found.metrics["test_mse"] for baseline, found in baselines.items()}
    experiments = {e: evaluate_experiment(run_folder(name, e), test, mse) for e in params.experiments_on(name)}

    metrics = {f"baselines/{b}": found.metrics for b, found in baselines.items()}
    metrics |= {e: found.metrics for e, found in experiments.items()}
    card = test.data.card
    if card.expected_optimum is not None:
        metrics["baselines/optimum"] = {"test_mse": card.expected_optimum}
    for forecaster, numbers in metrics.items():
        write_json(REPORTS / "metrics" / name / f"{forecaster}.json", rounded(numbers))
    for table, column in TABLES.items():
        rows = {f: found.tables[table] for f, found in (baselines | experiments).items() if table in found.tables}
        write_table(REPORTS / table / f"{name}.csv", pd.concat(rows, names=[column]).reset_index(level=0))

    truth = test.truth
    compared = compare(
        {e: squared_errors(found.forecasts, truth) for e, found in experiments.items()},
        {f: squared_errors(found.forecasts.mean(0)[None], truth)[0] for f, found in (experiments | baselines).items()},
        best=min(baselines, key=lambda baseline: baselines[baseline].metrics.get("val_mse", 0)),
        horizon=card.outputs if card.is_series else None,
    )
    compared |= {"baselines": {baseline: found.label for baseline, found in baselines.items()}}
    compared |= {"periods": test.extents, "beyond": test.beyond}
    validated = test.data.truth(test.data.origins("validation"))
    compared["validation"] = hashlib.sha256(validated.tobytes()).hexdigest()[:16]
    described = params.datasets[name].model_dump(mode="json")
    write_json(REPORTS / "comparisons" / f"{name}.json", rounded(compared) | {"dataset": described})


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
        residuals = data.truth(validation) - single(validated)
        tested, coming = np.split(single(later), [len(test.origins)])
        known = forecast_table(data, test.origins, test.period, tested, residuals, UNSCALED)
        unknown = forecast_table(data, future, "future", coming, residuals, UNSCALED)
        scores = score_table(test, tested[None])
        metrics = overall(scores).loc["ensemble"].to_dict() | interval_metrics(known)
        metrics |= {"val_mse": np.square(residuals).mean()}
        tables = {"scores": scores, "forecasts": pd.concat([known, unknown])}
        found[name] = Evaluated(label, tested[None], tables, metrics)
        print(f"{dataset}: {label}: test MSE {metrics['test_mse']:.5g}", flush=True)
    if not found:
        raise InputError(f"datasets.{dataset}.baselines: none of them can be fitted to this series; name others")
    return found


def _training_mean(test: Holdout) -> Evaluated:
    """The one baseline of noise: the mean of the training targets of each output."""
    data = test.data
    known = data.truth(data.origins("train", "validation"))
    mean = output_means(known, data.card.outputs)
    forecasts = single(np.tile(mean, (1, len(test.origins), 1)))
    scores = score_table(test, forecasts)
    seen = single(np.tile(mean, (1, len(known), 1)))
    metrics = overall(scores).loc["ensemble"].to_dict() | {"train_mse": squared_errors(seen, known).mean()}
    tables = {"scores": scores, "forecasts": forecast_table(data, test.origins, test.period, forecasts[0])}
    return Evaluated("the training mean", forecasts, tables, metrics)


def network_forecasts(network: Network, samples: Samples) -> NDArray[np.float64]:
    """Forecasts `(R, N, O)` of every replicate, in the units of the series and in single precision."""
    return single(samples.scaling.to_units(network_outputs(network, samples.x)))


def evaluate_experiment(folder: Path, test: Holdout, baselines: dict[str, float]) -> Evaluated:
    """The experiment in the folder of a run, compared with the mean squared errors of the baselines."""
    network, model, residuals = load_network(folder), load_model_card(folder), load_residuals(folder)
    changes, data = pd.DataFrame(weight_changes(folder)), test.data

    def cut(origins: Positions) -> Samples:
        return data.samples(origins, model.view, f"experiments.{folder.name}")

    train = cut(data.origins("train", "validation", window=model.experiment.window or 1))
    tested, validation, coming = cut(test.origins), cut(data.origins("validation")), cut(data.origins("future"))
    of_train, forecasts, future = (network_forecasts(network, samples) for samples in (train, tested, coming))
    scores = score_table(test, forecasts, model.members)
    known = forecast_table(data, test.origins, test.period, forecasts.mean(axis=0), residuals, tested.scaling)
    unknown = forecast_table(data, data.origins("future"), "future", future.mean(axis=0), residuals, coming.scaling)

    metrics = score_metrics(scores, baselines, float(test.truth.var()), data.card.expected_optimum)
    metrics |= {"train_mse": squared_errors(of_train, train.truth).mean()} | interval_metrics(known)
    if data.card.is_series:
        scaling = validation.scaling
        held_out = single(scaling.to_units(scaling.from_units(validation.truth) - residuals))
        metrics["val_mse"] = float(np.mean(model.val_mse))
        metrics["val_ensemble_mse"] = squared_errors(held_out[None], validation.truth).mean()
        metrics |= residual_metrics((known["truth"] - known["forecast"])[known["step"] == 1].to_numpy())
    seen = train.scaling.from_units(np.tile(output_means(train.truth, data.card.outputs), (1, len(train.x), 1)))
    metrics |= {
        "train_loss_of_mean": squared_errors(seen, train.y.astype(np.float64)).mean(),
        "n_params": model.n_params,
        "diverged": len(model.diverged),
        "multiply_adds": model.multiply_adds,
        "best_epoch": float(np.mean(model.best_epochs)),
        "recurrent_change": changes.loc[changes["weight"] == "U", "change"].max(),
    }
    print(f"{folder.name}: test MSE {metrics['test_mse']:.5g}, ensemble {metrics['ensemble_mse']:.5g}", flush=True)
    tables = {"scores": scores, "forecasts": pd.concat([known, unknown]), "weight_changes": changes}
    return Evaluated(folder.name, forecasts, tables | {"predictions": prediction_table(future, model.members)}, metrics)
