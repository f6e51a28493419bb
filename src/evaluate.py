"""Stage `evaluate@<dataset>`: score every experiment on a dataset, on the same test samples, beside the baselines."""

from cellbench.evaluation.evaluate import evaluate
from cellbench.params.cli import run_stage_for

if __name__ == "__main__":
    run_stage_for("datasets", evaluate)
