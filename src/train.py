"""Stage `train@<experiment>`: train all replicates of an experiment side by side."""

from cellbench.console import run_stage
from cellbench.train.stage import train

if __name__ == "__main__":
    run_stage(train, "experiments")
