"""`cellbench publish`: bring MLflow up to date, from whatever revisions have results."""

import sys
from contextlib import chdir, nullcontext
from pathlib import Path

import click

from cellbench import InputError
from cellbench.config.params import load_params
from cellbench.project import find_project, repository_root
from cellbench.publish.provenance import Origin
from cellbench.publish.revisions import find, results_of, saved_experiments
from cellbench.publish.stage import publish_results
from cellbench.publish.store import TrackingError


@click.command()
@click.option("--rev", help="Publish this commit, branch, tag or DVC experiment instead of the working tree.")
@click.option(
    "--all-experiments", is_flag=True, help="Publish the last commit, all DVC experiments and the working tree."
)
@click.pass_obj
def publish(project: Path | None, rev: str | None, all_experiments: bool) -> None:
    """Make sure that every result is a run in MLflow: in the project's own database, or at MLFLOW_TRACKING_URI.

    Existing runs are left alone.
    """
    with chdir(find_project(project)):
        if rev and all_experiments:
            raise InputError("--rev and --all-experiments: choose one of them")
        parts = [(rev, find(rev))] if rev else [("the working tree", Origin.here())]
        if all_experiments:  # oldest first: a result that several have in common belongs to the oldest
            saved = [(origin.experiment, origin) for origin in saved_experiments()]
            parts = [("HEAD", find("HEAD")), *saved, *parts]
        root, failed = repository_root(), False
        for label, origin in parts:
            try:
                with results_of(origin) if origin.saved else nullcontext():
                    _, said = publish_results(load_params(), origin, root)
                click.echo(f"{label}: {said}")
            except TrackingError:
                raise
            except InputError as error:
                click.echo(f"{label}: {error}", err=True)
                failed = True
        if failed:
            sys.exit(1)
