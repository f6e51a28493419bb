"""`cellbench forecast`: a trained ensemble continues a series."""

from pathlib import Path

import click
import pandas as pd

from cellbench import InputError
from cellbench.config.params import load_params
from cellbench.drawing import future_figure
from cellbench.files import csv_bytes, write_together
from cellbench.forecast.forecaster import forecast_file, series_numbers
from cellbench.forecast.trust import distrust, unlike
from cellbench.intervals import LEVELS, percent
from cellbench.project import find_project
from cellbench.runs.card import load_model_card, run_folder

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("experiment")
@click.option("--csv", "history", type=FILE, required=True, help="The series so far.")
@click.option("--horizon", type=int, help="Steps to forecast; the experiment's own if not given.")
@click.option(
    "--level",
    "levels",
    type=float,
    multiple=True,
    help="Of an interval, in percent; may be repeated. Default: 80 and 95, if the validation samples are enough.",
)
@click.option("--out", type=FILE, help="Write the forecasts to this CSV file.")
@click.option("--plot", type=FILE, help="Draw them to this PNG file.")
@click.pass_obj
def forecast(
    project: Path | None,
    experiment: str,
    history: Path,
    horizon: int | None,
    levels: tuple[float, ...],
    out: Path | None,
    plot: Path | None,
) -> None:
    """Continue a series, or each of many, with the trained ensemble of an EXPERIMENT of params.yaml.

    The file has the columns of the experiment's dataset: its target, its time labels and the names of its series if it
    has any, and its features.
    """
    _check_outputs(history, out, plot)
    root = find_project(project)
    run = _run(root, experiment)
    table, series = forecast_file(run, history, horizon, levels)
    if plot is not None and len(series) > 1:
        raise InputError(f"--plot: draws one series, {history} has {len(series)}; use --out")
    card = load_model_card(run)
    numbers = series_numbers(series, card.data, str(history))
    assert card.view  # it has continued a series
    for said in unlike(card.data, card.view.window, series, numbers):
        click.echo(f"WARNING: {history}: {said}", err=True)
    if reasons := distrust(root, experiment, card, series, numbers):
        click.echo(f"WARNING: do not trust {experiment}: {'; '.join(reasons)}", err=True)
    for level in map(percent, LEVELS):
        if not levels and f"lower_{level}" not in table:
            click.echo(f"no {level} % interval: the validation samples are too few", err=True)
    for column, given in table.filter(like="lower_").head(len(table) // len(series)).count().items():
        if given < len(table) // len(series):
            end = f"no {str(column).removeprefix('lower_')} % interval after step {given}"
            click.echo(f"{end}: too few validation forecasts so far ahead", err=True)
    files: dict[Path, bytes] = {}
    if out is not None:
        files[out] = csv_bytes(table)
    if plot is not None:
        past = pd.DataFrame({"time": series[0].timeline.labels, "truth": series[0].target})
        files[plot] = future_figure(experiment, past, table)
    write_together(files)
    click.echo(table.to_string(index=False, float_format="{:.4g}".format, na_rep=""))


def _check_outputs(history: Path, out: Path | None, plot: Path | None) -> None:
    """No file is written over the series or over the other one."""
    if plot is not None and plot.suffix.lower() != ".png":
        raise InputError(f"--plot: must be a .png file, got {plot}")
    files = [path.resolve() for path in (history, out, plot) if path is not None]
    if len(set(files)) < len(files):
        raise InputError("--csv, --out, --plot: must be different files, since one would be written over")


def _run(project: Path, name: str) -> Path:
    experiments = load_params(project / "params.yaml").experiments
    if name not in experiments:
        raise InputError(f"params.yaml: experiments.{name} does not exist; there are {', '.join(experiments)}")
    return project / run_folder(experiments[name].dataset, name)
