"""A small copy of this project in a folder of its own, with the real pipeline run in it once."""

import hashlib
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from filelock import FileLock

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

ROOT = Path(__file__).parents[1]
SMALL = {  # patterns in params.yaml, and what makes them small
    r"\n  tourism_yearly:(\n    .*)+": "",
    r" test_samples: 1000": " test_samples: 30",
    r" samples: 1000": " samples: 40",
    r"replicates: 10": "replicates: 2",
    r"epochs: \d+": "epochs: 3",
    r"\n  (noise_11|elman|ma|ma_\w+|nile|nile_\w+|sunspots_lstm|sunspots_gru\w*|tourism_\w+|yearly): .*": "",
    r"\nrecipes: .*": "",
    r"recipe: tuned}": "window: 9, transform: sqrt, scaling: train, skip: linear, units: 4, batch_size: 8}",
}

ALL = {
    "check", "prepare@noise_1", "prepare@sunspots", "tune@lstm", "tune@gru", "tune@sunspots_elman",
    "train@lstm", "train@gru", "train@sunspots_elman",
    "evaluate@noise_1", "evaluate@sunspots", "report", "publish",
}  # fmt: skip
EXPERIMENTS = ["gru", "lstm", "sunspots_elman"]
PUBLISHED = f"published {', '.join(EXPERIMENTS)}\n"


@dataclass(frozen=True)
class Project:
    """A git and DVC repository in which commands are run as a user would."""

    folder: Path

    def run(self, command: str, expect: int = 0, **environment: str) -> str:
        """Run a shell command, and return what it printed on both streams."""
        done = self.start(command, **environment)
        printed, _ = done.communicate()
        assert done.returncode == expect, f"{command}: exit code {done.returncode}\n{printed}"
        return printed

    def start(self, command: str, **environment: str) -> subprocess.Popen[str]:
        """Start a shell command in a process group of its own, with this Python first on the path."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DVC_", "MLFLOW_", "GIT_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            command, shell=True, cwd=self.folder, env=kept | {"PATH": path} | environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def cellbench(self, arguments: str, expect: int = 0) -> str:
        """Run our command in this process, which has loaded MLflow already, and return what it printed."""
        from cellbench.commands import main

        done = CliRunner().invoke(main, ["--project", str(self.folder), *arguments.split()])
        assert done.exit_code == expect, done.output
        return done.output

    def stage(self, script: str) -> None:
        """Run a script of src, such as `train.py lstm`, in this process, which has loaded its libraries already."""
        name, *arguments = script.split()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr("sys.argv", [name, *arguments])
            runpy.run_path(str(ROOT / "src" / name), run_name="__main__")

    def stages_run_by(self, command: str, **environment: str) -> set[str]:
        """The stages whose command DVC ran, cached and unchanged ones left out."""
        return stages_run(self.run(command, **environment))

    def restore(self) -> None:
        """Take everything back to the last commit, from the cache."""
        self.run("git checkout --quiet . && dvc checkout --quiet --force")


def refused_by(script: str) -> str:
    """What a script of src, such as `train.py lstm`, ends with in this process, in the current folder."""
    name, *arguments = script.split()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [name, *arguments])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / "src" / name), run_name="__main__")
    assert isinstance(ended.value.code, str)  # which Python prints on standard error, and ends with code 1
    return ended.value.code


def stages_run(printed: str) -> set[str]:
    """The stages that DVC ran, by what it printed."""
    return set(re.findall(r"Running stage '(.+?)'", printed))


def make_repository(folder: Path) -> Project:
    """A git repository in which nothing is committed yet."""
    repository = Project(folder)
    repository.run("git init --quiet --initial-branch main && git config user.name t && git config user.email t@t")
    return repository


def make_project(folder: Path) -> Project:
    """Copy what git tracks or would track, make it small, run the pipeline once and commit what it gives."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith("reports/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    params = (folder / "params.yaml").read_text()
    for large, small in SMALL.items():
        params, times = re.subn(large, small, params)
        assert times, large
    (folder / "params.yaml").write_text(params)
    (folder / "dvc.lock").unlink(missing_ok=True)
    project = make_repository(folder)
    project.run("git add . && git commit --quiet -m start && dvc repro && git add . && git commit --quiet -m results")
    return project


def copy_of(project: Project, folder: Path) -> Project:
    """Another copy, with the same results and runs, for what can not be taken back."""
    project.run(f"cp -r . {quote(str(folder))}")
    return Project(folder)


def copy_without_runs(project: Project, folder: Path) -> Project:
    """The same, with nothing in MLflow yet."""
    copy = copy_of(project, folder)
    copy.run("rm -r mlflow.db mlartifacts")
    shutil.copy(_empty_database(), copy.folder / "mlflow.db")
    return copy


@cache
def _empty_database() -> Path:
    """MLflow's tables with nothing in them, made once for all test processes: its migrations take seconds."""
    from mlflow import MlflowClient

    of_all = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    path = Path(tempfile.gettempdir(), f"{of_all}.db") if of_all else Path(tempfile.mkdtemp(), "mlflow.db")
    with FileLock(f"{path}.lock"):
        if not path.exists():
            MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


def kill(process: "subprocess.Popen[str]") -> None:
    """Kill a command and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def own_database(project: Project) -> str:
    """How MLflow calls the project's own database."""
    return f"sqlite:///{project.folder}/mlflow.db"


def runs(project: Project, uri: str | None = None) -> list["Run"]:
    """All runs in the project's MLflow database, or on a server."""
    from mlflow import MlflowClient

    client = MlflowClient(uri or own_database(project))
    experiment = client.get_experiment_by_name("cellbench")
    return list(client.search_runs([experiment.experiment_id], max_results=1000)) if experiment else []


def parents(project: Project, uri: str | None = None) -> list["Run"]:
    """Those that stand for an experiment, not for one replicate of it."""
    return [run for run in runs(project, uri) if "mlflow.parentRunId" not in run.data.tags]


def snapshot(project: Project, uri: str | None = None) -> list[dict[str, object]]:
    """All that MLflow shows of every run, children under their parents, but for ids and times."""
    if uri:
        return _snapshot(project, uri)
    # Of a copy, since MLflow keeps reading a file that it opened, even after another one took its place.
    with tempfile.TemporaryDirectory() as folder:
        copy = Project(Path(folder))
        shutil.copy(project.folder / "mlflow.db", copy.folder)
        return _snapshot(copy, own_database(copy))


def _snapshot(project: Project, uri: str) -> list[dict[str, object]]:
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    children: dict[str, list[Run]] = {}
    for run in runs(project, uri):
        children.setdefault(run.data.tags.get("mlflow.parentRunId", ""), []).append(run)

    def shown(run: "Run") -> dict[str, object]:
        curves = {name: client.get_metric_history(run.info.run_id, name) for name in run.data.metrics}
        return {
            "name": run.info.run_name,
            "status": run.info.status,
            "params": run.data.params,
            "tags": {name: tag for name, tag in run.data.tags.items() if name != "mlflow.parentRunId"},
            "metrics": {name: [(point.step, point.value) for point in curve] for name, curve in curves.items()},
            "data": [(given.dataset.name, given.dataset.digest) for given in run.inputs.dataset_inputs],
            "artifacts": _artifacts(client, run),
            "children": sorted(map(shown, children.get(run.info.run_id, [])), key=lambda child: str(child["name"])),
        }

    versions = client.search_model_versions("")
    registered: list[dict[str, object]] = [{"model": version.name, "tags": version.tags} for version in versions]
    return sorted([*map(shown, children[""]), *registered], key=lambda part: json.dumps(part["tags"], sort_keys=True))


def _artifacts(client: "MlflowClient", run: "Run") -> dict[str, str]:
    """The digests of a run's artifacts, by path."""
    if not client.list_artifacts(run.info.run_id):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(client.download_artifacts(run.info.run_id, "", folder))
        files = [path for path in root.rglob("*") if path.is_file()]
        return {path.relative_to(root).as_posix(): hashlib.md5(_content(path)).hexdigest() for path in files}


def _content(path: Path) -> bytes:
    """A file's bytes, without the id and the time that MLflow writes into every model."""
    lines = path.read_bytes().splitlines()
    own = (b"model_uuid", b"utc_time_created") if path.name == "MLmodel" else ()
    return b"\n".join(line for line in lines if not line.startswith(own)) if own else path.read_bytes()
