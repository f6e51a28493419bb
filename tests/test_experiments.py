"""`dvc exp run` and its queue, and how their results are found in MLflow."""

import re
import time
from pathlib import Path

from project import EXPERIMENTS, PUBLISHED, Project, copy_without_runs, parents, snapshot


def test_experiments_share_the_database_and_a_lost_one_is_filled_from_them(project: Project, tmp_path: Path) -> None:
    copy = copy_without_runs(project, tmp_path / "copy")
    copy.cellbench("publish")
    queued = re.findall("Queued experiment '(.+)'", copy.run("dvc exp run --queue -S experiments.lstm.units=5,6"))
    copy.run("dvc queue start --jobs 2")
    while "Queued" in (status := copy.run("dvc queue status")) or "Running" in status:
        time.sleep(10)  # each look takes seconds of a core
    assert status.count("Success") == 2, status
    named = {run.data.tags.get("dvc.exp.name"): run for run in parents(copy)}
    assert set(named) == {None, *queued}
    assert {run.data.params["units"] for name, run in named.items() if name} == {"5", "6"}
    assert len(parents(copy)) == len(EXPERIMENTS) + 2
    kept = snapshot(copy)

    copy.run("rm -r mlflow.db mlartifacts")
    said = copy.cellbench("publish --all-experiments")
    assert f"HEAD: {PUBLISHED}" in said
    assert all(f"{name}: published lstm\n" in said for name in queued)
    assert said.endswith(
        "the working tree: MLflow has a run of every result\n"
        "trainings scored on a test part so far: noise_1 4, sunspots 1\n"
    )
    assert snapshot(copy) == kept

    name = named[queued[0]].data.tags["dvc.exp.name"]
    listed = copy.cellbench(f"trace --rev {name}")
    (run,) = re.findall(r"^lstm +(\w+)$", listed, re.MULTILINE)
    commands = copy.cellbench(f"trace {run}")
    assert f"dvc exp apply {name}\n" in commands
    copy.run("git checkout --quiet --force .")
    copy.run(" && ".join(commands.splitlines()))
    assert f"units: {named[name].data.params['units']}, batch_size" in (copy.folder / "params.yaml").read_text()
    assert copy.cellbench("publish").startswith("the working tree: MLflow has a run of every result\n")
