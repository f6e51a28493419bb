"""Stage `evaluate@<dataset>`: score every experiment on a dataset, on the same test samples, beside the baselines."""

from cellbench.base.params.cli import run_stage_for
from cellbench.evaluation.evaluate import evaluate

if __name__ == "__main__":
    run_stage_for("datasets", evaluate)
