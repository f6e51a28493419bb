"""Stage `prepare@<dataset>`: make the splits of a dataset."""

from pathlib import Path

from cellbench import InputError
from cellbench.base.datasets.splits import Dataset, save_dataset
from cellbench.base.files import write_csv
from cellbench.base.params.cli import run_stage_for
from cellbench.base.params.config import Params
from cellbench.base.params.sources import Arma, Noise
from cellbench.preparation.arma import optimal_mse
from cellbench.preparation.noise import make_noise
from cellbench.preparation.readers import read_series
from cellbench.preparation.series import Series
from cellbench.preparation.windows import cut

LEAST_ROWS = 6
"""Of the training part: fewer are nothing to fit an autoregression to."""


def prepare(params: Params, name: str) -> None:
    """Make the splits of a dataset and write them to data/<dataset>/."""
    source, folder = params.datasets[name], Path("data") / name
    if isinstance(source, Noise):
        dataset = make_noise(source, params.seed, name)
    else:
        series = read_series(source, params.seed, name)
        optimum = None
        if isinstance(source, Arma):
            optimum = optimal_mse(source.ar, source.ma, source.sigma, source.horizon).tolist()
        dataset = cut(series, source, name, optimum)
        if dataset.description["training_rows"] < LEAST_ROWS:
            raise InputError(f"datasets.{name}.until.validation: needs {LEAST_ROWS} rows up to there to fit baselines")
        save_series(series, source.horizon, folder)
    save_dataset(dataset, folder)
    print(f"{name}: {summary(dataset)} samples")


def save_series(series: Series, horizon: int, folder: Path) -> None:
    """Write series.csv: what is to be forecast, row by row, and the labels of the rows that come next."""
    values = [*map(repr, series.target.tolist()), *([""] * horizon)]  # to the last bit
    labels = [*series.timeline.labels, *series.timeline.future(horizon)]
    write_csv(folder / "series.csv", [{"time": time, "target": y} for time, y in zip(labels, values, strict=True)])


def summary(dataset: Dataset) -> str:
    """How many samples there are in which split."""
    counts = {split: dataset.description[f"{split}_samples"] for split in ("train", "validation")}
    counts |= {period: len(split.x) for period, split in dataset.tests.items()} | {"predict": len(dataset.predict.x)}
    return ", ".join(f"{count} {split}" for split, count in counts.items() if count)


if __name__ == "__main__":
    run_stage_for("datasets", prepare)
