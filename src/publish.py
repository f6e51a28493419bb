"""Stage `publish`: project the results into MLflow, each as one run; what is there already is left alone."""

from cellbench.console import run_stage
from cellbench.publish.stage import publish

if __name__ == "__main__":
    run_stage(publish)
