"""`cellbench publish`: bring MLflow up to date, from whatever revisions have results."""

import sys
from contextlib import nullcontext

import click

from cellbench import InputError
from cellbench.base.params.cli import one_message
from cellbench.base.params.config import load_params


@click.command()
@click.option("--rev", help="Of this commit, branch, tag or DVC experiment instead of the working tree.")
@click.option(
    "--all-experiments", is_flag=True, help="Of the last commit, of all DVC experiments, of the working tree."
)
def publish(rev: str | None, all_experiments: bool) -> None:
    """Make sure that every result is a run in MLflow: in the project's own database, or at MLFLOW_TRACKING_URI.

    Runs that are there already are left alone.
    """
    from cellbench.base.dvc_record import repository_root
    from cellbench.tracking.provenance import Origin
    from cellbench.tracking.publishing import publish as publish_results
    from cellbench.tracking.revisions import Revision, find, results_of, saved_experiments
    from cellbench.tracking.store import TrackingError

    root = repository_root()

    def publish_one(label: str, revision: Revision | None) -> None:
        with results_of(revision) if revision else nullcontext():
            origin = revision.origin if revision else Origin.here()
            made = publish_results(load_params(), origin, root)
        click.echo(f"{label}: published {', '.join(made)}" if made else f"{label}: MLflow has a run of every result")

    with one_message():
        if rev and all_experiments:
            raise InputError("--rev and --all-experiments: choose one of them")
        if rev:
            publish_one(rev, find(rev))
            return
        parts: list[tuple[str, Revision | None]] = [("the working tree", None)]
        if all_experiments:  # in the order in which they came to be: what several have in common is the oldest one's
            saved = [(revision.origin.experiment, revision) for revision in saved_experiments()]
            parts = [("HEAD", find("HEAD")), *saved, *parts]
        failed = []
        for label, revision in parts:
            try:
                publish_one(label, revision)
            except TrackingError:
                raise
            except InputError as error:
                click.echo(f"{label}: {error}", err=True)
                failed.append(label)
        if failed:
            sys.exit(1)
