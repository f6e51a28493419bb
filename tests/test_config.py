"""params.yaml: what is right is resolved, what is wrong is named by its full key before anything is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cellbench import InputError
from cellbench.config.params import load_params
from project import refused_by

ROOT = Path(__file__).parents[1]
Complaint = Callable[[str, str, str], str]
GOOD = (ROOT / "params.yaml").read_text()

MISTAKES = {  # what stands there, what somebody wrote instead, what is said
    "no units": (
        "units: 4, batch_size: 1}",
        "units: 0, batch_size: 1}",
        "experiments.lstm.units: must be at least 1, got 0",
    ),
    "negative epochs": ("epochs: 100", "epochs: -1", "training.epochs: must be at least 1, got -1"),
    "misspelt key": ("epochs: 100", "epoch: 100", "training.epoch: unknown key; did you mean 'epochs'"),
    "unknown cell": (
        "cell: lstm",
        "cell: lstn",
        "experiments.lstm.cell: must be one of elman, gru, gru_reset_after, lstm, got 'lstn'",
    ),
    "unknown dataset": (
        "lstm: {dataset: noise_1,",
        "lstm: {dataset: noise_2,",
        "experiments.lstm.dataset: must be one of noise_11, noise_1, ma, sunspots, tourism_yearly, nile, got 'noise_2'",
    ),
    "text for a number": (
        "replicates: 10",
        "replicates: ten",
        "training.replicates: must be a whole number, got 'ten'",
    ),
    "a decimal comma": (
        "learning_rate: 0.001",
        "learning_rate: 0,001",
        "training.learning_rate: must be a number, got '0,001'",
    ),
    "a key of another section": ("epochs: 100", "epochs: 100\n  cell: gru", "training.cell: unknown key"),
    "a key of a section at the top": ("seed: 0", "seed: 0\nepochs: 5", "epochs: unknown key"),
    "a template left unfilled": ("seed: 0", "seed: {{seed}}", "params.yaml"),
    "a date that does not exist": ("seed: 0", "seed: 2024-13-45", "cannot be read: month must be in 1..12"),
    "a step of zero": (
        "learning_rate: 0.001",
        "learning_rate: 0",
        "training.learning_rate: must be greater than 0, got 0",
    ),
    "a fraction of a batch": (
        "batch_size: 32",
        "batch_size: 0.5",
        "training.batch_size: must be a whole number, got 0.5",
    ),
    "a space for what is not searched": (
        "seed: 0",
        "seed: 0\nsearch: {spaces: {noise_1: {units: [8]}}}",
        "search.spaces.noise_1: must be a dataset of an experiment with recipe: tuned",
    ),
    "a wrong value in a space": (
        "seed: 0",
        "seed: 0\nsearch: {spaces: {nile: {units: [8, 0]}}}",
        "search.spaces.nile.units: must be at least 1, got 0",
    ),
    "a misspelt key in a space": (
        "seed: 0",
        "seed: 0\nsearch: {spaces: {nile: {unit: [8]}}}",
        "search.spaces.nile.unit: must be 'window', 'transform', 'scaling', 'skip', 'units'",
    ),
    "a key that is not searched": (
        "seed: 0",
        "seed: 0\nsearch: {spaces: {nile: {replicates: [8]}}}",
        "search.spaces.nile.replicates: must be 'window', 'transform', 'scaling', 'skip', 'units'",
    ),
    "an empty space": (
        "seed: 0",
        "seed: 0\nsearch: {spaces: {nile: {units: []}}}",
        "search.spaces.nile.units: must not be empty, got []",
    ),
    "a scaling by a season that there is not": (
        "seed: 0",
        "seed: 0\nsearch: {spaces: {nile: {scaling: [last, seasonal]}}}",
        "search.spaces.nile.scaling: seasonal needs the season of the dataset",
    ),
    "nothing in a space": (
        "seed: 0",
        "seed: 0\nsearch: {spaces: {nile: {window: [null]}}}",
        "search.spaces.nile.window: must be a whole number, got 'null'",
    ),
    "a recipe whose name is no text": (
        "  ma: {window",
        "  true: {window",
        "recipes.1: must be a string, got True",
    ),
    "an unknown baseline": (
        "name: nile,",
        "name: nile, baselines: [arma],",
        "datasets.nile.baselines.0: must be 'mean', 'last', 'drift', 'seasonal'",
    ),
    "a season of none": (
        "name: nile,",
        "name: nile, baselines: [seasonal],",
        "datasets.nile.baselines: seasonal needs the season of the dataset, got ['seasonal']",
    ),
    "missing key": (", cell: elman, units: 4", "", "experiments.elman.cell: is missing"),
    "option of another cell": (
        "cell: lstm,",
        "cell: lstm, activation: tanh,",
        "experiments.lstm.activation: only elman takes an activation; this cell is lstm",
    ),
    "unknown activation": (
        "activation: tanh",
        "activation: relu",
        "experiments.elman.activation: must be 'tanh' or 'sigmoid'",
    ),
    "unknown source": (
        "{source: noise, samples: 1000, test_samples: 1000, predict_samples: 10, timesteps: 1,",
        "{source: nose, samples: 1000, test_samples: 1000, predict_samples: 10, timesteps: 1,",
        "datasets.noise_1.source: must be one of 'noise', 'csv', 'statsmodels', 'arma', 'competition', got 'nose'",
    ),
    "a name DVC ignores": ("  gru: {", "  size: {", "size, nfiles, got 'size'"),
    "a parameter DVC ignores": ("  epochs: 100", "  nfiles: 3\n  epochs: 100", "training.nfiles: unknown key"),
    "a name DVC can't address": ("  gru: {", "  gru.2: {", "experiments.gru.2: a name is a letter"),
    "a key twice": (
        "  gru: {",
        "  lstm: {",
        f'line {GOOD[: GOOD.index("  gru: {")].count(chr(10)) + 1}: not valid YAML: found duplicate key "lstm"',
    ),
    "a section that is no mapping": ("experiments:", "other:\nexperiments:", "other: unknown key"),
    "an experiment that is no mapping": (
        "  gru: {",
        "  none: 3\n  gru: {",
        "experiments.none: must be a mapping, got 3",
    ),
    "an unused dataset": (
        "experiments:",
        "  spare: {source: noise, samples: 9, test_samples: 9, predict_samples: 9, timesteps: 1, features: 1}\n"
        "experiments:",
        "datasets.spare: no experiment uses this dataset",
    ),
    "broken YAML": ("seed: 0", "seed: [0", "not valid YAML"),
    "negative seed": ("seed: 0", "seed: -1", "seed: must be at least 0, got -1"),
    "infinite step": ("learning_rate: 0.001", "learning_rate: .inf", "training.learning_rate: must be a finite number"),
    "yes for a count": (
        "units: 4, activation",
        "units: yes, activation",
        "experiments.elman.units: must be a whole number, got 'yes'",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_with_its_key(complaint: Complaint, right: str, wrong: str, message: str) -> None:
    said = complaint(GOOD, right, wrong)
    assert message in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "script", ["check.py", "prepare.py noise_1", "train.py elman", "evaluate.py noise_1", "report.py"]
)
def test_a_stage_stops_with_the_message_before_it_writes_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], script: str
) -> None:
    (tmp_path / "params.yaml").write_text(GOOD.replace("units: 4, batch_size", "units: 0, batch_size", 1))
    monkeypatch.chdir(tmp_path)
    assert refused_by(script) == "params.yaml: experiments.lstm.units: must be at least 1, got 0"
    assert capsys.readouterr() == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


@pytest.mark.parametrize("written", ["5e-05", "1e-3", "1.0e-3", "0.001", "1"])
def test_a_number_is_read_as_dvc_writes_it(tmp_path: Path, written: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(GOOD.replace("learning_rate: 0.001", f"learning_rate: {written}"))
    assert load_params(path).training.learning_rate == float(written)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(GOOD.replace("units: 4, batch_size", "units: 0, batch_size").replace("seed: 0", "seed: -1"))
    with pytest.raises(InputError) as raised:
        load_params(path)
    assert [line.split(": ")[1] for line in str(raised.value).splitlines()] == [
        "seed",
        "experiments.lstm.units",
        "experiments.gru.units",
    ]


def test_mistakes_of_one_section_are_told_together_each_with_what_stands_there(complaint: Complaint) -> None:
    said = complaint(GOOD, "cell: lstm, units: 4", "cel: lstm, units: four, batch_sise: 8").splitlines()
    assert [line.split(": ", 1)[1] for line in said] == [
        "experiments.lstm.units: must be a whole number, got 'four'",
        "experiments.lstm.cel: unknown key; did you mean 'cell'",
        "experiments.lstm.batch_sise: unknown key; did you mean 'batch_size'",
    ]


def test_everything_that_contradicts_something_else_is_told_together(complaint: Complaint) -> None:
    said = complaint(GOOD, "lstm: {dataset: noise_1, cell: lstm,", "lstm: {dataset: noise, cell: LSTM, patience: 3,")
    assert [line.split(": ")[1] for line in said.splitlines()] == [
        "experiments.lstm.dataset",
        "experiments.lstm.cell",
        "experiments.lstm.patience",
    ]


def test_a_key_is_suggested_only_where_it_is_known(complaint: Complaint) -> None:
    assert "did you mean" not in complaint(GOOD, "seed: 0", "seed: 0\nepoch: 5")
    assert complaint(GOOD, "sigma: 1.0,", "sigma: 1.0, samples: 5,").endswith("datasets.ma.samples: unknown key")
    assert "did you mean 'sigma'" in complaint(GOOD, "sigma: 1.0,", "sigm: 1.0,")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"params\.yaml: cannot be read: No such file"):
        load_params(tmp_path / "params.yaml")
