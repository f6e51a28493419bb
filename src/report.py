"""Stage `report`: say in words and pictures what came out."""

from cellbench.cli import run_stage
from cellbench.config import Params
from cellbench.figures import draw_figures
from cellbench.files import write_text
from cellbench.report import comparison, conclusion
from cellbench.results import REPORTS, by_dataset, leftovers, load_results


def report(params: Params) -> None:
    """Write reports/comparison.md and reports/figures/."""
    results = load_results(params)
    draw_figures(results, REPORTS / "figures")
    write_text(REPORTS / "comparison.md", comparison(params, results))
    for left in leftovers(params):
        print(f"{left} belongs to no experiment any more: remove it, and `dvc repro` takes it out of the metrics")
    for dataset, group in by_dataset(results).items():
        print(conclusion(dataset, group))


if __name__ == "__main__":
    run_stage(report)
