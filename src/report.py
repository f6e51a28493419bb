"""Stage `report`: say in words and pictures what came out."""

from cellbench.console import run_stage
from cellbench.report.stage import report

if __name__ == "__main__":
    run_stage(report)
