"""What is concluded from the results on a dataset says what the numbers say, and no more."""

import re

import pytest

from cellbench.report.document import comparison
from cellbench.report.verdicts import skill
from cellbench.results.results import Group
from cellbench.results.wording import divergence_sentence, score_sentence
from groups import SERIES, group, report, result


def headline(of: Group) -> str:
    """The sentence in bold."""
    return report(of).split("**")[1]


BEST = "the squared error relative to the best baseline, the training mean, is"


def conclusion(of: Group) -> str:
    """What follows after the errors."""
    errors, rest = headline(of).split(" (50 test samples); ")
    assert errors.startswith(f"On `d`, {BEST} ")
    return rest


def test_the_conclusion_begins_with_how_many_times_the_best_baselines_error_each_experiment_has() -> None:
    a, b = result("a", skill=-23.4), result("b", skill=0.1)
    assert headline(group(a, b)) == (
        f"On `d`, {BEST} 0.90 for `b` and 24 for `a` (50 test samples); no cell is shown to beat it."
    )


def test_the_conclusion_names_the_cells_that_beat_the_best_baseline_or_says_that_none_does() -> None:
    a, b, same, worse = result("a", "better"), result("b", "better"), result("c"), result("e", "worse")
    assert conclusion(group(same, worse)) == "no cell is shown to beat it; `e` is shown to be worse."
    assert conclusion(group(a, same, worse)) == "`a` is shown to beat it; `e` is shown to be worse."
    assert conclusion(group(a, b, same)) == "`a` and `b` are shown to beat it."


def test_the_best_baseline_is_named_with_what_was_chosen_for_it() -> None:
    of = group(result(second="arima"), best="arima", baselines={"arima": {"test_mse": 0.1}})
    assert "the squared error relative to the best baseline, ARIMA(1,0,2), is 1.00 for `a` (" in headline(of)
    assert "ARIMA(1,0,2) (0.1000)" in report(of)
    assert "Its MSE on the test samples is 0.09000." in report(of)


def test_too_few_test_samples_are_not_evidence() -> None:
    of = group(result("a", "not tested"), result("b", "not tested"), cells=[("a", "b", "not tested")], tested=False)
    assert conclusion(of) == "these are too few to test whether that is more than chance."
    for claim in ("no difference", "beats", "better than"):
        assert claim not in report(of), claim


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([], ""),
        (["no difference"] * 3, "the 50 test samples show no difference between the cells"),
        (["better", "better", "no difference"], "`b` is worse than `a`; `c` is worse than `a`; the other pairs"),
        (["worse", "no difference", "no difference"], "`a` is worse than `b`; the other pairs"),
        (["worse", "better", "better"], "`a` is worse than `b`; `c` is worse than `a` and `b`"),
    ],
)  # fmt: skip
def test_the_conclusion_says_which_cells_differ(cells: list[str], said: str) -> None:
    pairs = zip(("a", "a", "b"), ("b", "c", "c"), cells, strict=False)
    of = group(result("a"), result("b"), result("c"), cells=[(*names, verdict) for *names, verdict in pairs])
    shown = headline(of).partition("no cell is shown to beat it")[2].replace(" of cells show no difference", "")
    assert shown == (f"; {said}." if said else ".")


def test_a_result_is_said_with_its_interval_and_its_ensemble() -> None:
    half = 4.303 * 0.001 / 3**0.5  # Student's t with 2 degrees of freedom, of 0.079, 0.080 and 0.081
    assert score_sentence(result(skill=0.2), "mse") == f"`a`: test MSE 0.08000 ± {half:.2g}, ensemble 0.07000"


def test_the_skill_is_the_share_of_the_error_that_is_saved() -> None:
    own = result(skill=0.2)  # a difference of -0.02 in [-0.03, 0.00] to 0.1
    assert skill(own) == "+20.0% [+0.0%, +30.0%]"


def test_a_baseline_without_error_leaves_no_share_to_save() -> None:
    own = result(verdict="worse", second="last")
    del own.metrics["skill_vs_last"]
    assert skill(own) == "undefined"


def test_too_few_test_samples_leave_a_skill_without_an_interval() -> None:
    own = result(skill=0.1, interval=False)
    assert skill(own) == "+10.0%"


def test_overfitting_is_claimed_only_where_the_training_error_shows_it() -> None:
    learned, bad = result(verdict="worse", train_mse=0.05), result(verdict="worse", train_mse=0.2)
    claim = "what it learned does not hold on new data"
    assert f"(MSE 0.05000 and 0.07000): {claim}" in report(group(learned))
    assert claim not in report(group(bad))
    assert claim not in report(group(result(train_mse=0.05)))


def test_one_replicate_is_not_evidence_about_seeds() -> None:
    said = score_sentence(result(replicates=1), "mse")
    assert "±" not in said
    assert "ensemble" not in said
    warning = "One replicate says nothing about other seeds:"
    assert warning in report(group(result(replicates=1)))
    assert warning not in report(group(result()))


def test_replicates_that_diverged_are_counted_and_named() -> None:
    one, two = result("b", replicates=10, diverged={3: 17}), result("a", replicates=10, diverged={3: 17, 5: 2})
    assert divergence_sentence(result(), "mse") == ""
    assert re.search(r"`b`: 1 of 10 replicates diverged .*\(replicate 3 in epoch 17\)", divergence_sentence(one, "mse"))
    assert "2 of 10 " in divergence_sentence(two, "mse")
    assert "(replicate 3 in epoch 17 and replicate 5 in epoch 2)" in divergence_sentence(two, "mse")
    assert divergence_sentence(one, "mse") in report(group(one))


def test_each_explanation_is_printed_once() -> None:
    series, noise = group(result("a"), source=SERIES), group(result("b"))
    text = comparison([series, noise, series])
    for word in (
        "Diebold and Mariano",
        "Ljung and Box",
        "conformal",
        "Holm's",
        "Multiply-adds",
        "multiplies the input",
    ):
        assert text.count(word) == 1, word
    assert "Ljung" not in comparison([noise])
    assert "multiplies the input" not in comparison([series])
