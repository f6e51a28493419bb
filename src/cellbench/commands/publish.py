"""`cellbench publish`: bring MLflow up to date, from whatever revisions have results."""

import sys
from contextlib import chdir, nullcontext
from pathlib import Path

import click

from cellbench import InputError
from cellbench.config.params import load_params
from cellbench.console import one_message
from cellbench.project import find_project, repository_root
from cellbench.publish.provenance import Origin
from cellbench.publish.revisions import Revision, find, results_of, saved_experiments
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
    with one_message(), chdir(find_project(project)):
        if rev and all_experiments:
            raise InputError("--rev and --all-experiments: choose one of them")
        if rev:
            _publish(rev, find(rev))
            return
        parts: list[tuple[str, Revision | None]] = [("the working tree", None)]
        if all_experiments:  # oldest first: a result that several have in common belongs to the oldest
            saved = [(revision.origin.experiment, revision) for revision in saved_experiments()]
            parts = [("HEAD", find("HEAD")), *saved, *parts]
        failed = False
        for label, revision in parts:
            try:
                _publish(label, revision)
            except TrackingError:
                raise
            except InputError as error:
                click.echo(f"{label}: {error}", err=True)
                failed = True
        if failed:
            sys.exit(1)


def _publish(label: str, revision: Revision | None) -> None:
    """Publish the results of a revision, or of the working tree, and print which."""
    root = repository_root()
    with results_of(revision) if revision else nullcontext():
        _, said = publish_results(load_params(), revision.origin if revision else Origin.here(), root)
    click.echo(f"{label}: {said}")
