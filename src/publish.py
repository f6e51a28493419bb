"""Stage `publish`: project the results into MLflow, each as one run; what is there already is left alone."""

from cellbench.cli import run_stage
from cellbench.config import Params
from cellbench.provenance import trace
from cellbench.results import load_results
from cellbench.tracking import publish, unpublished


def publish_results(params: Params) -> None:
    """Make sure that every result of params.yaml is a run in MLflow."""
    provenance = trace(params)
    missing = unpublished(provenance)
    made = publish(load_results(params), {name: provenance[name] for name in missing}) if missing else []
    print(f"published {', '.join(made)}" if made else "MLflow has a run of every result")


if __name__ == "__main__":
    run_stage(publish_results)
