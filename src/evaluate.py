"""Stage `evaluate@<dataset>`: score every experiment on a dataset, on the same test samples, beside the baselines."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cellbench.baselines import training_mean
from cellbench.cli import run_stage_for
from cellbench.config import Params
from cellbench.datasets import Split, load_description, load_split
from cellbench.files import Row, write_csv, write_json
from cellbench.network import Network
from cellbench.runs import load_network, run_folder, weight_changes
from cellbench.scoring import score, squared_errors
from cellbench.statistics import mean_over_replicates, mean_over_replicates_and_samples

REPORTS = Path("reports")


def evaluate(params: Params, name: str) -> None:
    """Score every experiment on a dataset: write its metrics, scores, predictions and weight changes."""
    torch.set_num_threads(1)  # as in training: more would cost more than they bring
    data = Path("data") / name
    train, test, predict = (load_split(data, split) for split in ("train", "test", "predict"))
    description = load_description(data)
    reference = training_mean(train.y, description["outputs"])
    baselines = {"mean": {metric: float(v[0]) for metric, v in score(reference, test.y).items()}}
    baselines["mean"]["train_mse"] = float(squared_errors(reference, train.y).mean())
    if description["optimum_mse"] is not None:
        baselines["optimum"] = {"test_mse": description["optimum_mse"]}
    for baseline, values in baselines.items():
        write_json(REPORTS / "metrics" / name / "baselines" / f"{baseline}.json", values)

    tables: dict[str, list[Row]] = {"scores": [], "predictions": [], "weight_changes": []}
    for experiment in params.experiments_on(name):
        folder = run_folder(name, experiment)
        network, changes = load_network(folder), weight_changes(folder)
        outputs = forecast(network, test)
        scores = score(outputs, test.y)
        gain = squared_errors(reference, test.y) - squared_errors(outputs, test.y)
        skill = mean_over_replicates_and_samples(gain) / baselines["mean"]["test_mse"]
        metrics = {
            "test_mse": scores["test_mse"].mean(),
            "test_mse_ci95": mean_over_replicates(scores["test_mse"]).ci95,
            "test_rmse": scores["test_rmse"].mean(),
            "test_mae": scores["test_mae"].mean(),
            "skill_vs_mean": skill.mean,
            "skill_vs_mean_ci95": skill.ci95,
            "train_mse": squared_errors(forecast(network, train), train.y).mean(),
            "n_params": network.n_params,
            "recurrent_change": max(row["change"] for row in changes if row["weight"] == "U"),
        }
        write_json(REPORTS / "metrics" / name / f"{experiment}.json", metrics)

        answers = forecast(network, predict)
        tables["scores"] += [
            {"experiment": experiment, "replicate": r} | {metric: float(v[r]) for metric, v in scores.items()}
            for r in range(network.replicates)
        ]
        tables["predictions"] += [
            {"experiment": experiment, "replicate": r, "sample": n, "output": o, "prediction": float(answers[r, n, o])}
            for r, n, o in np.ndindex(answers.shape)
        ]
        tables["weight_changes"] += [{"experiment": experiment} | row for row in changes]
        print(f"{experiment}: predictions for {len(predict.x)} fresh samples, mean of {network.replicates} replicates")
        print(np.array2string(answers.mean(axis=0), precision=7))
    for table, rows in tables.items():
        write_csv(REPORTS / table / f"{name}.csv", rows)


def forecast(network: Network, split: Split) -> NDArray[np.float64]:
    """Outputs `(R, N, O)` of every replicate for the same N samples."""
    with torch.inference_mode():
        outputs: NDArray[np.float64] = network(torch.from_numpy(split.x)[None]).double().numpy()
    return outputs


if __name__ == "__main__":
    run_stage_for("datasets", evaluate)
