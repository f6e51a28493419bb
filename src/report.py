"""Stage `report`: say in words and pictures what came out."""

from pathlib import Path

from cellbench.cli import run_stage
from cellbench.config import Params
from cellbench.figures import draw_figures
from cellbench.files import write_text
from cellbench.report import comparison, conclusion
from cellbench.results import leftovers, load_results

REPORTS = Path("reports")


def report(params: Params) -> None:
    """Write reports/comparison.md and reports/figures/."""
    results = load_results(params)
    draw_figures(results, REPORTS / "figures")
    write_text(REPORTS / "comparison.md", comparison(params, results))
    for left in leftovers(params):
        print(f"{left} belongs to no experiment any more: remove it, and `dvc repro` takes it out of the metrics")
    for dataset in params.datasets:
        print(conclusion(dataset, [result for result in results if result.dataset == dataset]))


if __name__ == "__main__":
    run_stage(report)
