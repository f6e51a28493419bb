"""The command `cellbench forecast`, on a small project with runs made by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cellbench.continuation import continued_forecasts
from cellbench.forecast import forecaster
from cellbench.intervals import conformal_ends
from cellbench.runs.card import load_model_card
from cellbench.runs.outputs import load_run
from sales import ROWS, forecast, month, read, write

pytestmark = pytest.mark.usefixtures("_in_sales")


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
    view = load_model_card(folder).view
    assert view is not None
    window, series = np.log(sold[-4:])[None, :, None], np.zeros(1, int)
    expected = continued_forecasts(load_run(folder).network, view, window, series, 7)
    lower, upper = conformal_ends(expected, load_run(folder).residuals, view.inputs(window, series)[1], 0.9)
    columns = {"forecast": expected[0], "lower_90": lower[0], "upper_90": upper[0]}
    assert list(rows[0]) == ["time", *columns]
    for name, values in columns.items():
        assert [np.float32(row[name]) for row in rows] == values.astype(np.float32).tolist()


def test_intervals_end_where_there_are_too_few_validation_forecasts_so_far_ahead(tmp_path: Path) -> None:
    """23 validation rows: 19 forecasts of 5 steps, which 95 % need; 12 steps are the most, since twice 2 is less."""
    out, plot = tmp_path / "forecast.csv", tmp_path / "forecast.png"
    done = forecast("sales_gru", "--csv", "sales.csv", "--horizon", "14", "--out", out, "--plot", plot)
    assert done.exit_code == 0
    for level, last in (("80", 12), ("95", 5)):
        assert f"no {level} % interval after step {last}: too few validation forecasts so far ahead\n" in done.output
        ends = [(row[f"lower_{level}"], row[f"upper_{level}"]) for row in read(out)]
        assert all(map(all, ends[:last]))
        assert ends[last:] == [("", "")] * (14 - last)


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


def test_a_history_unlike_what_was_learned_is_warned_of_and_continued(tmp_path: Path) -> None:
    days = [f"1999-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 29)][:10]
    daily = write(tmp_path / "daily.csv", ["month", "sold"], [[day, 1000 + n] for n, day in enumerate(days)])
    early = write(tmp_path / "early.csv", ["month", "sold"], [[f"1999-{n:02}", 1 + n / 10] for n in range(1, 11)])
    for history, warnings in (
        ("sales.csv", []),
        (early, ["it ends at 1999-10, about "]),
        (
            daily,
            ["the mean of its last 4 values is 1008; those that were lea", "its rows are 1 day(s) apart; those that"],
        ),
    ):
        done = forecast("sales_gru", "--csv", history)
        assert done.exit_code == 0
        assert done.stdout.split()[0] == "time"
        said = [line for line in done.stderr.splitlines() if line.startswith(f"WARNING: {history}: ")]
        assert len(said) == len(warnings)
        assert all(f"{history}: {text}" in line for text, line in zip(warnings, said, strict=True))


def test_a_history_that_is_written_otherwise_is_to_be_written_as_the_file_of_the_dataset(tmp_path: Path) -> None:
    history = tmp_path / "german.csv"
    history.write_text(Path("sales.csv").read_text().replace(",", ";"))
    done = forecast("sales_gru", "--csv", history)
    assert done.exit_code == 1
    said = "columns seem to be separated by ';': write it as the file of the dataset is written"
    assert done.output == f"{history}: row 1: {said}\n"


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
        "params.yaml: experiments.sales_lstm does not exist; there are noise_gru, sales_gru",
    ),
    "never trained": (["sales_never"], "runs/sales/sales_never/model.json: No such file or directory; run `dvc repro`"),
    "noise": (["noise_gru"], "noise_gru was trained on noise: there is no series to continue"),
    "features of the future": (
        ["weather_gru", "--horizon", "2"],
        "--horizon 2: weather_gru forecasts 1 step; more would need future values of rain, sun",
    ),
    "no step": (["sales_gru", "--horizon", "0"], "--horizon 0: must be between 1 and 1000"),
    "too many steps": (["sales_gru", "--horizon", "1001"], "--horizon 1001: must be between 1 and 1000"),
    "all of a hundred percent": (["sales_gru", "--level", "100"], "--level 100.0: must be between 1 and 99.9"),
    "no number for a level": (["sales_gru", "--level", "nan"], "--level nan: must be between 1 and 99.9"),
    "no file": (["sales_gru", "--csv", "none.csv"], "none.csv: cannot be read: No such file or directory"),
    "short history": (["sales_gru", "--csv", "short.csv"], "short.csv: sales_gru looks back on 4 rows, got 3"),
    "no such column": (
        ["sales_gru", "--csv", "other.csv"],
        "other.csv: no column 'sold' in ['month', 's']",
    ),
    "no logarithm": (
        ["sales_gru", "--csv", "zero.csv"],
        "zero.csv: transform log is not defined on 0, the value of 'sold' at 2000-02",
    ),
    "level": (["sales_gru", "--level", "99"], "a 99 % interval needs 99 validation samples, got 22; lower the level"),
    "end of time": (
        ["sales_gru", "--csv", "late.csv"],
        "late.csv: series 'sold': 2 time labels after '9999-12' reach beyond the largest",
    ),
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
        (["--out", "sales.csv"], "--csv, --out, --plot: must be different files"),
        (["--plot", "x.png", "--out", "./x.png"], "--csv, --out, --plot: must be different files"),
        (["--plot", "x.pdf"], "--plot: must be a .png file, got x.pdf"),
    ],
)
def test_nothing_is_written_over_the_series_or_under_a_wrong_name(files: list[str], message: str) -> None:
    before = Path("sales.csv").read_bytes()
    done = forecast("sales_gru", "--csv", "sales.csv", *files)
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert done.output.startswith(message)
    assert Path("sales.csv").read_bytes() == before
    assert not Path("x.png").exists()


def test_without_a_level_there_are_the_intervals_that_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    run = load_run(Path("runs/sales/sales_gru"))
    monkeypatch.setattr(forecaster, "load_run", lambda folder: replace(run, residuals=run.residuals[:5]))
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
        ["sales_gru", "--csv", "sales.csv", "--horizon", "two"],
        ["sales_gru", "--csv", "sales.csv", "--steps", "2"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_shows_the_usage(arguments: list[str]) -> None:
    done = forecast(*arguments)
    assert done.exit_code == 2
    assert done.output.startswith("Usage: cellbench forecast")
