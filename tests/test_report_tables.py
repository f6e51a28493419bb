"""The tables hold the numbers that were measured."""

import re

import pandas as pd
import pytest
from scipy.stats import betabinom

from cellbench.report.document import answer, comparison
from cellbench.report.tables import coverage, intervals, markdown, recipes, scores, scores_by, searches, weight_changes
from cellbench.results.results import Group
from groups import SERIES, group, result


def cells_of(text: str, head: str) -> dict[str, list[str]]:
    """The cells of the first Markdown table that begins with a header, by the first one of their row."""
    (table,) = re.findall(rf"^{re.escape(head)}.*\n(?:\|.*\n)*", text, re.MULTILINE)[:1]
    rows = [re.split(r" *(?<!\\)\| *", line.strip("|").strip()) for line in table.splitlines()]
    return {first: rest for first, *rest in rows}


def series() -> Group:
    """An experiment on a series with two test periods."""
    rows = [
        {"forecaster": name, "period": period, "test_arv": value}
        for name, values in {"a": (0.1, 0.3), "mean": (2.0, 3.0)}.items()
        for period, value in zip(("early", "late"), values, strict=True)
    ]
    return group(result("a"), source=SERIES, scores=rows)


def test_a_cell_does_not_break_out_of_its_table() -> None:
    assert markdown(pd.DataFrame({"b": ["1"]}, index=["x|y"])).splitlines()[-1] == r"| x\|y | 1 |"
    of = series()
    of.compared["periods"]["train"]["first"] = "2|3"
    assert r"| train | by the window | 2\|3 | 1781 |" in comparison([of])


def test_the_samples_of_each_period_are_a_table() -> None:
    assert cells_of(comparison([series()]), "| period |")["train"] == ["by the window", "1712", "1781"]


def test_a_search_is_a_row_with_its_budget_and_what_it_brought() -> None:
    budget = {"trials": 32, "folds": 2, "replicates": 3, "steps": 900}
    kept = budget | {"default": 4.0, "chosen": 4.0, "runner_up": 3.9, "is_default": True}
    changed = budget | {"default": None, "chosen": 2.0, "runner_up": 3.0, "is_default": False}
    short = {"trials": 32, "folds": 0, "replicates": 3}
    of = group(result("a", search=kept), result("b", search=changed), result("c", search=short), result("d"))
    table = searches(of)
    assert list(table.index) == ["`a`", "`b`", "`c`"]
    assert table.loc["`a`"].tolist() == [32, 2, 3, 900, "4.000", "the default", "3.900"]
    assert table.loc["`b`"].tolist()[4:] == ["diverged", "2.000", "3.000"]
    assert table.loc["`c`"].tolist()[:3] == [32, 0, 3]
    assert "| `b` | 32 | 2 | 3 | 900 | diverged | 2.000 | 3.000 |" in comparison([of])
    assert "**Searches.**" in comparison([of])
    assert "**Searches.**" not in comparison([group(result("d"))])


def test_published_errors_stand_next_to_ours_period_by_period() -> None:
    table = scores_by(series(), "period")
    assert list(table.columns) == ["early", "late"]
    assert list(table.loc["`a`"]) == ["0.1000", "0.3000"]
    assert list(table.loc["the training mean"]) == ["2.000", "3.000"]
    assert table.index.name == "average relative variance"
    assert table.at["published: somebody (1990) | AR", "early"] == "0.126"
    assert "| published: somebody (1990) \\| AR | 0.126 |  |" in comparison([series()])


def test_the_scores_are_those_of_the_replicates_and_of_their_ensemble() -> None:
    table = scores(group(result("a", skill=0.2)))
    ours = table.loc["`a`"]
    assert ours["MSE of one replicate"].startswith("0.08000 ± ")
    assert ours["MSE of the ensemble or baseline"] == "0.07000"
    assert ours["MSE above the true forecast"] == "-22.2% [-33.3%, +11.1%]"  # 0.07 / 0.09
    assert ours["skill"] == "+20.0% [+0.0%, +30.0%]"
    assert "MASE" not in table


def test_every_pair_comes_with_both_tests() -> None:
    of = group(result("a"), result("b"), cells=[("a", "b", "no difference")])
    _, networks, ensembles = comparison([of]).split("| first | second |")
    assert networks.splitlines()[2:5] == [
        "| `a` | `b` | -0.01000 [-0.02000, 0.01000] | -10.0% [-20.0%, +10.0%] | 0.100 | 0.300 | no difference |",
        *(f"| `{n}` | the training mean | 0.000 [-0.01000, 0.02000] | +0.0% [-10.0%, +20.0%] | 0.200 | 0.200 | "
          "no difference |" for n in "ab"),
    ]  # fmt: skip
    assert ensembles.splitlines()[2:4] == [
        "| `a` | `b` | -1.00 | 0.400 |",
        "| `a` | the training mean | 0.00 | < 0.001 |",
    ]


def test_what_could_have_been_found_stands_beside_no_difference() -> None:
    pairs = [("a", "b", "no difference"), ("a", "c", "better"), ("b", "c", "no difference")]
    of = group(result("a"), result("b"), result("c"), cells=pairs)
    of.compared["cells"][2] |= {"detectable": 0.4, "seeds": 0.9}
    said = comparison([of]).replace("\n", " ")
    assert "a difference must be 25.0 % to 40.0 % of the second's error, depending on the pair; after Holm's" in said
    assert "60 % of the variance of these differences comes from the seeds, the rest from the test samples:" in said
    assert "test samples: more replicates would help most." in said
    said = comparison([group(result("a"), result("b"), cells=[("a", "b", "no difference")])])
    assert "a difference must be 25.0 % of the second's error." in said  # nothing is corrected
    assert "must be" not in comparison([group(result("a"), result("b"), cells=[("a", "b", "worse")])])


def test_coverage_goes_step_by_step_beside_that_of_exact_intervals() -> None:
    table = coverage(group(result("a"), source=SERIES))
    assert list(table.columns) == ["expected range", "`a`", "the training mean"]
    assert table["`a`"].tolist() == ["79%", "78%"]
    law = betabinom(50, 33, 8)  # of 40 residuals the 33rd is the width
    low, high = (law.ppf(share) / 50 for share in (0.025, 0.975))
    assert table.at[1, "expected range"] == f"{low:.0%} to {high:.0%}"


def test_what_an_average_gains_over_the_best_baseline_is_said_where_it_is_more_than_chance() -> None:
    errors = {"test_mse": 0.09, "test_rmse": 0.3, "test_mae": 0.2}
    of = group(result("a"), result("b"), scores=[{"forecaster": "cells"} | errors])
    pair = {"first": "cells", "second": "mean", "dm": -3.0, "dm_p_holm": 0.01}
    of.compared["labels"]["cells"] = "mean of the ensembles"
    for verdict, said in (("better", True), ("no difference", False)):
        of.compared["averages_against_baseline"] = [pair | {"verdict": verdict}]
        text = comparison([of])
        assert "| mean of the ensembles | the training mean | -3.00 | 0.010 |" in text
        assert ('"mean of the ensembles" has a lower squared error than the training mean.' in text) == said


def test_too_few_samples_are_not_tested() -> None:
    own = [result("a", "not tested", interval=False), result("b", "not tested", interval=False)]
    said = comparison([group(*own, cells=[("a", "b", "not tested")], tested=False)])
    assert "Not tested: there are 50 test samples, and a test needs at least 60." in said
    assert "Diebold-Mariano |" not in said


def test_an_interval_that_cannot_be_given_has_no_column() -> None:
    given = {"coverage_80": 0.75, "width_80": 2.0}
    of = group(result("a", metrics=given), source=SERIES, baselines={"mean": given | {"test_mse": 0.1}})
    row = {"within the 80 % interval (expected: 62% to 94%)": "75%", "mean width, 80 %": "2.000"}
    assert intervals(of).to_dict("index") == {"`a`": row, "the training mean": row}
    assert "Too few validation samples" in comparison([group(result("a"), source=SERIES)])


def test_fewer_test_samples_than_steps_of_the_horizon_are_one_that_may_be_covered_or_not() -> None:
    given = {"coverage_80": 0.75, "width_80": 2.0}
    source = SERIES.model_copy(update={"horizon": 60})
    of = group(result("a", metrics=given), source=source, baselines={"mean": given | {"test_mse": 0.1}})
    assert "within the 80 % interval (expected: 0% to 100%)" in intervals(of)


def test_the_future_is_forecast_with_its_interval_for_each_time() -> None:
    assert cells_of(comparison([series()]), "| time |")["1979"] == 2 * ["0.5000 [0.1000, 0.9000]"]
    without = {"period": "future", "time": "007", "step": 1, "truth": None, "lower_80": None, "upper_80": None}
    rows = [without | {"forecaster": name, "forecast": 2.0} for name in ("a", "mean")]
    of = group(result("a"), source=SERIES, forecasts=rows)
    assert cells_of(comparison([of]), "| time |")["007"] == ["2.000", "2.000"]


def test_recipes_are_in_the_words_of_params_yaml() -> None:
    table = recipes(group(result("a"), result("b", recipe={"cell": "elman"})))
    assert list(table["learning_rate"]) == [0.1, 0.1]
    assert table.at["`b`", "activation"] == "tanh"
    assert "patience" not in table


def test_changes_of_weights_are_by_gate_and_empty_where_a_gate_has_no_such_weight() -> None:
    of = group(result("a"), result("b"))
    table = weight_changes(of).fillna("")
    assert table.index.tolist() == [("`a`", "f"), ("`a`", "o"), ("`b`", "f"), ("`b`", "o")]
    assert table.loc[("`b`", "f")].to_dict() == {"U": "0", "W": "0.5", "b": "0.5"}
    assert table.loc[("`b`", "o")].to_dict() == {"U": "0", "W": "0.5", "b": ""}
    assert "| `a` | f | 0 | 0.5 | 0.5 |" in comparison([of])


# answer.md


def test_the_answer_has_the_cell_that_was_best_in_validation_against_the_best_baseline() -> None:
    ar = {"ar": {"test_mse": 0.05}}
    best, other = (result(n, "worse", second="ar", skill=s) for n, s in (("good", -0.2), ("bad", -0.1)))
    best.metrics["val_ensemble_mse"] = 0.01  # though the other one is better on the test part
    of = group(other, best, best="ar", baselines=ar, source=SERIES)
    assert cells_of(answer([of]), "| dataset |")["d"] == [
        "AR(3) by AICc (0.05000)",
        "lstm (good; 0.1200, 0.1100)",
        "-20.0% [-40.0%, -10.0%]",
        "worse (0.200)",
    ]


@pytest.mark.parametrize(
    ("verdict", "said"), [("better", "better"), ("no difference", "no difference"), ("not tested", "too few")]
)
def test_the_answer_says_what_the_tests_say(verdict: str, said: str) -> None:
    tested = verdict != "not tested"
    (*_, last) = cells_of(answer([group(result("a", verdict), tested=tested)]), "| dataset |")["d"]
    assert last.startswith(said)


def test_the_answer_is_a_sentence_and_a_table_without_links_at_the_head_of_the_report() -> None:
    of = [group(result("a")), group(result("b"))]
    sentence, empty, *table = answer(of).splitlines()
    assert all(line.startswith("|") for line in table)
    assert (empty, sentence) == ("", "No cell is shown to beat the best baseline.")
    assert "](" not in answer(of)
    assert answer(of) in comparison(of)


def test_the_answer_names_every_cell_that_beats_the_best_baseline() -> None:
    of = [group(result("a", "better"), result("b", "worse")), group(result("c", "better"), result("d"))]
    assert answer(of[:1]).startswith("`a` on `d` is shown to beat the best baseline.\n")
    assert answer(of).startswith("`a` on `d` and `c` on `d` are shown to beat the best baseline.\n")


def test_the_answer_says_between_which_cells_there_is_a_difference_or_that_none_is_shown() -> None:
    def compared(*verdicts: str, tested: bool = True) -> Group:
        pairs = zip(("a", "a", "b"), ("b", "c", "c"), verdicts, strict=True)
        return group(result("a"), result("b"), result("c"), cells=[(*names, v) for *names, v in pairs], tested=tested)

    none, one = compared(*["no difference"] * 3), compared("no difference", "worse", "no difference")
    both, untested = compared("better", "better", "no difference"), compared(*["not tested"] * 3, tested=False)
    sentences = [
        answer(of).split("\n\n")[0].partition("baseline.")[2].strip() for of in ([none], [untested], [none, one, both])
    ]
    assert sentences == [
        "No difference between cells is shown.",
        "",
        "Between cells: on `d`, `a` is worse than `c`; on `d`, `b` is worse than `a`; on `d`, `c` is worse than `a`; "
        "no other difference is shown.",
    ]
