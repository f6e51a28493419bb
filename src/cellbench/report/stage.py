"""Stage `report`."""

from cellbench.config.params import Params
from cellbench.files import keep_only, write_together
from cellbench.report.document import answer, comparison
from cellbench.report.figures import TEST_ERROR, figures
from cellbench.results.results import FIGURES, REPORTS, load_results


def report(params: Params) -> str:
    """Write reports/comparison.md, reports/answer.md and the pictures; return where to read."""
    groups = load_results(params)
    pictures = {path: picture for group in groups for path, picture in figures(group).items()}
    texts = {REPORTS / "comparison.md": comparison(groups), REPORTS / "answer.md": answer(groups)}
    write_together(pictures | {path: text.encode() for path, text in texts.items()})
    for folder in (FIGURES, TEST_ERROR):
        keep_only(folder, pictures)
    return "reports/comparison.md has all numbers, reports/answer.md the answer"
