"""`cellbench forecast`: a trained ensemble continues a series."""

from math import isnan
from pathlib import Path

import click

from cellbench import InputError
from cellbench.base.files import Row, csv_bytes, write_together
from cellbench.base.params.cli import one_message
from cellbench.base.params.config import load_params
from cellbench.base.params.sources import missing_in
from cellbench.commands.experiments import experiment_called
from cellbench.evaluation.conformal import LEVELS, percent


@click.command()
@click.argument("experiment")
@click.option("--csv", "history", type=click.Path(path_type=Path), required=True, help="The series so far.")
@click.option("--horizon", type=click.IntRange(1, 1000), help="Steps to forecast; the experiment's own if not given.")
@click.option(
    "--level",
    "levels",
    type=click.FloatRange(1, 99.9),
    multiple=True,
    help="Of an interval, in percent; 80 and 95, as far as they can be given, if none is named.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the forecasts to this CSV file.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw them to this PNG file.")
def forecast(
    experiment: str, history: Path, horizon: int | None, levels: tuple[float, ...], out: Path | None, plot: Path | None
) -> None:
    """Continue a series with the trained ensemble of an EXPERIMENT of params.yaml.

    The file has the columns of the experiment's dataset: its target, its time labels if it has any, and its features.
    """
    with one_message():
        if any(map(isnan, levels)):
            raise InputError("--level: must be a number between 1 and 99.9, got nan")
        _check_outputs(history, out, plot)
        rows, past = _forecast(experiment, history, horizon, levels)
        files: dict[Path, bytes] = {}
        if out is not None:
            files[out] = csv_bytes(rows)
        if plot is not None:
            from cellbench.reporting.figures import future_figure

            files[plot] = future_figure(experiment, past, rows)
        write_together(files)
        for line in _printed(rows):
            click.echo(line)


def _check_outputs(history: Path, out: Path | None, plot: Path | None) -> None:
    """No file is to be written over the series or over the other one."""
    if plot is not None and plot.suffix.lower() != ".png":
        raise InputError(f"--plot: must be a .png file, got {plot}")
    for option, path, others in (("--out", out, {history}), ("--plot", plot, {history, out})):
        if path is not None and path.resolve() in {other.resolve() for other in others if other is not None}:
            raise InputError(f"{option}: {path} is named twice: it would be written over")


def _forecast(name: str, history: Path, horizon: int | None, levels: tuple[float, ...]) -> tuple[list[Row], list[Row]]:
    """The rows of the forecast, and those of the history before it."""
    from cellbench.forecasting.forecaster import Forecaster
    from cellbench.runs.outputs import run_folder

    params = load_params()
    dataset = experiment_called(params, name).dataset
    missing = missing_in(params.datasets[dataset])
    forecaster = Forecaster(run_folder(dataset, name), name, params.seed, missing)
    rows, past = forecaster.forecast(history, horizon, levels)
    for level in LEVELS:
        if not levels and f"lower_{percent(level)}" not in rows[0]:
            click.echo(f"no {percent(level)} % interval: the validation samples are too few", err=True)
    return rows, past


def _printed(rows: list[Row]) -> list[str]:
    """The forecasts as a table for a person."""
    cells = [list(rows[0]), *([v if isinstance(v, str) else f"{v:.4g}" for v in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
