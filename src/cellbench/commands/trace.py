"""`cellbench trace`: from a run in MLflow to the commands that bring its result back; from a revision to its runs."""

from contextlib import chdir
from pathlib import Path

import click

from cellbench import InputError
from cellbench.config.params import load_params
from cellbench.project import find_project, repository_root
from cellbench.publish.provenance import trace as trace_results
from cellbench.publish.revisions import find, results_of
from cellbench.publish.store import store


@click.command()
@click.argument("run", required=False)
@click.option("--rev", help="List the runs of this commit, branch, tag or DVC experiment.")
@click.pass_obj
def trace(project: Path | None, run: str | None, rev: str | None) -> None:
    """Print the commands that bring back the result of a RUN, given by its id; or, with --rev, a revision's runs."""
    with chdir(find_project(project)):
        if (run is None) == (rev is None):
            raise InputError("trace: name either a run's id or --rev REV")
        for line in _commands(run) if run else _runs(str(rev)):
            click.echo(line)


def _commands(run: str) -> list[str]:
    """What to type for the result of a run."""
    with store(repository_root(), make=False) as opened:
        found = opened.find(run)
    if found is None:
        raise InputError(f"{run}: MLflow has no such run of this project")
    tags = found.data.tags
    if "mlflow.source.git.commit" not in tags:
        raise InputError(f"{run}: its result was made before the first commit, so there is none to go back to")
    lines, name = [f"git checkout {tags['mlflow.source.git.commit']}"], tags.get("dvc.exp.name")
    if name:
        lines += [f"dvc exp apply {name}"]
    elif tags.get("git.dirty") == "true":
        lines += [
            f"mlflow artifacts download --run-id {found.info.run_id} --artifact-path changes.diff --dst-path .",
            "git apply changes.diff",
        ]
    return [*lines, f"dvc repro {tags['dvc.stage']} evaluate@{tags['dataset']}"]


def _runs(rev: str) -> list[str]:
    """A line for each experiment of a revision."""
    root, origin = repository_root(), find(rev)
    with results_of(origin):
        keys = {name: source.key for name, source in trace_results(load_params(), origin).items()}
    with store(root, make=False) as opened:
        runs = opened.by_key()
    width = max(map(len, keys))
    return [f"{name:{width}}  {runs.get(key, 'not published')}" for name, key in keys.items()]
