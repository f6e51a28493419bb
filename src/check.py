"""Stage `check`: check params.yaml and the files it names, so that a mistake is named before anything else runs."""

from cellbench.check.stage import check
from cellbench.console import run_stage

if __name__ == "__main__":
    run_stage(check)
