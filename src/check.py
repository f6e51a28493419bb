"""Not a stage: check params.yaml before DVC reads it, so that a mistake is named by its key, not by its consequence.

Prints the names of the datasets, which can be worked on side by side, those with the most experiments first.
"""

from cellbench.base.params.cli import run_stage
from cellbench.base.params.config import Params


def check(params: Params) -> None:
    """Check params.yaml, and print the names of its datasets."""
    print(*sorted(params.datasets, key=lambda name: -len(params.experiments_on(name))), sep="\n")


if __name__ == "__main__":
    run_stage(check)
