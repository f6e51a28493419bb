"""Stage `evaluate@<dataset>`: each forecaster's forecasts, tables and metrics, then the comparison of them all."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from cellbench.config.params import Params
from cellbench.data.doubts import doubts
from cellbench.data.stored import KNOWN, TEST, load_dataset
from cellbench.evaluate.comparison import compare
from cellbench.evaluate.forecasters import evaluate_averages, evaluate_baselines, evaluate_experiment, evaluate_optimum
from cellbench.evaluate.holdout import Holdout
from cellbench.files import rounded, write_json, write_table
from cellbench.results.results import REPORTS, TABLES
from cellbench.results.wording import loss_name, number, verdict_sentence
from cellbench.runs.card import run_folder


def evaluate(params: Params, name: str) -> str:
    """Score every experiment on a dataset: write its metrics, headline, tables and comparison; return the verdicts."""
    torch.set_num_threads(1)  # as in training: more would cost more than they bring
    source = params.datasets[name]
    test = Holdout(load_dataset(Path("data") / name, KNOWN, TEST), getattr(source, "variance", None))
    baselines, optimum = evaluate_baselines(test, name, source), evaluate_optimum(test, source)
    best = min(baselines, key=lambda baseline: baselines[baseline].metrics.get(f"val_{test.loss}", 0))
    others = baselines | optimum
    experiments = {e: evaluate_experiment(run_folder(name, e), test, others) for e in params.experiments_on(name)}
    averages = evaluate_averages(test, list(experiments.values()), baselines[best])
    forecasters = experiments | averages | others

    for folder, those in {"baselines": others, "averages": averages, "": experiments}.items():
        for forecaster, found in those.items():
            write_json(REPORTS / "metrics" / name / folder / f"{forecaster}.json", rounded(found.metrics))
    for e, found in experiments.items():
        write_json(REPORTS / "headlines" / name / f"{e}.json", headline(found.metrics, test.loss, best))
    for table, column in TABLES.items():
        rows = {f: found.tables[table] for f, found in forecasters.items() if table in found.tables}
        write_table(REPORTS / table / f"{name}.csv", pd.concat(rows, names=[column]).reset_index(level=0))

    card = test.data.card
    compared = compare(
        {e: test.losses(found.forecasts) for e, found in experiments.items()},
        {f: test.losses(found.forecasts.mean(0)[None])[0] for f, found in forecasters.items()},
        best=best,
        horizon=card.outputs if card.is_series and not test.data.is_many else None,
        over_series=test.data.is_many,
    )
    compared |= {"loss": test.loss, "series": len(test.names)}
    compared |= {"labels": {f: found.label for f, found in forecasters.items() if f not in experiments}}
    compared |= {"periods": test.extents, "beyond": test.beyond, "doubts": doubts(test.data)}
    compared["echoes"] = [e for e, found in experiments.items() if test.is_echo(found.forecasts.mean(axis=0))]
    validated = test.data.truth(test.data.origins("validation"))
    compared["validation"] = hashlib.sha256(validated.tobytes()).hexdigest()[:16]
    described = source.model_dump(mode="json")
    write_json(REPORTS / "comparisons" / f"{name}.json", rounded(compared) | {"dataset": described})
    verdicts = [f"test {loss_name(test.loss)} of one replicate"]
    for pair in compared["against_baseline"]:
        error = number(experiments[pair["first"]].metrics[f"test_{test.loss}"])
        verdicts.append(f"  {pair['first']}: {error}, {verdict_sentence(pair, baselines[best].label)}")
    return "\n".join(verdicts)


def headline(metrics: dict[str, Any], loss: str, best: str) -> dict[str, float]:
    """The few metrics of an experiment that `dvc metrics` shows, to four digits."""
    shown = {f"{of}_{loss}": f"{of}_{loss}" for of in ("test", "ensemble", "val_ensemble")}
    shown |= {"skill": f"skill_vs_{best}", "n_params": "n_params"}
    return rounded({key: metrics[of] for key, of in shown.items() if of in metrics}, digits=4)
