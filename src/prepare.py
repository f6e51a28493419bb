"""Stage `prepare@<dataset>`: make the splits of a dataset."""

from cellbench.console import run_stage
from cellbench.prepare.stage import prepare

if __name__ == "__main__":
    run_stage(prepare, "datasets")
