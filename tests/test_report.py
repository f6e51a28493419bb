"""The report says what the numbers say, and no more."""

from pathlib import Path

import numpy as np
import pytest

from cellbench.config import Experiment, load_params
from cellbench.report import comparison, conclusion, verdict, verdict_sentence
from cellbench.results import Result

ROOT = Path(__file__).parents[1]


def result(
    skill: float,
    ci95: float | None,
    train_mse: float = 0.1,
    replicates: int = 3,
    name: str = "lstm",
    dataset: str = "noise_1",
    change: str = "0",
) -> Result:
    """An experiment with a given skill against a mean whose error is 0.1 everywhere."""
    experiment = Experiment(
        replicates=replicates, epochs=2, batch_size=1, learning_rate=0.1, dataset=dataset, cell="lstm", units=4
    )
    mse = 0.1 * (1 - skill)
    return Result(
        name=name,
        experiment=experiment,
        run=Path(),
        figures=Path(),
        metrics={"skill_vs_mean": skill, "skill_vs_mean_ci95": ci95, "train_mse": train_mse, "n_params": 149},
        baselines={
            "mean": {"test_mse": 0.1, "test_rmse": 0.3, "test_mae": 0.2, "train_mse": 0.1},
            "optimum": {"test_mse": 0.09},
        },
        scores=[{"test_mse": mse + r / 1000, "test_rmse": mse**0.5, "test_mae": mse} for r in range(replicates)],
        train_loss=np.full((2, replicates), train_mse),
        predictions=np.full((replicates, 10, 1), 0.5),
        weight_changes=[
            {"weight": weight, "gate": gate, "change": "0" if gate == "f" else change if weight == "U" else "0.5"}
            for weight in ("U", "W")
            for gate in ("i", "f", "c", "o")
        ],
    )


@pytest.mark.parametrize(
    ("skill", "ci95", "expected"),
    [(0.2, 0.1, "better"), (-0.2, 0.1, "worse"), (0.1, 0.2, "no difference"), (-0.1, 0.2, "no difference"),
     (0.2, None, "no difference")],
)  # fmt: skip
def test_the_verdict_is_what_the_interval_allows(skill: float, ci95: float | None, expected: str) -> None:
    assert verdict(result(skill, ci95)) == expected


def test_the_conclusion_names_the_cells_that_beat_the_mean_or_says_that_none_does() -> None:
    better, same, worse = result(0.2, 0.1, name="a"), result(0.1, 0.2, name="b"), result(-0.2, 0.1, name="c")
    assert "no cell beats the training mean" in conclusion("d", [same, worse])
    assert "On `d`, a beats the training mean" in conclusion("d", [better, same, worse])
    assert "On `d`, a and a beat the training mean" in conclusion("d", [better, better])


def test_overfitting_is_claimed_only_where_the_training_loss_shows_it() -> None:
    assert "what it learned does not hold on new data" in verdict_sentence(result(-0.2, 0.1, train_mse=0.05))
    assert "worse than the mean, as it is on the training sample (0.20000 against 0.10000)" in verdict_sentence(
        result(-0.2, 0.1, train_mse=0.2)
    )


def test_one_replicate_is_no_evidence_about_seeds() -> None:
    assert "One replicate says nothing about other seeds." in verdict_sentence(result(0.2, 0.1, replicates=1))
    assert "±" not in verdict_sentence(result(0.2, 0.1, replicates=1)).split("skill")[0]


@pytest.mark.parametrize(("change", "said"), [("0", True), ("0.1", False)])
def test_weights_that_never_moved_are_named(change: str, said: bool) -> None:
    params = load_params(ROOT / "params.yaml")
    others = [result(0, 1, name=name, dataset=e.dataset) for name, e in params.experiments.items() if name != "lstm"]
    text = comparison(params, [result(0, 1, change=change), *others])
    assert ("In `lstm` no recurrent weight U moved, and neither did any weight of gate f: with one" in text) == said


def test_the_order_of_params_yaml_does_not_reach_the_report(tmp_path: Path) -> None:
    lines = (ROOT / "params.yaml").read_text().splitlines(True)
    for first, second in (("  noise_11:", "  noise_1:"), ("  lstm:", "  gru:")):
        i, j = (next(n for n, line in enumerate(lines) if line.startswith(name)) for name in (first, second))
        lines[i], lines[j] = lines[j], lines[i]
    (tmp_path / "params.yaml").write_text("".join(lines))
    reports = []
    for path in (ROOT / "params.yaml", tmp_path / "params.yaml"):
        params = load_params(path)
        results = [result(0, 1, name=name, dataset=e.dataset) for name, e in params.experiments.items()]
        reports.append(comparison(params, results))
    assert reports[0] == reports[1]
