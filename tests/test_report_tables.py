"""The tables hold the numbers that were measured."""

import re

from cellbench.reporting.report_tables import comparison_table, period_table, score_table, table
from groups import SERIES, group, result


def cells_of(markdown: str) -> dict[str, list[str]]:
    """The cells of a Markdown table by the first one of their row."""
    rows = [re.split(r" *(?<!\\)\| *", line.strip("|").strip()) for line in markdown.splitlines()]
    return {first: rest for first, *rest in rows}


def test_no_cell_breaks_out_of_its_table() -> None:
    assert table(["", "b"], [["x|y", "1"]]).splitlines()[-1] == r"| x\|y | 1 |"


def test_published_errors_stand_beside_ours_period_by_period() -> None:
    scores = [
        {"forecaster": name, "period": period, "step": "all", "replicate": "ensemble", "test_arv": value}
        for name, values in {"a": ("0.2", "0.1", "0.3"), "mean": ("1", "2", "3")}.items()
        for period, value in zip(("all", "early", "late"), values, strict=True)
    ]
    cells = cells_of(period_table(group(result("a"), source=SERIES, scores=scores)))
    assert cells["average relative variance"] == ["early", "late"]
    assert cells["`a`"] == ["0.100", "0.300"]
    assert cells["the training mean"] == ["2.000", "3.000"]
    assert cells[r"published: somebody (1990) \| AR"][0] == "0.126"
    assert "best possible" not in str(cells)


def test_the_scores_are_those_of_the_replicates_and_of_their_ensemble() -> None:
    cells = cells_of(score_table(group(result("a", skill=0.2))))
    named = dict(zip(cells[""], cells["`a`"], strict=True))
    assert named["MSE of one replicate"].startswith("0.08000 ± ")
    assert named["MSE of the ensemble"] == "0.07000"
    assert named["above the optimum"] == "-11.1%"
    assert named["skill against the best baseline"] == "+20.0% [+0.0%, +30.0%]"
    assert named["in the 95 % confidence set"] == "yes (p = 0.051)"
    assert "no (p < 0.001)" in cells["the training mean"]
    assert cells["best possible, expected"][:2] == ["", "0.09000"]
    assert "MASE" not in named


def test_every_pair_is_told_with_both_tests() -> None:
    of = group(result("a"), result("b"), cells=[("a", "b", "no difference")])
    lines = comparison_table(of).splitlines()[2:]
    assert lines == [
        "| `a` | `b` | -0.01000 [-0.02000, 0.01000] | 0.300 | -1.00 | 0.400 | no difference |",
        *(f"| `{n}` | the training mean | 0.000 [-0.01000, 0.02000] | 0.200 | 0.00 | < 0.001 | no difference |"
          for n in "ab"),
    ]  # fmt: skip
