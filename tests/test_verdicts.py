"""The sentences say what the numbers say, and no more."""

import re
from typing import Any

import pytest

from cellbench.config.sources import Arma
from cellbench.report.document import comparison
from cellbench.report.tables import recipes
from cellbench.report.verdicts import skill
from cellbench.results.results import Group, Result
from cellbench.results.wording import divergence_sentence, number, score_sentence
from groups import NOISE, SERIES, group, result


def report(of: Group) -> str:
    """The report, each paragraph on a line."""
    return re.sub(r"(?<=[^\n|])\n(?=[^\n|])", " ", comparison([of]))


def headline(of: Group) -> str:
    """The sentence in bold."""
    return report(of).split("**")[1]


# The conclusion


BEST = "the squared error of the best baseline in validation, the training mean, on these 50 test samples"


def test_the_conclusion_begins_with_how_many_times_the_best_baselines_error_each_experiment_has() -> None:
    a, b = result("a", skill=-23.4), result("b", skill=0.1)
    assert headline(group(a, b)) == f"On `d`, `b` has 0.90 times, `a` has 24 times {BEST}; no cell is shown to beat it."


def test_the_conclusion_names_the_cells_that_beat_the_best_baseline_or_says_that_none_does() -> None:
    a, b, same, worse = result("a", "better"), result("b", "better"), result("c"), result("e", "worse")
    assert headline(group(same, worse)).endswith(f"{BEST}; no cell is shown to beat it; e is shown to be worse.")
    assert headline(group(a, same, worse)).endswith(f"{BEST}; a is shown to beat it; e is shown to be worse.")
    assert headline(group(a, b, same)).endswith(f"{BEST}; a and b are shown to beat it.")


def test_the_best_baseline_is_named_with_what_was_chosen_for_it() -> None:
    of = group(result(second="arima"), best="arima", baselines={"arima": {"test_mse": 0.1}})
    assert "`a` has 1.00 times the squared error of the best baseline in validation, ARIMA(1,0,2), on" in headline(of)
    assert "ARIMA(1,0,2) (0.1000)" in report(of)
    assert "the lowest MSE that any forecast can expect, is 0.09000." in report(of)


def test_too_few_test_samples_are_not_evidence() -> None:
    of = group(result("a", "not tested"), result("b", "not tested"), cells=[("a", "b", "not tested")], tested=False)
    assert headline(of).endswith(f"{BEST}; these are too few to test whether that is more than chance.")
    for claim in ("no difference", "beats", "better than"):
        assert claim not in report(of), claim


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([], ""),
        (["no difference"] * 3, "the 50 test samples show no difference between the cells"),
        (["better", "better", "no difference"], "a is better than b; a is better than c; the other pairs"),
        (["worse", "no difference", "no difference"], "a is worse than b; the other pairs"),
        (["worse", "better", "better"], "a is worse than b; a is better than c; b is better than c"),
    ],
)  # fmt: skip
def test_the_conclusion_says_which_cells_differ(cells: list[str], said: str) -> None:
    pairs = zip(("a", "a", "b"), ("b", "c", "c"), cells, strict=False)
    of = group(result("a"), result("b"), result("c"), cells=[(*names, verdict) for *names, verdict in pairs])
    shown = headline(of).partition("no cell is shown to beat it")[2].replace(" of cells show no difference", "")
    assert shown == (f"; {said}." if said else ".")


def test_a_result_is_said_with_its_interval_and_its_ensemble() -> None:
    half = 4.303 * 0.001 / 3**0.5  # Student's t with 2 degrees of freedom, of 0.079, 0.080 and 0.081
    assert score_sentence(result(skill=0.2)) == f"`a`: test MSE 0.08000 ± {half:.2g}, ensemble 0.07000"


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
    said = score_sentence(result(replicates=1))
    assert "±" not in said
    assert "ensemble" not in said
    warning = "One replicate says nothing about other seeds:"
    assert warning in report(group(result(replicates=1)))
    assert warning not in report(group(result()))


def test_replicates_that_diverged_are_counted_and_named() -> None:
    one, two = result("b", replicates=10, diverged={3: 17}), result("a", replicates=10, diverged={3: 17, 5: 2})
    assert divergence_sentence(result()) == ""
    assert re.search(r"`b`: 1 of 10 replicates diverged .*\(replicate 3 in epoch 17\)", divergence_sentence(one))
    assert "2 of 10 " in divergence_sentence(two)
    assert "(replicate 3 in epoch 17 and replicate 5 in epoch 2)" in divergence_sentence(two)
    assert divergence_sentence(one) in report(group(one))


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


# What is not alike


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"units": 8}, "units (a 4, b 8)."),
        ({"epochs": 3}, "epochs (a 2, b 3)."),
        ({"units": 8, "epochs": 3}, "units (a 4, b 8), epochs (a 2, b 3)."),
    ],
)
def test_experiments_that_differ_in_more_than_the_cell_are_warned_of(recipe: dict[str, Any], said: str) -> None:
    (line,) = re.findall(
        r"^\*\*Warning:\*\* (.*)", report(group(result("a"), result("b", recipe=recipe))), re.MULTILINE
    )
    assert line == f"the experiments differ in more than the cell: {said}"


def test_recipes_that_the_same_search_found_may_differ_but_not_one_from_a_given_one() -> None:
    budget = {"trials": 32, "folds": 0, "replicates": 3}
    found = result("a", search=budget), result("b", recipe={"units": 8}, search=budget)
    assert "**Warning:**" not in report(group(*found))
    assert "units (a 4, b 8, c 4)" in report(group(*found, result("c")))
    assert "replicates (a 3, b 2)" in report(group(found[0], result("b", replicates=2, search=budget)))


def test_experiments_that_differ_in_the_cell_are_not_warned_of() -> None:
    elman = result("b", recipe={"cell": "elman", "activation": "sigmoid"})
    assert "Warning" not in report(group(result("a"), elman))
    assert "Warning" not in report(group(result("a")))


# The data and the weights


@pytest.mark.parametrize(("timesteps", "said"), [(1, True), (2, False)])
def test_with_one_time_step_the_recurrent_weights_cannot_change(timesteps: int, said: bool) -> None:
    text = report(group(result(), source=NOISE.model_copy(update={"timesteps": timesteps})))
    assert ("it cannot change" in text) == said


def test_residuals_are_remarked_on_by_their_p_values() -> None:
    def residuals(name: str, **metrics: float) -> Result:
        return result(name, metrics={"residual_mean": -12.0} | metrics)

    text = report(
        group(
            residuals("a", residual_p=0.0001, residual_acf_1=0.4, residual_mean_p=0.5),
            residuals("b", residual_p=0.051, residual_acf_1=-0.1, residual_mean_p=0.06),
            residuals("d", residual_p=0.051, residual_acf_1=-0.1, residual_mean_p=0.04),
            result("c"),
            source=SERIES,
        )
    )
    assert "| `a` | -12.00 | p = 0.500 | +0.40 | p < 0.001 | yes |\n" in text
    assert "| `b` | -12.00 | p = 0.060 | -0.10 | p = 0.051 | no sign of either |\n" in text
    assert "| `d` | -12.00 | p = 0.040 | -0.10 | p = 0.051 | yes |\n" in text  # a bias is also left to learn
    assert "too few test samples" not in text
    assert "too few test samples" in report(group(result("a"), source=SERIES))


@pytest.mark.parametrize(
    ("process", "said", "claims"),
    [
        ({"ma": [0.8, -1.5]}, "x(t) = e(t) + 0.8 e(t-1) - 1.5 e(t-2)", True),
        ({"ar": [0.5, -0.25]}, "x(t) = 0.5 x(t-1) - 0.25 x(t-2) + e(t)", True),
        ({"ar": [-0.5]}, "x(t) = - 0.5 x(t-1) + e(t)", False),
    ],
)
def test_memory_is_claimed_only_where_there_is_more_than_a_lag_to_remember(
    process: dict[str, list[float]], said: str, claims: bool
) -> None:
    source = Arma.model_construct(source="arma", sigma=2.0, length=9, **process)
    a, b, c = (result(name) for name in "abc")
    text = report(group(a, b, c, source=source, beyond="ab"))
    assert f"The process is {said}, where e(t) is normal with standard deviation 2." in text
    assert ("a and b remember more than the one lag" in text) == claims
    assert ("remember" in text) == claims


@pytest.mark.parametrize(("beyond", "said"), [("", "No cell can be shown to remember"), ("a", "a remembers more")])
def test_memory_is_claimed_of_the_cells_that_are_better_than_one_lag(beyond: str, said: str) -> None:
    source = Arma(source="arma", ma=[0.8], sigma=1.0, length=9)
    assert said in report(group(result("a"), result("b"), source=source, beyond=beyond))


@pytest.mark.parametrize(("horizon", "said"), [(1, "Forecasts the next value."), (3, "Forecasts the next 3 values.")])
def test_what_is_forecast_of_each_series(horizon: int, said: str) -> None:
    assert said in report(group(result("a"), source=SERIES.model_copy(update={"horizon": horizon})))


def test_what_each_network_sees_is_in_the_table_of_recipes() -> None:
    seen = {"window": 7, "transform": "log", "scaling": "seasonal", "skip": "linear"}
    table = recipes(group(result("a"), result("b", recipe=seen), source=SERIES))
    assert table.loc["`b`", list(seen)].to_dict() == seen
    assert "transform" not in recipes(group(result("a")))


@pytest.mark.parametrize(("scaling", "beyond", "said"), [("train", 7, True), ("train", 0, False), ("last", 7, False)])
def test_values_beyond_the_training_range_are_a_warning_where_networks_see_them(
    scaling: str, beyond: int, said: bool
) -> None:
    of = group(result("a", recipe={"scaling": scaling}), result("b"), source=SERIES, beyond_range=beyond)
    text = report(of)
    assert ("7 of the values to be forecast lie beyond the range" in text) == said
    assert ("`a` meets levels there that no network was trained on" in text) == said


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
