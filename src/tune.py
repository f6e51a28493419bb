"""Stage `tune@<experiment>`: find the recipe of an experiment, where it asks for a search."""

from cellbench.console import run_stage
from cellbench.tune.stage import tune

if __name__ == "__main__":
    run_stage(tune, "experiments")
