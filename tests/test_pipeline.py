"""The real pipeline, small: what reruns when, what it leaves behind, and what a person sees of it."""

import pytest

from project import ALL, Project

PUBLISHED = "gru, lstm, sunspots_elman"
EXPERIMENTS = PUBLISHED.split(", ")


def test_an_unchanged_pipeline_runs_nothing_but_the_check_that_everything_is_published(project: Project) -> None:
    record = project.folder / "pipeline/dvc.lock"
    written = record.stat().st_mtime_ns
    assert project.stages_run_by("dvc repro") == {"publish"}
    assert project.run("git status --porcelain") == ""
    assert record.stat().st_mtime_ns == written  # long, and written slowly by DVC


def test_force_gives_the_same_bytes(project: Project) -> None:
    assert project.stages_run_by("dvc repro --force") == ALL
    assert project.run("git status --porcelain") == ""


def outputs(project: Project) -> dict[str, bytes]:
    made = (path for top in ("data", "runs", "reports") for path in (project.folder / top).rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in made}


def test_a_mistake_in_params_stops_make_repro_before_anything_is_touched(project: Project) -> None:
    before = outputs(project)
    params = project.folder / "params.yaml"
    for right, wrong, message in (
        ("units: 4", "units: 0", "experiments.lstm.units: must be at least 1, got 0"),
        (
            "cell: lstm",
            "cell: lstn",
            "experiments.lstm.cell: must be one of elman, lstm, gru, gru_reset_after, got lstn",
        ),
    ):
        params.write_text(params.read_text().replace(right, wrong, 1))
        said = project.run("make --assume-old .venv/ready repro", expect=2)
        assert f"params.yaml: {message}\n" in said
        assert "Traceback" not in said
        assert outputs(project) == before
        project.run("git checkout params.yaml")


def test_a_mistake_that_dvc_repro_meets_costs_nothing_that_the_cache_does_not_bring_back(project: Project) -> None:
    before = outputs(project)
    params = project.folder / "params.yaml"
    params.write_text(params.read_text().replace("units: 4", "units: 0", 1))
    said = project.run("dvc repro", expect=255)
    assert "params.yaml: experiments.lstm.units: must be at least 1, got 0\n" in said
    assert "Traceback" not in said
    project.run("git checkout params.yaml")
    assert project.stages_run_by("dvc repro") == {"publish"}
    assert outputs(project) == before


def test_a_removed_experiment_is_named_until_it_is_gone(project: Project) -> None:
    params = project.folder / "params.yaml"
    params.write_text("".join(line for line in params.read_text().splitlines(True) if not line.startswith("  lstm:")))
    said = project.run("dvc repro", expect=255)
    assert "runs/noise_1/lstm belongs to no experiment any more: remove it and run `dvc repro` again\n" in said
    project.run("rm -r runs/noise_1/lstm")
    project.run("dvc repro")
    report = (project.folder / "reports/comparison.md").read_text()
    assert "`gru`" in report
    assert "`lstm`" not in report
    assert "lstm" not in project.run("dvc metrics show")


@pytest.mark.parametrize("rate", ["1.0e+38", "1.0e+19"])
def test_a_training_that_diverges_says_so_and_writes_nothing(project: Project, rate: str) -> None:
    params = project.folder / "params.yaml"
    before = outputs(project)
    params.write_text(params.read_text().replace("learning_rate: 0.001", f"learning_rate: {rate}"))
    said = project.run("python src/train.py lstm", expect=1).splitlines()[-1]
    assert said.startswith("lstm: all 2 replicates diverged, the first in epoch ")
    assert "try a smaller experiments.lstm.learning_rate than 1e+" in said
    assert outputs(project) == before


def test_a_training_reruns_for_its_own_cell_and_not_for_the_test_data(project: Project) -> None:
    params, cell = project.folder / "params.yaml", project.folder / "src/cellbench/cells/gru_reset_after.py"
    params.write_text(params.read_text().replace("test_samples: 30", "test_samples: 31"))
    cell.write_text(cell.read_text() + "# a remark\n")
    others = {"train@lstm", "train@sunspots_elman"}
    assert project.stages_run_by("dvc repro") == ALL - others - {"prepare@sunspots"}
