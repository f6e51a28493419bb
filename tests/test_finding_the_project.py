"""Where `cellbench` finds the project, and how it reads paths that are given elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import click.testing
import pytest

from cellbench.commands import main
from project import ROOT, Project, make_repository
from sales import PARAMS, forecast, read

pytestmark = pytest.mark.usefixtures("_in_sales")


def test_the_project_is_found_from_a_folder_inside_it_and_paths_are_the_callers(
    sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = forecast("sales_gru", "--csv", "sales.csv").output
    inside = sales / "notes" / "may"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    done = forecast("sales_gru", "--csv", "../../sales.csv", "--out", "out.csv", "--plot", "../plot.png")
    assert (done.exit_code, done.output) == (0, expected)
    assert [row["time"] for row in read(inside / "out.csv")] == ["2012-07", "2012-08"]
    assert (sales / "notes" / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert forecast("sales_gru", "--csv", "none.csv").output.startswith("none.csv: ")
    untrained = forecast("sales_never", "--csv", "out.csv").output
    assert untrained.startswith("../../runs/sales/sales_never/model.json: ")


def test_from_outside_the_project_is_named(sales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = forecast("sales_gru", "--csv", "sales.csv").output
    monkeypatch.chdir(tmp_path)
    runner, arguments = click.testing.CliRunner(), ["forecast", "sales_gru", "--csv", str(sales / "sales.csv")]
    for named in (str(sales), os.path.relpath(sales)):
        done = runner.invoke(main, ["--project", named, *arguments, "--out", "here.csv"])
        assert (done.exit_code, done.output) == (0, expected)
        assert read(tmp_path / "here.csv")


@pytest.mark.parametrize("command", [["forecast", "x", "--csv", "x.csv"], ["publish"], ["trace", "x"], ["mirror"]])
def test_outside_any_project_every_command_says_how_to_name_one(
    command: list[str], sales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for named, place in (([], f"{tmp_path}: "), (["--project", str(sales / "runs")], f"{sales / 'runs'}: ")):
        done = click.testing.CliRunner().invoke(main, [*named, *command])
        assert (done.exit_code, done.output.count("\n")) == (1, 1)
        assert done.output.startswith(place)
        assert "params.yaml" in done.output
        assert "--project DIR" in done.output
    assert not list(tmp_path.iterdir())


def test_outside_any_project_there_is_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "--horizon" in forecast("--help").output


def test_python_runs_the_package_as_the_command(sales: Path) -> None:
    command = [sys.executable, "-m", "cellbench", "--project", sales, "forecast", "sales_gru", "--csv", "sales.csv"]
    source = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}
    done = subprocess.run(command, env=source, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, forecast("sales_gru", "--csv", "sales.csv").output)


def test_trace_makes_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_repository(tmp_path)
    (tmp_path / "params.yaml").write_text(PARAMS)
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    done = click.testing.CliRunner().invoke(main, ["trace", "0123"])
    assert done.exit_code == 1
    assert done.output == f"{tmp_path}/mlflow.db does not exist: run `cellbench publish` first\n"
    assert not [*tmp_path.rglob("mlflow.db*")]


def test_a_python_without_the_packages_ends_in_one_line(tmp_path: Path) -> None:
    """As when DVC was started by its path, without the environment, and `python` is another one."""
    said = Project(ROOT).run(f"{sys.executable} -S src/check.py", expect=1)
    assert (
        said
        == f"{sys.executable} has not all packages of cellbench: activate its environment, `. .venv/bin/activate`\n"
    )
