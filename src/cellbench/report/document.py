"""comparison.md and answer.md: the templates hold the sentences, the results the numbers and what may be said."""

import re
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from cellbench.report import tables, verdicts
from cellbench.results import wording
from cellbench.results.results import Group

TEMPLATES = Environment(
    loader=PackageLoader("cellbench.report"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
TEMPLATES.globals |= {"tables": tables, "verdicts": verdicts, "wording": wording}
for function in (tables.markdown, wording.enumerated, wording.number, wording.p_value):
    TEMPLATES.filters[function.__name__] = function
TEMPLATES.filters["code"] = "`{}`".format


def comparison(groups: Sequence[Group]) -> str:
    """The whole report as Markdown; every statement in it is derived from the results."""
    text = TEMPLATES.get_template("comparison.md.j2").render(groups=groups)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def answer(groups: Sequence[Group]) -> str:
    """The answer as one Markdown table, a row for each dataset."""
    return TEMPLATES.get_template("answer.md.j2").render(groups=groups)
