"""Every experiment on a dataset, scored on the same test samples, beside the baselines."""

from pathlib import Path

import numpy as np
import torch

from cellbench.base.datasets.splits import load_description, load_split
from cellbench.base.files import Row, write_csv, write_json
from cellbench.base.params.config import Params
from cellbench.evaluation.comparison import compare
from cellbench.evaluation.conformal import LEVELS
from cellbench.evaluation.forecasts import baseline_forecasts, interval_ends, network_forecasts
from cellbench.evaluation.metrics import experiment_metrics, interval_metrics, residual_metrics
from cellbench.evaluation.scoring import squared_errors
from cellbench.evaluation.test_part import TestPart
from cellbench.runs.outputs import load_model, load_network, load_residuals, run_folder, weight_changes

REPORTS = Path("reports")


def evaluate(params: Params, name: str) -> None:
    """Score every experiment on a dataset: write its metrics, comparison and tables."""
    torch.set_num_threads(1)  # as in training: more would cost more than they bring
    data, metrics_folder = Path("data") / name, REPORTS / "metrics" / name
    description, train, predict = load_description(data), load_split(data, "train"), load_split(data, "predict")
    transform = description["transform"]
    optimum = None if description["optimum_mse"] is None else float(np.mean(description["optimum_mse"]))
    test = TestPart.load(data, params.datasets[name], description)
    is_series = test.series is not None
    tables: dict[str, list[Row]] = {table: [] for table in ("scores", "forecasts", "predictions", "weight_changes")}

    baselines, orders = baseline_forecasts(train, test.samples, description, test.series, test.season)
    print(f"{name}: baselines {', '.join(baselines)}")
    for baseline, forecast in baselines.items():
        metrics = {metric: float(v[0]) for metric, v in test.score(forecast[None]).items()} | orders.get(baseline, {})
        if baseline == "mean":  # also on the training part: in its units, and as a training loss
            metrics["train_mse"] = float(squared_errors(forecast[None, :1], train.truth(transform)).mean())
            scaling = train.scaling(transform)
            seen = scaling.from_units(np.broadcast_to(forecast[:1], (len(train.x), test.outputs)))
            metrics["train_loss"] = float(squared_errors(seen[None], train.y).mean())
        write_json(metrics_folder / "baselines" / f"{baseline}.json", metrics)
        tables["scores"] += test.score_rows(baseline, forecast[None])
        tables["forecasts"] += test.forecast_rows(baseline, forecast, dict.fromkeys(LEVELS))
    if optimum is not None:
        write_json(metrics_folder / "baselines" / "optimum.json", {"test_mse": optimum})

    losses, ensembles = {}, {}
    for experiment in params.experiments_on(name):
        folder = run_folder(name, experiment)
        network, model, changes = load_network(folder), load_model(folder), weight_changes(folder)
        forecasts, future = (network_forecasts(network, split, transform) for split in (test.samples, predict))
        together, residuals = forecasts.mean(axis=0), load_residuals(folder)
        losses[experiment], ensembles[experiment] = test.losses(forecasts), test.losses(together[None])[0]
        ends = interval_ends(together, residuals, test.samples.scaling(transform))
        future_ends = interval_ends(future.mean(axis=0), residuals, predict.scaling(transform))

        metrics = experiment_metrics(test, forecasts, baselines, optimum)
        metrics["train_mse"] = float(
            squared_errors(network_forecasts(network, train, transform), train.truth(transform)).mean()
        )
        metrics |= interval_metrics(ends, test.truth)
        if is_series:
            metrics |= residual_metrics(test.truth[:, 0] - together[:, 0])
        metrics |= {
            "n_params": network.n_params,
            "diverged": len(model["diverged"]),
            "multiply_adds": model["multiply_adds"],
            "best_epoch": float(np.mean(model["best_epochs"])),
            "recurrent_change": max(row["change"] for row in changes if row["weight"] == "U"),
        }
        write_json(metrics_folder / f"{experiment}.json", metrics)

        tables["scores"] += test.score_rows(experiment, forecasts, model["members"])
        tables["forecasts"] += test.forecast_rows(experiment, together, ends)
        tables["forecasts"] += test.future_rows(experiment, predict, future.mean(axis=0), future_ends)
        tables["predictions"] += [
            {"experiment": experiment, "replicate": r, "sample": n, "output": o, "prediction": float(values[n, o])}
            for r, values in zip(model["members"], future, strict=True)
            for n, o in np.ndindex(values.shape)
        ]
        tables["weight_changes"] += [{"experiment": experiment} | row for row in changes]
        print(f"{experiment}: what comes next, mean of {network.replicates} replicates")
        print(np.array2string(future.mean(axis=0), precision=7))

    horizon = test.outputs if is_series else None
    compared = compare(
        losses, ensembles, {b: test.losses(f[None])[0] for b, f in baselines.items()}, horizon, params.seed
    )
    compared["periods"] = test.extents(train, description)
    write_json(REPORTS / "comparisons" / f"{name}.json", compared)
    for table, rows in tables.items():
        write_csv(REPORTS / table / f"{name}.csv", rows)
