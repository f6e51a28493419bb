"""The command `cellbench`: what a person asks of results that are there."""

from collections.abc import Callable
from decimal import Decimal
from math import isnan
from pathlib import Path

import click
import numpy as np

from cellbench.cli import one_message
from cellbench.config import load_params
from cellbench.conformal import LEVELS, needed, percent
from cellbench.errors import InputError
from cellbench.files import Row, write_csv
from cellbench.sources import CsvFile


@click.group()
def main() -> None:
    """Which recurrent cell forecasts best, by how much, and is it real?"""


@main.command()
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
        rows, past = _forecast(experiment, history, horizon, sorted({_share(level) for level in levels}))
        files: dict[Path, Callable[[Path], None]] = {}
        if out is not None:
            files[out] = lambda path: write_csv(path, rows)
        if plot is not None:
            from cellbench.figures import draw_future

            files[plot] = lambda path: draw_future(path, experiment, past, rows)
        _write_all(files)
        for line in _printed(rows):
            click.echo(line)


def _check_outputs(history: Path, out: Path | None, plot: Path | None) -> None:
    """No file is to be written over the series or over the other one."""
    if plot is not None and plot.suffix.lower() != ".png":
        raise InputError(f"--plot: must be a .png file, got {plot}")
    for option, path, others in (("--out", out, {history}), ("--plot", plot, {history, out})):
        if path is not None and path.resolve() in {other.resolve() for other in others if other is not None}:
            raise InputError(f"{option}: {path} is named twice: it would be written over")


def _share(level: float) -> float:
    """A level in percent as a share that is written as exactly: 99.9 / 100 would be 0.9990000000000001."""
    return float(Decimal(str(level)) / 100)


def _write_all(files: dict[Path, Callable[[Path], None]]) -> None:
    """Write several files, all of them or none."""
    written: dict[Path, Path] = {}
    try:
        for path, write in files.items():
            try:
                if path.is_dir():
                    raise InputError(f"{path}: cannot be written: it is a folder")
                write(aside := path.with_name(path.name + ".whole"))
            except OSError as error:
                raise InputError(f"{path}: cannot be written: {error.strerror}") from None
            written[aside] = path
        for aside, path in written.items():
            aside.replace(path)
    finally:
        for aside in written:
            aside.unlink(missing_ok=True)


def _forecast(name: str, history: Path, horizon: int | None, levels: list[float]) -> tuple[list[Row], list[Row]]:
    """The rows of the forecast, and those of the history before it."""
    from cellbench.continuation import continue_series
    from cellbench.csv_file import read_csv_file
    from cellbench.runs import load_model, load_network, load_residuals, run_folder
    from cellbench.streams import stream
    from cellbench.windows import transformed

    params = load_params()
    if name not in params.experiments:
        raise InputError(f"{name} is no experiment of params.yaml; there are {', '.join(params.experiments)}")
    folder = run_folder(params.experiments[name].dataset, name)
    model, residuals = load_model(folder), load_residuals(folder)
    data = model["data"]
    if "columns" not in data:
        raise InputError(f"{name} was trained on noise: there is no series to continue")
    horizon = horizon or data["outputs"]
    target, *features = data["columns"]
    if horizon > data["outputs"] and features:
        raise InputError(
            f"--horizon: {name} forecasts {data['outputs']} steps; further ones would need {', '.join(features)} "
            f"of the future, got {horizon}"
        )
    source = params.datasets[params.experiments[name].dataset]
    missing = source.missing if isinstance(source, CsvFile) else "error"
    series = read_csv_file(history, target, data["time"], features, missing)
    if len(series.target) < data["timesteps"]:
        raise InputError(f"{history}: {name} looks back on {data['timesteps']} rows, got {len(series.target)}")
    if not levels:
        levels = [level for level in LEVELS if len(residuals) >= needed(level)]
        for level in set(LEVELS) - set(levels):
            click.echo(f"no {percent(level)} % interval: {len(residuals)} validation samples are too few", err=True)
    window = transformed(series, data["transform"], str(history))[-data["timesteps"] :]
    found = continue_series(
        load_network(folder), data, residuals, window, horizon, levels, stream(params.seed, name, "paths")
    )
    ends = [end for both in found.ends.values() for end in both]
    if not np.isfinite([found.centre, *ends]).all():
        raise InputError(f"{name}: its forecast, fed back to it, grows beyond all bounds within {horizon} steps")
    rows: list[Row] = []
    for h, time in enumerate(series.timeline.future(horizon)):
        row: dict[str, str | float] = {"time": time, "forecast": float(found.centre[h])}
        for level, (lower, upper) in found.ends.items():
            row |= {f"lower_{percent(level)}": float(lower[h]), f"upper_{percent(level)}": float(upper[h])}
        rows.append(row)
    past: list[Row] = [
        {"time": t, "truth": float(y)} for t, y in zip(series.timeline.labels, series.target, strict=True)
    ]
    return rows, past


def _printed(rows: list[Row]) -> list[str]:
    """The forecasts as a table for a person."""
    cells = [list(rows[0]), *([v if isinstance(v, str) else f"{v:.4g}" for v in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
