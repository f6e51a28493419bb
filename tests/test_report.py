"""The report says what the numbers say, and no more."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evaluate
import prepare
import report
import train
from cellbench.config import Experiment, load_params
from cellbench.remarks import moved_remarks, remarks, residual_remarks
from cellbench.report import comparison
from cellbench.report_tables import comparison_table, period_table, score_table, table
from cellbench.results import Group, Result, load_results
from cellbench.sources import Arma, Noise, Source, Statsmodels
from cellbench.verdicts import conclusion, number, unlike, verdict_sentence

NOISE = Noise(source="noise", samples=9, test_samples=50, predict_samples=3, timesteps=1, features=2)
ERRORS = ("mse", "rmse", "mae")


def result(
    name: str = "a",
    verdict: str = "no difference",
    *,
    skill: float = 0.0,
    second: str = "mean",
    train_mse: float = 0.08,
    replicates: int = 3,
    recipe: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
    change: str = "0.1",
    interval: bool = True,
) -> Result:
    """An experiment with a given skill against a baseline whose error is 0.1."""
    fields = {"replicates": replicates, "epochs": 2, "batch_size": 1, "learning_rate": 0.1, "cell": "lstm", "units": 4}
    difference = 0 - 0.1 * skill
    mse = 0.1 + difference
    against = {"first": name, "second": second, "verdict": verdict, "mean": difference, "dm": difference}
    against |= {"low": difference - 0.01, "high": difference + 0.02} if interval else {"low": None, "high": None}
    own = {f"ensemble_{error}": mse - 0.01 for error in ERRORS} | {"excess_over_optimum": mse / 0.09 - 1}
    own |= {"test_mse": mse, "train_mse": train_mse, "n_params": 149, "multiply_adds": 7, "best_epoch": 2.0}
    return Result(
        name=name,
        experiment=Experiment(dataset="d", **(fields | (recipe or {}))),
        run=Path(),
        figures=Path("figures") / name,
        metrics=own | (metrics or {}),
        baseline={"test_mse": 0.1, "train_mse": 0.07, "train_loss": 0.07},
        against=against | {"p": 0.2, "dm_p": 0.2, "p_holm": 0.2, "dm_p_holm": 0.0002},
        scores=[{"test_mse": mse + r / 1000} for r in range(-(replicates // 2), replicates // 2 + 1)][:replicates],
        losses={"train_loss": np.full((2, replicates), train_mse)},
        predictions=np.full((replicates, 3, 1), 0.5),
        weight_changes=[
            {"weight": weight, "gate": gate, "change": "0" if gate == "f" else change if weight == "U" else "0.5"}
            for weight in ("U", "W")
            for gate in ("i", "f", "c", "o")
        ],
    )


def group(
    *results: Result,
    source: Source = NOISE,
    cells: list[tuple[str, str, str]] | None = None,
    best: str = "mean",
    baselines: dict[str, dict[str, float]] | None = None,
    scores: list[dict[str, str]] | None = None,
    tested: bool = True,
    beyond: str = "",
) -> Group:
    """Experiments on one dataset, and what came out between them: first, second, verdict of the first."""
    errors = {f"test_{error}": 0.1 for error in ERRORS}
    numbers = {"mean": -0.01, "low": -0.02, "high": 0.01, "dm": -1.0, "p_holm": 0.3, "dm_p_holm": 0.4}
    found = {"mean": errors | {"train_mse": 0.07}} | (baselines or {})
    return Group(
        dataset="d",
        source=source,
        results=list(results),
        baselines=found,
        optimum=0.09,
        compared={
            "samples": 50,
            "tested": tested,
            "periods": {"train": {"samples": 70, "first": "1712", "last": "1781"}},
            "best_baseline": best,
            "cells": [numbers | {"first": a, "second": b, "verdict": verdict} for a, b, verdict in cells or []],
            "against_baseline": [result.against for result in results],
            "against_one_lag": [
                {
                    "first": result.name,
                    "second": "ar1",
                    "verdict": "better" if result.name in beyond else "no difference",
                }
                for result in results
            ],
            "confidence_set": dict.fromkeys([*(r.name for r in results), *found], 0.051) | {"mean": 0.0},
        },
        scores=scores or [],
        forecasts=[],
    )


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


# Tables


def cells_of(markdown: str) -> dict[str, list[str]]:
    """The cells of a Markdown table by the first one of their row."""
    rows = [re.split(r" *(?<!\\)\| *", line.strip("|").strip()) for line in markdown.splitlines()]
    return {first: rest for first, *rest in rows}


def test_no_cell_breaks_out_of_its_table() -> None:
    assert table(["", "b"], [["x|y", "1"]]).splitlines()[-1] == r"| x\|y | 1 |"


SERIES = Statsmodels(
    source="statsmodels", name="sunspots", target="SUNACTIVITY", window=2, variance=10.0,
    until={"train": 0.3, "validation": 0.5, "early": 0.8, "late": 1.0},
    published={"somebody (1990) | AR": {"early": 0.126}},
)  # fmt: skip


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


# Remarks


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


# The stage

PARAMS = """
seed: 0
training: {replicates: 2, epochs: 2, batch_size: 8, learning_rate: 0.01}
datasets:
  one: {source: noise, samples: 20, test_samples: 12, predict_samples: 2, timesteps: 1, features: 2}
  two: {source: noise, samples: 20, test_samples: 12, predict_samples: 2, timesteps: 2, features: 2}
experiments:
  a: {dataset: one, cell: gru, units: 2}
  b: {dataset: one, cell: elman, units: 2}
  c: {dataset: two, cell: lstm, units: 2}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("project"))
        Path("params.yaml").write_text(PARAMS)
        params = load_params()
        for dataset in params.datasets:
            prepare.prepare(params, dataset)
        for experiment in params.experiments:
            train.train(params, experiment)
        for dataset in params.datasets:
            evaluate.evaluate(params, dataset)
        report.report(params)
        yield Path("reports").absolute()


def written(reports: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (reports / "comparison.md", *sorted(reports.rglob("*.png")))}


def test_the_same_results_give_the_same_bytes_in_any_order_of_params_yaml(folder: Path) -> None:
    before = written(folder)
    lines = PARAMS.strip().splitlines()
    swapped = "\n".join([*lines[:3], lines[4], lines[3], lines[5], *reversed(lines[6:])])
    Path("params.yaml").write_text(swapped)
    assert list(load_params().datasets) == ["two", "one"]
    report.report(load_params())
    assert written(folder) == before
    assert len(before) == 1 + 2 * 3 + 3 * 2  # the text; three pictures a dataset, two an experiment


def test_what_is_reported_is_what_was_evaluated(folder: Path) -> None:
    one, two = load_results(load_params())
    assert [[r.name for r in of.results] for of in (one, two)] == [["a", "b"], ["c"]]
    text = (folder / "comparison.md").read_text()
    assert all(conclusion(of) in text for of in (one, two))
    assert all(f"](figures/{path.relative_to(folder / 'figures')})" in text for path in folder.glob("figures/*/*.png"))
    for own in (*one.results, *two.results):
        assert own.metrics["test_mse"] == pytest.approx(np.mean([score["test_mse"] for score in own.scores]))
        assert own.against["first"] == own.name
        assert own.predictions.shape == (2, 2, 1)
