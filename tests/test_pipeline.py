"""The real pipeline, small: what reruns when, what it leaves behind, and what a person sees of it."""

import re

import pytest

from project import ALL, ROOT, Project, parents, refused_by


def test_an_unchanged_pipeline_runs_nothing(project: Project) -> None:
    assert project.stages_run_by("dvc repro") == set()
    assert project.run("git status --porcelain") == ""


def outputs(project: Project) -> dict[str, bytes]:
    made = (path for top in ("data", "runs", "reports") for path in (project.folder / top).rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in made}


WRONG_UNITS = ("units: 4, batch_size: 1}", "units: 0, batch_size: 1}", "experiments.lstm.units")
WRONG_CELL = ("cell: lstm", "cell: lstn", "experiments.lstm.cell")
NO_CELL = ("cell: lstm, ", "", "experiments.lstm.cell")


@pytest.mark.parametrize(
    ("command", "code", "mistake"),
    [
        ("dvc repro", 255, WRONG_UNITS),
        ("dvc repro train@lstm", 255, WRONG_CELL),
        ("dvc exp run", 255, WRONG_UNITS),
        ("make --assume-old .venv/ready repro", 2, NO_CELL),  # with which DVC cannot load its dvc.yaml
    ],
)
def test_a_mistake_in_params_stops_every_command_before_another_output_is_touched(
    project: Project, command: str, code: int, mistake: tuple[str, str, str]
) -> None:
    before = outputs(project)
    params, (right, wrong, key) = project.folder / "params.yaml", mistake
    good = params.read_text()
    params.write_text(good.replace(right, wrong, 1))
    said = project.run(command, expect=code)
    assert f"params.yaml: {key}: " in said
    assert "Traceback" not in said
    assert outputs(project) == before  # also check's own, which DVC would otherwise delete first
    params.write_text(good)
    project.run("dvc repro")
    assert outputs(project) == before


def test_another_file_in_data_raw_makes_no_dataset_anew(project: Project) -> None:
    (project.folder / "data/raw/other.csv").write_text("x\n1\n")
    assert project.stages_run_by("dvc repro") == {"check"}
    (project.folder / "data/raw/other.csv").unlink()
    *stages, last = project.run("make --no-print-directory --assume-old .venv/ready repro").splitlines()
    assert last == "reports/comparison.md has the results, `make ui` shows the runs"
    assert stages
    assert all(re.fullmatch(r"check, \d+ s: params.yaml is right: .+", line) for line in stages)


@pytest.mark.parametrize("rate", ["1.0e+38", "1.0e+19"])
def test_a_training_that_diverges_says_so_and_writes_nothing(
    project: Project, rate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = project.folder / "params.yaml"
    before = outputs(project)
    params.write_text(params.read_text().replace("learning_rate: 0.001", f"learning_rate: {rate}"))
    monkeypatch.chdir(project.folder)
    said = refused_by("train.py lstm")
    assert said.startswith("lstm: all 2 replicates diverged, the first in epoch ")
    assert "try a smaller experiments.lstm.learning_rate than 1e+" in said
    assert outputs(project) == before


def test_a_new_cell_an_edited_one_a_removed_experiment_and_other_test_data_rerun_what_depends_on_them(
    project: Project,
) -> None:
    """The new cell is that of docs/cells.md."""
    (cell,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/cells.md").read_text(), re.DOTALL)
    cells, params = project.folder / "src/cellbench/cells", project.folder / "params.yaml"
    (cells / "mgu.py").write_text(cell)
    (cells / "gru_reset_after.py").write_text((cells / "gru_reset_after.py").read_text() + "# a remark\n")
    kept = [line for line in params.read_text().splitlines(True) if not line.startswith("  lstm:")]
    changed = "".join(kept).replace("test_samples: 30", "test_samples: 31")
    params.write_text(f"{changed}  mgu: {{dataset: noise_1, cell: mgu, units: 4}}\n")
    before = {run.info.run_id for run in parents(project)}
    ran = project.stages_run_by("dvc repro")
    left = {f"{stage}@{name}" for stage in ("tune", "train") for name in ("lstm", "sunspots_elman")}
    assert ran == ALL - left - {"prepare@sunspots"} | {"tune@mgu", "train@mgu"}
    made = {run.info.run_name for run in parents(project) if run.info.run_id not in before}
    assert made == {"gru", "mgu"}  # on other test data; what only ran again is the same run
    report = (project.folder / "reports/comparison.md").read_text()
    assert "`gru`" in report
    assert "`lstm`" not in report
    assert (project.folder / "runs/noise_1/lstm/weights.safetensors").exists()  # which changes nothing
    card = (project.folder / "runs/noise_1/mgu/model.json").read_text()
    assert '"engine": "native"' in card  # derived from the text of the page
    (cells / "mgu.py").unlink()
    project.run("rm -r runs/noise_1/mgu recipes/noise_1/mgu && git clean --quiet --force reports")
