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

import numpy as np
import pytest
from mlflow import MlflowClient

from cellbench.config.sources import CsvFile
from cellbench.data.series import Series
from cellbench.data.timeline import numbered
from cellbench.evaluate.significance import least_samples
from cellbench.intervals import LEVELS, needed, percent
from cellbench.prepare.periods import divide
from project import ROOT, Project, copy_of, parents, stages_run

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


def test_every_command_of_the_readme_works_in_turn_on_a_series_of_ones_own(project: Project, tmp_path: Path) -> None:
    """The README's lines from top to bottom, on 96 months with a trend, a season and a disturbance."""
    copy = copy_of(project, tmp_path / "copy")
    rows = [
        f"{2016 + n // 12}-{n % 12 + 1:02},{100 + n + 20 * sin(n * pi / 6) + n * n * 7 % 13:.1f}" for n in range(96)
    ]
    (copy.folder / "data/raw/sales.csv").write_text("\n".join(["month,sales", *rows, ""]))
    (block,) = [block for block in blocks("yaml") if "source: csv" in block]
    params = copy.folder / "params.yaml"
    params.write_text(params.read_text() + "search: {trials: 3, replicates: 2}\n")
    for section in ("datasets", "experiments"):
        (added,) = re.findall(rf"^{section}:\n((?:  .*\n)+)", block, re.MULTILINE)
        params.write_text(re.sub(rf"^{section}:.*\n", rf"\g<0>{added}", params.read_text(), flags=re.MULTILINE))
    ran = copy.stages_run_by("dvc repro")
    assert {stage for stage in ran if stage.startswith(("train", "evaluate"))} == {
        "train@sales_elman", "train@sales_gru", "evaluate@sales"
    }  # fmt: skip
    report = (copy.folder / "reports/comparison.md").read_text()
    (headline,) = re.findall(r"\*\*On `sales`, (.+?)\*\*", report)
    assert headline.startswith("the squared error relative to the best baseline, ")
    assert re.search(
        r" is [\d.]+ for `sales_\w+` and [\d.]+ for `sales_\w+` \(12 test samples\); these are too few", headline
    )
    pictures = [f"figures/sales/{name}" for name in ("forecasts", "error_by_step", "residuals", "learning_curves")]
    for picture in (*pictures, "test_error/sales"):
        assert f"({picture}.png)" in report
        assert (copy.folder / f"reports/{picture}.png").exists()
    assert {run.info.run_name for run in parents(copy)} >= {"sales_elman", "sales_gru"}

    typed = [command for command in commands() if not command.startswith(("make", ". "))]
    said = {typed[0]: copy.run(typed[0])}
    assert typed[0].startswith("cellbench forecast")
    forecast = list(csv.DictReader((copy.folder / "forecast.csv").open()))
    assert [row["time"] for row in forecast] == [f"2024-{n + 1:02}" for n in range(12)]
    assert all(float(row["lower_80"]) < float(row["forecast"]) < float(row["upper_80"]) for row in forecast)
    assert "no 95 % interval: the validation samples are too few" in said[typed[0]]
    assert (copy.folder / "forecast.png").read_bytes().startswith(b"\x89PNG")

    (add,) = re.findall(r"`(git add .+?)`", README)
    copy.run(f"{add} && git commit --quiet --message sales")
    before = len(parents(copy))
    said |= {command: copy.run(command) for command in typed[1:]}
    (change,) = [command for command in said if command.startswith("dvc exp run")]
    assert stages_run(said[change]) == {"check", "train@lstm", "evaluate@noise_1", "report", "publish"}
    shown = [line.split() for line in said["dvc metrics diff"].splitlines()[1:]]
    assert [(path, metric) for path, metric, *_ in shown] == [
        ("reports/headlines/noise_1/lstm.json", metric) for metric in ("ensemble_mse", "n_params", "skill", "test_mse")
    ]
    assert shown[1][2:] == ["149", "425", "276"]
    assert re.search(r"experiments\.lstm\.units +4 +8", said["dvc params diff"])
    page = (copy.folder / "dvc_plots/index.html").read_text()
    assert "Learning curves of lstm" in page
    assert "test_error/noise_1.png" in page
    assert "reports/figures" not in page

    (wide,) = [run for run in parents(copy) if run.data.tags.get("dvc.exp.name") == "wide"]
    assert wide.data.params["units"] == "8"
    assert wide.info.run_name == "lstm (wide)"
    assert f"  lstm: {shown[3][3][:4]}" in said[change]  # with its verdict
    assert len(parents(copy)) == before + 1
    assert f"{wide.info.run_id}\n" in copy.cellbench("trace --rev wide")
    assert "cell: lstm, units: 4" in params.read_text()
    copy.run("dvc exp apply wide")
    assert "cell: lstm, units: 8" in params.read_text()
    copy.restore()
    assert copy.stages_run_by("dvc repro") <= {"publish"}
    assert len(parents(copy)) == before + 1


def test_so_many_rows_give_an_interval_or_a_test() -> None:
    """The table of docs/parameters.md, against datasets with a row less."""

    def given(rows: int, horizon: int) -> set[str]:
        series = Series("y", numbered(rows), ("y",), np.arange(rows)[:, None] ** 0.5, np.full(rows, True))
        source = {"source": "csv", "path": "data/raw/y.csv", "target": "y", "horizon": horizon}
        dataset = divide([series], CsvFile.model_validate(source), "y")
        known, samples = dataset.card.validation_samples, len(dataset.origins("test"))
        found = {f"{percent(level)} % interval" for level in LEVELS if known >= needed(level)}
        return found | {"test"} if samples >= least_samples(horizon) else found

    page = (ROOT / "docs/parameters.md").read_text()
    header, *lines = re.findall(r"^\| `horizon`.*|^\| \d+ \| \d+ \| .*", page, re.MULTILINE)
    columns = [cell.strip() for cell in header.strip("|").split("|")]
    assert len(lines) == 3
    for line in lines:
        horizon, *needs = [int(cell) for cell in line.strip("|").split("|")]
        for column, rows in zip(columns[1:], needs, strict=True):
            assert column in given(rows, horizon), (column, horizon)
            assert column not in given(rows - 1, horizon), (column, horizon)


def test_every_part_of_the_tree_is_on_the_map() -> None:
    (tree,) = re.findall(r"(src/cellbench/ .*?)\nreports", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    for path in (ROOT / "src/cellbench").glob("*/__init__.py"):
        assert re.search(rf"\b{path.parent.name}\b", tree), path.parent.name


def test_the_picture_is_there() -> None:
    for target in re.findall(r"\]\((?!http)(.+?)\)", README):
        assert Path(ROOT / target).exists(), target


def test_make_ui_serves_the_projects_runs_until_ctrl_c_also_of_a_database_that_was_replaced(
    project: Project, tmp_path: Path
) -> None:
    copy = copy_of(project, tmp_path / "copy")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ui = f"make --assume-old .venv/ready ui PORT={port}"
    server = copy.start(ui)

    def shown() -> int:
        client = MlflowClient(f"http://127.0.0.1:{port}")
        return len(client.search_runs([experiment.experiment_id for experiment in client.search_experiments()]))

    try:
        for _ in range(120):
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/") as page:
                assert b"<title>MLflow</title>" in page.read()
                break
            assert server.poll() is None
            time.sleep(0.5)
        before = shown()
        second = copy.run(ui, expect=2)
        assert f"port {port}: Address already in use; choose another: `make ui PORT=5001`\n" in second
        assert "Traceback" not in second
        copy.run("rm -r mlflow.db mlartifacts")
        copy.cellbench("publish")
        assert 0 < shown() < before  # without the runs from before the project was copied here
    finally:
        os.killpg(server.pid, signal.SIGINT)
        said, _ = server.communicate()
    assert "Traceback" not in said
    with socket.socket() as again, pytest.raises(ConnectionRefusedError):  # nothing of it goes on
        again.connect(("127.0.0.1", port))
    assert re.search(
        rf"The runs: http://127.0.0.1:{port}/#/experiments/\d+/runs\?workflowType=machine_learning\n", said
    )
