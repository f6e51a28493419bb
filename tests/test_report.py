"""The stage reports what was evaluated, whatever the order of params.yaml."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import evaluate
import prepare
import report
import train
from cellbench import InputError
from cellbench.config.params import load_params
from cellbench.report import stage as report_stage
from cellbench.report.document import answer, comparison
from cellbench.results.results import Group, load_results

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
    return {
        path: path.read_bytes()
        for path in (reports / "comparison.md", reports / "answer.md", *sorted(reports.rglob("*.png")))
    }


def test_the_same_results_give_the_same_bytes_in_any_order_of_params_yaml(folder: Path) -> None:
    before = written(folder)
    lines = PARAMS.strip().splitlines()
    swapped = "\n".join([*lines[:3], lines[4], lines[3], lines[5], *reversed(lines[6:])])
    Path("params.yaml").write_text(swapped)
    assert list(load_params().datasets) == ["two", "one"]
    report.report(load_params())
    assert written(folder) == before
    assert len(before) == 2 + 2 * 3 + 3 * 2  # two texts; three pictures per dataset, two per experiment


def test_what_was_left_of_a_removed_experiment_changes_nothing(folder: Path) -> None:
    before = written(folder)
    Path("runs/one/removed").mkdir()
    for left in ("runs/one/a/notes.txt", "runs/one/removed/weights.safetensors", "reports/metrics/one/removed.json"):
        Path(left).write_text("left")
    (folder / "figures/one/removed").mkdir()
    (folder / "figures/one/removed/learning_curve.png").write_bytes(b"left")
    evaluate.evaluate(load_params(), "one")
    report.report(load_params())
    assert written(folder) == before


def test_a_report_that_fails_leaves_the_old_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, drawn = written(folder), []

    def fail_at_the_second(group: Group) -> dict[Path, bytes]:
        drawn.append(group)
        if len(drawn) == 2:
            raise InputError("no memory for a picture")
        return {path.relative_to(folder.parent): b"new" for path in before if path.suffix == ".png"}

    monkeypatch.setattr(report_stage, "figures", fail_at_the_second)
    with pytest.raises(InputError):
        report.report(load_params())
    assert written(folder) == before


def test_an_experiment_without_results_is_named(folder: Path) -> None:
    params = load_params()
    unknown = params.experiments | {"unknown": params.experiments["a"]}
    with pytest.raises(InputError, match=r"unknown has not been evaluated yet"):
        load_results(params.model_copy(update={"experiments": unknown}))


def test_what_is_reported_is_what_was_evaluated(folder: Path) -> None:
    one, two = load_results(load_params())
    assert [[r.name for r in of.results] for of in (one, two)] == [["a", "b"], ["c"]]
    text = (folder / "comparison.md").read_text()
    assert text == comparison([one, two])
    assert (folder / "answer.md").read_text() == answer([one, two])
    shown = [*folder.glob("figures/*/*.png"), *folder.glob("test_error/*.png")]
    assert all(f"]({path.relative_to(folder)})" in text for path in shown)
    for own in (*one.results, *two.results):
        assert own.metrics["test_mse"] == pytest.approx(own.scores["test_mse"].mean())
        assert own.against["first"] == own.name
        assert own.predictions.shape == (2, 2)  # samples, replicates
