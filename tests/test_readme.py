"""What the README tells a newcomer to do works as it stands."""

import csv
import os
import re
import signal
import socket
import time
from contextlib import suppress
from math import pi, sin
from pathlib import Path
from urllib.request import urlopen

from mlflow import MlflowClient

from project import ROOT, Project, parents, stages_run

README = (ROOT / "README.md").read_text()
CI = (ROOT / ".ci/run").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    lines = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line]


def test_the_commands_of_the_readme_are_those_that_ci_runs() -> None:
    assert {command for command in commands() if command.startswith("make")} <= set(CI.splitlines())
    assert "bash .ci/run" in (ROOT / ".github/workflows/ci.yml").read_text()


def test_another_number_of_units_reruns_that_experiment_and_every_view_shows_it(project: Project) -> None:
    """The README's commands, from top to bottom."""
    before = len(parents(project))
    said = {
        command: project.run(command)
        for command in commands()
        if not command.startswith(("make", ". ", "cellbench forecast"))
    }

    (change,) = [command for command in said if command.startswith("dvc exp run")]
    assert stages_run(said[change]) == {"check", "train@sunspots_elman", "evaluate@sunspots", "report", "publish"}
    for number in ("n_params", "38", "98", "test_mse", "skill_vs_mean", "ensemble_mse"):
        assert number in said["dvc metrics diff"]
    assert "reports/metrics/noise_1/gru.json" not in said["dvc metrics diff"]
    assert re.search(r"experiments\.sunspots_elman\.units +4 +8", said["dvc params diff"])
    page = (project.folder / "dvc_plots/index.html").read_text()
    assert "Learning curves of sunspots_elman" in page
    assert "sunspots/learning_curves.png" in page

    (wide,) = [run for run in parents(project) if run.data.params["units"] == "8"]
    assert wide.data.tags["dvc.exp.name"] == "wide"
    assert len(parents(project)) == before + 1
    assert f"{wide.info.run_id}\n" in project.cellbench("trace --rev wide")
    assert "units: 8" not in (project.folder / "params.yaml").read_text()
    project.run("dvc exp apply wide")
    assert "units: 8" in (project.folder / "params.yaml").read_text()
    project.restore()
    assert project.stages_run_by("dvc repro") <= {"publish"}
    assert len(parents(project)) == before + 1


def test_a_series_of_ones_own_is_compared_and_continued_as_shown(project: Project) -> None:
    """The README's lines, on monthly figures with a trend and a season."""
    rows = [f"{2005 + n // 12}-{n % 12 + 1:02},{100 + n + 20 * sin(n * pi / 6):.1f}" for n in range(200)]
    (project.folder / "data/raw/sales.csv").write_text("\n".join(["month,sales", *rows, ""]))
    (block,) = [block for block in blocks("yaml") if "source: csv" in block]
    params = project.folder / "params.yaml"
    for section in ("datasets", "experiments"):
        (added,) = re.findall(rf"^{section}:\n((?:  .*\n)+)", block, re.MULTILINE)
        params.write_text(params.read_text().replace(f"{section}:\n", f"{section}:\n{added}"))
    ran = project.stages_run_by("dvc repro")
    assert {stage for stage in ran if stage.startswith(("train", "evaluate"))} == {
        "train@sales_elman", "train@sales_gru", "evaluate@sales"
    }  # fmt: skip
    report = (project.folder / "reports/comparison.md").read_text()
    assert "**On `sales`, " in report
    assert "the value one season before" in report
    for figure in ("forecasts", "error_by_step", "residuals", "test_error", "learning_curves"):
        assert f"figures/sales/{figure}.png" in report
        assert (project.folder / f"reports/figures/sales/{figure}.png").exists()
    assert {run.info.run_name for run in parents(project)} >= {"sales_elman", "sales_gru"}

    (command,) = [command for command in commands() if command.startswith("cellbench forecast")]
    project.run(command)
    forecast = list(csv.DictReader((project.folder / "forecast.csv").open()))
    assert [row["time"] for row in forecast] == [f"{2021 + (8 + n) // 12}-{(8 + n) % 12 + 1:02}" for n in range(12)]
    for row in forecast:
        ends = [float(row[end]) for end in ("lower_95", "lower_80", "upper_80", "upper_95")]
        assert ends == sorted(ends)
    assert (project.folder / "forecast.png").read_bytes().startswith(b"\x89PNG")
    project.run("git clean --quiet --force data reports runs forecast.csv forecast.png")


def test_every_part_of_the_tree_is_on_the_map() -> None:
    (tree,) = re.findall(r"(src/cellbench/ .*?)\nreports", README, re.DOTALL)
    for path in (ROOT / "src/cellbench").glob("*/__init__.py"):
        assert re.search(rf"\b{path.parent.name}\b", tree), path.parent.name


def test_the_picture_is_there() -> None:
    for target in re.findall(r"\]\((?!http)(.+?)\)", README):
        assert Path(ROOT / target).exists(), target


def test_make_ui_serves_the_projects_runs(project: Project) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = project.start("make --assume-old .venv/ready ui", MLFLOW_PORT=str(port))
    try:
        for _ in range(120):
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/") as page:
                assert b"<title>MLflow</title>" in page.read()
                break
            assert server.poll() is None
            time.sleep(0.5)
        experiment = MlflowClient(f"http://127.0.0.1:{port}").get_experiment_by_name("cellbench")
        assert experiment is not None
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
