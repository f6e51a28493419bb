"""`cellbench trace`: from a run in MLflow to the commands that bring its result back; from a revision to its runs."""

import click

from cellbench import InputError
from cellbench.base.params.cli import one_message
from cellbench.base.params.config import load_params


@click.command()
@click.argument("run", required=False)
@click.option("--rev", help="List the runs of this commit, branch, tag or DVC experiment.")
def trace(run: str | None, rev: str | None) -> None:
    """Print the commands that bring back the result of a RUN, given by its id; or, with --rev, a revision's runs."""
    with one_message():
        if (run is None) == (rev is None):
            raise InputError("trace: name either a run's id or --rev REV")
        for line in _commands(run) if run else _runs(str(rev)):
            click.echo(line)


def _commands(run: str) -> list[str]:
    """What to type for the result of a run."""
    from cellbench.base.dvc_record import repository_root
    from cellbench.tracking.store import find_run, store

    with store(repository_root()) as (client, _):
        found = find_run(client, run)
    if found is None:
        raise InputError(f"{run}: MLflow has no such run of this project")
    tags = found.data.tags
    if "mlflow.source.git.commit" not in tags:
        raise InputError(f"{run}: its result was made before the first commit, nothing leads back to it")
    stage, name = tags["dvc.stage"], tags.get("dvc.exp.name")
    lines = [f"git checkout {tags['mlflow.source.git.commit']}"]
    if name:
        lines += [f"dvc exp apply {name}"]
    elif tags.get("git.dirty") == "true":
        lines += [
            f"mlflow artifacts download --run-id {found.info.run_id} --artifact-path changes.diff --dst-path .",
            "git apply changes.diff",
        ]
    file, _, _ = stage.rpartition("train@")  # of the stages, where it was at that commit
    return [*lines, f"dvc repro {stage} {file}evaluate@{tags['dataset']}"]


def _runs(rev: str) -> list[str]:
    """A line for each experiment of a revision."""
    from cellbench.base.dvc_record import repository_root
    from cellbench.tracking.provenance import trace as trace_results
    from cellbench.tracking.revisions import find, results_of
    from cellbench.tracking.store import runs_by_key, store

    root, revision = repository_root(), find(rev)
    with results_of(revision):
        keys = {name: source.key for name, source in trace_results(load_params(), revision.origin).items()}
    with store(root) as (client, experiment):
        runs = runs_by_key(client, experiment)
    width = max(map(len, keys))
    return [f"{name:{width}}  {runs.get(key, 'not published')}" for name, key in keys.items()]
