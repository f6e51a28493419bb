"""Stage `publish`: project the results into MLflow, each as one run; what is there already is left alone."""

import sys

from cellbench.base.dvc_record import repository_root
from cellbench.base.params.cli import run_stage
from cellbench.base.params.config import Params
from cellbench.tracking.provenance import Origin
from cellbench.tracking.publishing import publish
from cellbench.tracking.store import TrackingError


def publish_results(params: Params) -> None:
    """Make sure that every result of params.yaml is a run in MLflow.

    A server that is down fails no experiment: all but its runs is there, and they are made up for later.
    """
    try:
        made = publish(params, Origin.here(), repository_root())
    except TrackingError as error:
        print(f"WARNING: {error}", file=sys.stderr)
        return
    print(f"published {', '.join(made)}" if made else "MLflow has a run of every result")


if __name__ == "__main__":
    run_stage(publish_results)
