"""Everything the pipeline found out about an experiment, read back from the outputs of its stages.

Shape letters: R replicates, E epochs, N samples to predict, O outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellbench.config import Experiment, Params
from cellbench.errors import InputError
from cellbench.files import read_csv, read_json
from cellbench.history import read_history
from cellbench.scoring import METRICS
from cellbench.statistics import Estimate, mean_over_replicates

Array = NDArray[np.float64]
REPORTS = Path("reports")


@dataclass(frozen=True)
class Result:
    """One experiment with all that was measured on it."""

    name: str
    experiment: Experiment
    run: Path
    """The folder of its weights, curves and description."""
    figures: Path
    """The folder of its own pictures."""
    metrics: dict[str, Any]
    """The headline numbers, as `dvc metrics` shows them."""
    baselines: dict[str, dict[str, float]]
    """Metrics of what a cell must beat, by the name of the baseline."""
    scores: list[dict[str, float]]
    """Metrics of each replicate."""
    train_loss: Array
    """`(E, R)`."""
    predictions: Array
    """`(R, N, O)`."""
    weight_changes: list[dict[str, str]]

    @property
    def dataset(self) -> str:
        return self.experiment.dataset

    @property
    def estimates(self) -> dict[str, Estimate]:
        """Each metric's mean over the replicates with its interval."""
        return {metric: mean_over_replicates(np.array([score[metric] for score in self.scores])) for metric in METRICS}

    @property
    def skill(self) -> Estimate:
        """The share of the training mean's squared error that the cell saves."""
        return Estimate(self.metrics["skill_vs_mean"], self.metrics["skill_vs_mean_ci95"])


def load_results(params: Params) -> list[Result]:
    """The results of all experiments in params.yaml, by name.

    Raises:
        InputError: an output of an earlier stage is missing or broken.
    """
    return [_load_result(name, experiment) for name, experiment in params.experiments.items()]


def by_dataset(results: Sequence[Result]) -> dict[str, list[Result]]:
    """The results on each dataset, which are those that can be compared; both by name."""
    return {name: [r for r in results if r.dataset == name] for name in sorted({r.dataset for r in results})}


def leftovers(params: Params) -> list[Path]:
    """Folders of experiments that were removed from params.yaml, which DVC leaves where they are."""
    folders = [path for dataset in params.datasets for path in sorted((Path("runs") / dataset).iterdir())]
    return [path for path in folders if path.name not in params.experiments_on(path.parent.name)]


def _load_result(name: str, experiment: Experiment) -> Result:
    dataset = experiment.dataset
    run = Path("runs") / dataset / name
    metrics = REPORTS / "metrics" / dataset
    tables = {
        table: [row for row in read_csv(REPORTS / table / f"{dataset}.csv") if row["experiment"] == name]
        for table in ("scores", "predictions", "weight_changes")
    }
    if not all(tables.values()):
        raise InputError(f"reports/: {name} has not been evaluated yet; run `dvc repro`")
    scores = [{metric: float(row[metric]) for metric in METRICS} for row in tables["scores"]]
    outputs = int(tables["predictions"][-1]["output"]) + 1
    return Result(
        name=name,
        experiment=experiment,
        run=run,
        figures=REPORTS / "figures" / name,
        metrics=read_json(metrics / f"{name}.json"),
        baselines={path.stem: read_json(path) for path in sorted((metrics / "baselines").glob("*.json"))},
        scores=scores,
        train_loss=read_history(run),
        predictions=np.array([float(row["prediction"]) for row in tables["predictions"]]).reshape(
            len(scores), -1, outputs
        ),
        weight_changes=tables["weight_changes"],
    )
