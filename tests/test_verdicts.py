"""The sentences say what the numbers say, and no more."""

import re
from typing import Any

import pytest

from cellbench.config.sources import Arma
from cellbench.report.tables import recipes
from cellbench.results.results import Result
from cellbench.results.wording import number
from groups import NOISE, SERIES, group, report, result

# What is not alike


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"units": 8}, "units (`a` 4, `b` 8)."),
        ({"epochs": 3}, "epochs (`a` 2, `b` 3)."),
        ({"units": 8, "epochs": 3}, "units (`a` 4, `b` 8), epochs (`a` 2, `b` 3)."),
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
    assert "units (`a` 4, `b` 8, `c` 4)" in report(group(*found, result("c")))
    assert "replicates (`a` 3, `b` 2)" in report(group(found[0], result("b", replicates=2, search=budget)))


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
    assert "| `a` | -12.00 | 0.500 | +0.40 | < 0.001 | yes |\n" in text
    assert "| `b` | -12.00 | 0.060 | -0.10 | 0.051 | no sign of either |\n" in text
    assert "| `d` | -12.00 | 0.040 | -0.10 | 0.051 | yes |\n" in text  # a bias is also left to learn
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
    assert ("`a` receives values there outside the range of the training" in text) == said


def test_each_doubt_about_a_series_is_a_warning_of_its_own() -> None:
    text = report(group(result("a"), source=SERIES, doubts=["'y' does not change", "the level of 'y' moves"]))
    assert "\n\n**Warning:** 'y' does not change.\n\n**Warning:** the level of 'y' moves.\n\n" in text
    assert "Warning" not in report(group(result("a"), source=SERIES))


@pytest.mark.parametrize(
    ("echoes", "said"), [("a", "`a` echoes the last value: forecasts"), ("ab", "`a`, `b` echo the last value: forec")]
)
def test_an_echo_of_the_last_value_is_called_one(echoes: str, said: str) -> None:
    results = result("a"), result("b")
    assert said in report(group(*results, source=SERIES, echoes=[*echoes]))
    assert "last value:" not in report(group(*results, source=SERIES))


@pytest.mark.parametrize(("minimum", "said"), [(0.0, "below 0, the"), (-1.5, "below -1.5, the"), (None, "")])
def test_a_minimum_is_said_to_hold_for_forecasts_and_intervals(minimum: float | None, said: str) -> None:
    text = report(group(result("a"), source=SERIES.model_copy(update={"minimum": minimum})))
    assert ("No forecast and no interval goes " in text) == bool(said)
    assert said in text


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
