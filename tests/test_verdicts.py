"""The sentences say what the numbers say, and no more."""

from typing import Any

import pytest

from cellbench.reporting.report import comparison
from cellbench.reporting.results import Group
from cellbench.reporting.verdicts import conclusion, divergence_sentence, number, unlike, verdict_sentence
from groups import group, result


def headline(of: Group) -> str:
    """The sentence in bold."""
    return conclusion(of).split("**")[1]


# The conclusion


def test_the_conclusion_names_the_cells_that_beat_the_best_baseline_or_says_that_none_does() -> None:
    a, b, same, worse = result("a", "better"), result("b", "better"), result("c"), result("e", "worse")
    assert headline(group(same, worse)) == "On `d`, no cell beats the training mean."
    assert headline(group(a, same, worse)) == "On `d`, a beats the training mean."
    assert headline(group(a, b, same)) == "On `d`, a and b beat the training mean."


def test_the_best_baseline_is_named_with_its_order() -> None:
    arima = {"arima": {"test_mse": 0.1234, "p": 1, "d": 0, "q": 2}}
    said = conclusion(group(result(second="arima"), best="arima", baselines=arima))
    assert "no cell beats ARIMA(1,0,2), the best baseline.**" in said
    assert "The test MSE of ARIMA(1,0,2) is 0.1234; the best that any forecast can expect is 0.09000." in said
    assert "no difference from ARIMA(1,0,2) can be told" in said


def test_too_few_test_samples_are_no_evidence_and_named_so() -> None:
    of = group(result("a", "not tested"), result("b", "not tested"), cells=[("a", "b", "not tested")], tested=False)
    assert headline(of) == "On `d`, 50 test samples are too few to tell any forecaster from another."
    assert "not tested against the training mean" in conclusion(of)
    assert "no difference" not in conclusion(of)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([], "mean."),
        (["no difference"] * 3, "mean; no difference between the cells can be told on these 50 test samples."),
        (["better", "better", "no difference"],
         "mean; a is better than b and c; between the others no difference can be told."),
        (["worse", "no difference", "no difference"],
         "mean; b is better than a; between the others no difference can be told."),
        (["worse", "better", "better"], "mean; b is better than a and c; a is better than c."),
    ],
)  # fmt: skip
def test_the_conclusion_says_which_cells_differ(cells: list[str], said: str) -> None:
    pairs = zip(("a", "a", "b"), ("b", "c", "c"), cells, strict=False)
    of = group(result("a"), result("b"), result("c"), cells=[(*names, verdict) for *names, verdict in pairs])
    assert headline(of) == f"On `d`, no cell beats the training {said}"


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("better", "better than the training mean."),
        ("no difference", "no difference from the training mean can be told on this sample."),
    ],
)
def test_each_experiment_has_its_verdict_and_the_numbers_behind_it(verdict: str, said: str) -> None:
    own = result(verdict=verdict, skill=0.2)
    half = 4.303 * 0.001 / 3**0.5  # Student's t with 2 degrees of freedom, of 0.079, 0.080 and 0.081
    assert verdict_sentence(own, group(own)) == (
        f"`a`: test MSE 0.08000 ± {half:.2g}, ensemble 0.07000, skill +20.0% [+0.0%, +30.0%], {said}"
    )


def test_a_baseline_without_error_leaves_no_share_to_save() -> None:
    own = result(verdict="worse", second="seasonal")
    said = verdict_sentence(own, group(own, best="seasonal", baselines={"seasonal": {"test_mse": 0.0}}))
    assert "skill undefined, worse than the value one season before." in said


def test_too_few_test_samples_leave_a_skill_without_an_interval() -> None:
    own = result(skill=0.1, interval=False)
    assert "skill +10.0%, no difference" in verdict_sentence(own, group(own))


def test_overfitting_is_claimed_only_where_the_training_error_shows_it() -> None:
    learned, bad = result(verdict="worse", train_mse=0.05), result(verdict="worse", train_mse=0.2)
    assert verdict_sentence(learned, group(learned)).endswith(
        "worse than the training mean, though better on the training part "
        "(0.05000 against 0.07000 of the training mean): what it learned does not hold on new data."
    )
    assert verdict_sentence(bad, group(bad)).endswith(
        "worse than the training mean, as it is on the training part (0.2000 against 0.07000 of the training mean)."
    )
    other = result(verdict="worse", train_mse=0.05, second="last")
    assert verdict_sentence(other, group(other, baselines={"last": {"test_mse": 0.1}})).endswith(
        "worse than the last value."
    )


def test_one_replicate_is_no_evidence_about_seeds() -> None:
    one = result(replicates=1)
    said = verdict_sentence(one, group(one))
    assert said.endswith(" One replicate says nothing about other seeds.")
    assert "±" not in said
    assert "ensemble" not in said


def test_replicates_that_diverged_are_counted_and_named() -> None:
    one, two = result("b", replicates=10, diverged={3: 17}), result("a", replicates=10, diverged={3: 17, 5: 2})
    assert divergence_sentence(result()) == ""
    said = "`b`: 1 of 10 replicates diverged and left out of all numbers (replicate 3 in epoch 17)."
    assert divergence_sentence(one) == said
    assert "2 of 10 " in divergence_sentence(two)
    assert "(replicate 3 in epoch 17 and replicate 5 in epoch 2)" in divergence_sentence(two)
    report = comparison([group(one)])
    assert said in report
    assert "| 9 of 10 |" in report


# What is not alike


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"units": 8}, "units (a 4, b 8)"),
        ({"epochs": 3}, "epochs (a 2, b 3)"),
        ({"units": 8, "epochs": 3}, "epochs (a 2, b 3) and units (a 4, b 8)"),
    ],
)
def test_experiments_that_differ_in_more_than_the_cell_are_warned_of(recipe: dict[str, Any], said: str) -> None:
    of = group(result("a"), result("b", recipe=recipe))
    assert unlike(of) == f"**Warning:** the experiments on `d` differ in more than the cell: {said}."
    assert comparison([of]).count("**Warning:**") == 1


def test_experiments_that_differ_in_the_cell_are_not_warned_of() -> None:
    of = group(result("a"), result("b", recipe={"cell": "elman", "activation": "sigmoid"}))
    assert unlike(of) is None
    assert "Warning" not in comparison([of])
    assert unlike(group(result("a"))) is None


# Numbers


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0.000"),
        (-0.012345, "-0.01235"),
        (2868.3, "2868"),
        (123456.7, "123457"),
        (1e6, "1.000e+06"),
        (2e-7, "2.000e-07"),
    ],
)
def test_numbers_have_four_digits(value: float, said: str) -> None:
    assert number(value) == said
