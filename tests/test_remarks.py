"""What is remarked on follows from the data and the weights."""

import pytest

from cellbench.base.params.sources import Arma
from cellbench.reporting.remarks import moved_remarks, remarks, residual_remarks
from cellbench.reporting.report import comparison
from groups import NOISE, group, result


@pytest.mark.parametrize("change", ["0", "0.1"])
def test_recurrent_weights_that_never_moved_are_named(change: str) -> None:
    said = "In `lstm` no recurrent weight U moved, and neither did any weight of gate f"
    why = ": with one time step U only ever meets the first state, which is zero."
    of = group(result("lstm", change=change), result("other"))
    assert list(moved_remarks(of)) == ([said + why] if change == "0" else [])
    assert (said + why in comparison([of])) == (change == "0")
    longer = NOISE.model_copy(update={"timesteps": 2})
    assert list(moved_remarks(group(result("lstm", change=change), source=longer))) == (
        [f"{said}."] if change == "0" else []
    )


def test_few_residuals_are_said_to_be_too_few() -> None:
    assert residual_remarks(group(result("a"))) == "Too few test samples to test the ensembles' errors."


def test_residuals_are_remarked_on_by_their_p_value() -> None:
    of = group(
        result("a", metrics={"residual_p": 0.0001, "residual_acf_1": 0.4}),
        result("b", metrics={"residual_p": 0.051, "residual_acf_1": -0.1}),
        result("c"),
    )
    assert residual_remarks(of).splitlines()[2:] == [
        "- `a`: autocorrelation at lag 1 +0.40, Ljung-Box p < 0.001: something is left to learn.",
        "- `b`: autocorrelation at lag 1 -0.10, Ljung-Box p = 0.051: no sign that something is left to learn.",
    ]


@pytest.mark.parametrize(
    ("process", "window", "said", "claim"),
    [
        ({"ma": [0.8, -1.5]}, 2, "x(t) = e(t) + 0.8 e(t-1) - 1.5 e(t-2)", "So a and b remember more than one lag."),
        ({"ar": [0.5, -0.25]}, 2, "x(t) = 0.5 x(t-1) - 0.25 x(t-2) + e(t)", "So a and b remember more than one lag."),
        ({"ar": [-0.5]}, 2, "x(t) = - 0.5 x(t-1) + e(t)", None),
        ({"ma": [0.5]}, 1, "x(t) = e(t) + 0.5 e(t-1)", None),
    ],
)
def test_memory_is_claimed_only_where_there_is_more_than_a_lag_to_remember(
    process: dict[str, list[float]], window: int, said: str, claim: str | None
) -> None:
    source = Arma.model_construct(source="arma", sigma=2.0, length=9, window=window, **process)
    baselines = {"ar1": {"test_mse": 0.12}, "ar": {"test_mse": 0.1, "p": 3}}
    a, b, c = (result(name, metrics={"excess_over_optimum": e}) for name, e in (("a", 0.1), ("b", 0.3), ("c", 0.4)))
    *_, remark = remarks(group(a, b, c, source=source, baselines=baselines, beyond="ab"))
    assert remark.startswith(f"The process is {said}, e of deviation 2. Above the optimum, 0.09, remain: `a` +10.0%, ")
    assert "AR(1), which sees one lag, +33.3%, and AR(3) by AIC +11.1%." in remark
    assert remark.partition(" So ")[1:] == ((" So ", claim.removeprefix("So ")) if claim else ("", ""))


def test_no_memory_is_claimed_of_cells_that_are_no_better_than_one_lag() -> None:
    source = Arma(source="arma", ma=[0.8], sigma=1.0, length=9, window=2)
    baselines = {"ar1": {"test_mse": 0.12}, "ar": {"test_mse": 0.1, "p": 3}}
    bad, good = (result(name, metrics={"excess_over_optimum": e}) for name, e in (("bad", 0.4), ("good", 0.3)))
    assert (
        "So no cell can be said to remember more" in list(remarks(group(bad, source=source, baselines=baselines)))[-1]
    )
    both = group(bad, good, source=source, baselines=baselines, beyond="good")
    assert "So good remembers more than one lag." in list(remarks(both))[-1]
