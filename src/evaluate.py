"""Stage `evaluate@<dataset>`: score every experiment on a dataset, on the same test samples as the baselines."""

from cellbench.console import run_stage
from cellbench.evaluate.stage import evaluate

if __name__ == "__main__":
    run_stage(evaluate, "datasets")
