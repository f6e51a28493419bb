"""Stage `report`."""

from cellbench.config.params import Params
from cellbench.files import write_text
from cellbench.report.document import answer, comparison
from cellbench.report.figures import draw_figures
from cellbench.results.results import REPORTS, load_results


def report(params: Params) -> None:
    """Write reports/comparison.md, reports/answer.md and reports/figures/."""
    groups = load_results(params)
    for group in groups:
        draw_figures(group, REPORTS / "figures" / group.dataset)
    write_text(REPORTS / "comparison.md", comparison(groups))
    write_text(REPORTS / "answer.md", answer(groups))
    print(answer(groups), end="")
