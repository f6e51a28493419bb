"""Stage `evaluate@<dataset>`: each forecaster's forecasts, tables and metrics, then the comparison of them all."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cellbench.config.params import Params
from cellbench.data.dataset import Positions, Samples
from cellbench.evaluate.comparison import compare
from cellbench.evaluate.forecasts import baseline_forecasts, naive_forecasts, network_forecasts, validation_forecasts
from cellbench.evaluate.holdout import Holdout, squared_errors
from cellbench.evaluate.metrics import interval_metrics, overall, residual_metrics, score_metrics
from cellbench.evaluate.tables import forecast_table, prediction_table, score_table
from cellbench.files import rounded, write_json, write_table
from cellbench.results.results import REPORTS, TABLES
from cellbench.runs.card import load_model_card, run_folder
from cellbench.runs.outputs import load_network, load_residuals, weight_changes


class Evaluated(NamedTuple):
    """A forecaster's forecasts of the test samples `(R, N, O)`, and what follows from them."""

    forecasts: NDArray[np.float64]
    tables: dict[str, pd.DataFrame]
    metrics: dict[str, Any]


def evaluate(params: Params, name: str) -> None:
    """Score every experiment on a dataset: write its metrics, tables and comparison."""
    torch.set_num_threads(1)  # as in training: more would cost more than they bring
    test = Holdout.load(Path("data") / name, params.datasets[name])
    baselines = _baselines(test)
    mse = {baseline: found.metrics["test_mse"] for baseline, found in baselines.items()}
    experiments = {e: _experiment(run_folder(name, e), test, mse) for e in params.experiments_on(name)}

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
        horizon=card.outputs if card.is_series else None,
        seed=params.seed,
    )
    compared |= {"periods": test.extents, "beyond": test.beyond}
    validated = test.data.truth(test.data.origins("validation"))
    compared["validation"] = hashlib.sha256(validated.tobytes()).hexdigest()[:16]
    described = params.datasets[name].model_dump(mode="json")
    write_json(REPORTS / "comparisons" / f"{name}.json", rounded(compared) | {"dataset": described})


def _baselines(test: Holdout) -> dict[str, Evaluated]:
    """What needs no network, by name; the training mean is also scored on its own part."""
    found, data = {}, test.data
    forecasts, orders = baseline_forecasts(test)
    for baseline, forecast in forecasts.items():
        scores = score_table(test, forecast)
        rows = forecast_table(data, test.origins, test.period, forecast[0])
        metrics = overall(scores).loc["ensemble"].to_dict() | orders.get(baseline, {})
        found[baseline] = Evaluated(forecast, {"scores": scores, "forecasts": rows}, metrics)
    if test.series is not None:
        origins = data.origins("validation")
        naive = naive_forecasts(test.series, origins, data.card.outputs, data.card.season)
        for baseline, forecast in naive.items():
            found[baseline].metrics["val_mse"] = squared_errors(forecast[None], data.truth(origins)).mean()
    known = data.truth(data.origins("train", "validation"))
    found["mean"].metrics["train_mse"] = squared_errors(
        np.repeat(forecasts["mean"][:, :1], len(known), axis=1), known
    ).mean()
    return found


def _experiment(folder: Path, test: Holdout, baselines: dict[str, float]) -> Evaluated:
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
        held_out = validation_forecasts(residuals, validation)
        metrics["val_mse"] = squared_errors(held_out, validation.truth).mean()
        metrics |= residual_metrics((known["truth"] - known["forecast"])[known["step"] == 1].to_numpy())
    mean = train.truth.reshape(len(train.truth), data.card.outputs, -1).mean(axis=(0, 2))
    seen = train.scaling.from_units(np.tile(mean, (1, len(train.x), 1)))
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
    return Evaluated(forecasts, tables | {"predictions": prediction_table(future, model.members)}, metrics)
