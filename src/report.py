"""Stage `report`: say in words and pictures what came out."""

from cellbench import InputError
from cellbench.base.files import write_text
from cellbench.base.params.cli import run_stage
from cellbench.base.params.config import Params
from cellbench.reporting.figures import draw_figures
from cellbench.reporting.loading import REPORTS, leftovers, load_results
from cellbench.reporting.report import comparison
from cellbench.reporting.verdicts import conclusion


def report(params: Params) -> None:
    """Write reports/comparison.md and reports/figures/."""
    if left := leftovers(params):
        raise InputError(
            "\n".join(f"{path} belongs to no experiment any more: remove it and run `dvc repro` again" for path in left)
        )
    groups = load_results(params)
    draw_figures(groups, REPORTS / "figures")
    write_text(REPORTS / "comparison.md", comparison(groups))
    for group in groups:
        print(conclusion(group))


if __name__ == "__main__":
    run_stage(report)
