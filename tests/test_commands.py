"""The command `cellbench forecast`, on a small project with runs made by hand."""

import csv
from pathlib import Path
from typing import Any

import click.testing
import numpy as np
import pytest

from cellbench.base.params.config import load_params
from cellbench.base.params.sources import CsvFile, Noise
from cellbench.base.params.streams import stream
from cellbench.commands import main
from cellbench.forecasting import forecaster
from cellbench.forecasting.continuation import continue_series
from cellbench.preparation.csv_file import read_csv_file
from cellbench.preparation.noise import make_noise
from cellbench.preparation.windows import cut
from cellbench.runs.outputs import load_model, load_network, load_residuals, run_folder, save_run
from cellbench.training.experiment import train_experiment

PARAMS = """
seed: 3
training: {replicates: 2, epochs: 1, batch_size: 16, learning_rate: 0.01}
datasets:
  sales: {source: csv, path: data/raw/sales.csv, target: sold, time: month, window: 4, horizon: 2, transform: log}
  weather: {source: csv, path: data/raw/sales.csv, target: sold, time: month, features: [rain, sun], window: 3}
  noise: {source: noise, samples: 20, test_samples: 2, predict_samples: 2, timesteps: 2, features: 1}
experiments:
  sales_gru: {dataset: sales, cell: gru, units: 2, skip: linear}
  sales_never: {dataset: sales, cell: gru, units: 2}
  weather_gru: {dataset: weather, cell: gru, units: 2, select: best}
  noise_gru: {dataset: noise, cell: gru, units: 2}
"""
ROWS = 150  # from 2000-01 to 2012-06


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "params.yaml").write_text(PARAMS)
    rows = np.exp(stream(0, "sales").normal(size=(ROWS, 3)) / 4)
    write(folder / "sales.csv", ["month", "sold", "rain", "sun"], [[month(n), *rows[n]] for n in range(ROWS)])
    params = load_params(folder / "params.yaml")
    for name in ("sales_gru", "weather_gru", "noise_gru"):
        experiment = params.experiments[name]
        source = params.datasets[experiment.dataset]
        if isinstance(source, Noise):
            dataset = make_noise(source, 3, "noise")
        else:
            assert isinstance(source, CsvFile)
            series = read_csv_file(folder / "sales.csv", source.target, source.time, source.features, "error")
            dataset = cut(series, source, experiment.dataset, None)
        found = train_experiment(name, experiment, 3, dataset.train, dataset.description)
        save_run(folder / run_folder(experiment.dataset, name), found.model, found.weights, found.residuals)
    return folder


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


def month(n: int) -> str:
    return f"{2000 + n // 12}-{1 + n % 12:02}"


def write(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def forecast(*arguments: str | Path) -> click.testing.Result:
    return click.testing.CliRunner().invoke(main, ["forecast", *map(str, arguments)])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_forecast_goes_on_where_the_series_ends(tmp_path: Path) -> None:
    out, plot = tmp_path / "new" / "forecast.csv", tmp_path / "forecast.png"
    done = forecast("sales_gru", "--csv", "sales.csv", "--out", out, "--plot", plot)
    assert done.exit_code == 0, done.output
    rows = read(out)
    assert list(rows[0]) == ["time", "forecast", "lower_80", "upper_80", "lower_95", "upper_95"]
    assert [row["time"] for row in rows] == ["2012-07", "2012-08"]
    assert plot.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["forecast.csv", "forecast.png"]
    printed = [line.split() for line in done.output.splitlines()]
    assert printed == [list(rows[0]), *([row.pop("time"), *(f"{float(v):.4g}" for v in row.values())] for row in rows)]


def test_beyond_its_horizon_it_is_what_the_trained_network_continues_with(tmp_path: Path) -> None:
    out = tmp_path / "forecast.csv"
    assert forecast("sales_gru", "--csv", "sales.csv", "--horizon", "7", "--level", "90", "--out", out).exit_code == 0
    rows, folder = read(out), Path("runs/sales/sales_gru")
    assert [row["time"] for row in rows] == [month(n) for n in range(ROWS, ROWS + 7)]
    sold = [float(row["sold"]) for row in read(Path("sales.csv"))]
    expected = continue_series(
        load_network(folder),
        load_model(folder)["data"],
        load_residuals(folder),
        np.log(sold[-4:])[:, None],
        7,
        (0.9,),
        stream(3, "sales_gru", "paths"),
    )
    columns = {"forecast": expected.centre, "lower_90": expected.ends[0.9][0], "upper_90": expected.ends[0.9][1]}
    assert list(rows[0]) == ["time", *columns]
    for name, values in columns.items():
        assert [float(row[name]) for row in rows] == pytest.approx(values, rel=1e-8)


def test_twice_the_same_question_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        files = "--out", tmp_path / f"{name}.csv", "--plot", tmp_path / f"{name}.png"
        assert forecast("sales_gru", "--csv", "sales.csv", "--horizon", "5", *files).exit_code == 0
    for kind in ("csv", "png"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_only_the_last_window_of_the_history_counts(tmp_path: Path) -> None:
    rows = [list(row.values()) for row in read(Path("sales.csv"))]
    short = write(tmp_path / "short.csv", ["month", "sold", "rain", "sun"], rows[-4:])
    assert forecast("sales_gru", "--csv", short).output == forecast("sales_gru", "--csv", "sales.csv").output


def test_a_forecast_from_features_ends_with_the_networks_horizon() -> None:
    done = forecast("weather_gru", "--csv", "sales.csv")
    assert done.exit_code == 0, done.exception
    assert [line.split()[0] for line in done.output.splitlines()] == ["time", "2012-07"]


def test_levels_come_in_their_order_once_each_and_as_they_were_written() -> None:
    """Of 99.9 / 100 = 0.9990000000000001 there would be more samples needed than of 99.9 %."""
    done = forecast("sales_gru", "--csv", "sales.csv", "--level", "95.4", "--level", "50", "--level", "50")
    assert done.output.split()[:6] == ["time", "forecast", "lower_50", "upper_50", "lower_95.4", "upper_95.4"]
    done = forecast("sales_gru", "--csv", "sales.csv", "--level", "99.9")
    assert done.output == "a 99.9 % interval needs 999 validation samples, got 22; lower the level\n"


MISTAKES = {
    "unknown experiment": (
        ["sales_lstm"],
        "sales_lstm is no experiment of params.yaml; there are noise_gru, sales_gru",
    ),
    "never trained": (["sales_never"], "runs/sales/sales_never/model.json: No such file or directory; run `dvc repro`"),
    "noise": (["noise_gru"], "noise_gru was trained on noise: there is no series to continue"),
    "features of the future": (
        ["weather_gru", "--horizon", "2"],
        "--horizon: weather_gru forecasts 1 steps; further ones would need rain, sun of the future, got 2",
    ),
    "no file": (["sales_gru", "--csv", "none.csv"], "none.csv: cannot be read: No such file or directory"),
    "short history": (["sales_gru", "--csv", "short.csv"], "short.csv: sales_gru looks back on 4 rows, got 3"),
    "no such column": (
        ["sales_gru", "--csv", "other.csv"],
        "other.csv: row 1: no column 'sold'; there are 'month', 's'",
    ),
    "no logarithm": (
        ["sales_gru", "--csv", "zero.csv"],
        "zero.csv: transform log is not defined on zero or negative values: 'sold' is 0 at 2000-02",
    ),
    "level": (["sales_gru", "--level", "99"], "a 99 % interval needs 99 validation samples, got 22; lower the level"),
    "end of time": (["sales_gru", "--csv", "late.csv"], "2 time labels after '9999-12' reach beyond the year 9999"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_message_and_nothing_is_written(mistake: str, tmp_path: Path) -> None:
    write(Path("short.csv"), ["month", "sold"], [[month(n), n + 1] for n in range(3)])
    write(Path("other.csv"), ["month", "s"], [[month(n), n + 1] for n in range(9)])
    write(Path("zero.csv"), ["month", "sold"], [[month(n), (n + 1) % 2] for n in range(9)])
    write(Path("late.csv"), ["month", "sold"], [[f"9999-{n:02}", n] for n in range(1, 13)])
    arguments, message = MISTAKES[mistake]
    files = "--out", tmp_path / "forecast.csv", "--plot", tmp_path / "forecast.png"
    done = forecast(*([] if "--csv" in arguments else ["--csv", "sales.csv"]), *arguments, *files)
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert done.output.startswith(message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bad", ["--out", "--plot"])
@pytest.mark.parametrize(
    ("place", "why"),
    [("folder.png", "it is a folder"), ("file.txt/x.png", "File exists"), ("n" * 300 + ".png", "File name too long")],
)
def test_if_one_file_cannot_be_written_neither_is(tmp_path: Path, bad: str, place: str, why: str) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.txt").write_text("kept")
    (tmp_path / "good.png").write_text("what was there before")
    files = {"--out": tmp_path / "good.png", "--plot": tmp_path / "good.png"} | {bad: tmp_path / place}
    done = forecast("sales_gru", "--csv", "sales.csv", *(word for pair in files.items() for word in pair))
    assert (done.exit_code, done.output) == (1, f"{tmp_path / place}: cannot be written: {why}\n")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file.txt", "folder.png", "good.png"]
    assert (tmp_path / "good.png").read_text() == "what was there before"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["--out", "sales.csv"], "--out: sales.csv is named twice: it would be written over"),
        (["--plot", "x.png", "--out", "./x.png"], "--plot: x.png is named twice: it would be written over"),
        (["--plot", "x.pdf"], "--plot: must be a .png file, got x.pdf"),
    ],
)
def test_nothing_is_written_over_the_series_or_under_a_wrong_name(files: list[str], message: str) -> None:
    before = Path("sales.csv").read_bytes()
    done = forecast("sales_gru", "--csv", "sales.csv", *files)
    assert (done.exit_code, done.output) == (1, f"{message}\n")
    assert Path("sales.csv").read_bytes() == before


def test_without_a_level_there_are_the_intervals_that_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    few = load_residuals(Path("runs/sales/sales_gru"))[:5]
    monkeypatch.setattr(forecaster, "load_residuals", lambda folder: few)
    done = forecast("sales_gru", "--csv", "sales.csv")
    assert done.exit_code == 0
    assert done.output.startswith("no 95 % interval: the validation samples are too few\n")
    assert "lower_80" in done.output
    assert "lower_95" not in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sales_gru"],
        ["sales_gru", "--csv", "sales.csv", "--horizon", "0"],
        ["sales_gru", "--csv", "sales.csv", "--horizon", "two"],
        ["sales_gru", "--csv", "sales.csv", "--level", "100"],
        ["sales_gru", "--csv", "sales.csv", "--steps", "2"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_shows_the_usage(arguments: list[str]) -> None:
    done = forecast(*arguments)
    assert done.exit_code == 2
    assert done.output.startswith("Usage: main forecast")
