"""params.yaml: what is right is resolved, what is wrong is named by its full key before anything is written."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cellbench.config import load_params
from cellbench.errors import InputError

ROOT = Path(__file__).parents[1]
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
        "experiments.lstm.cell: must be one of elman, lstm, gru, gru_reset_after",
    ),
    "unknown dataset": (
        "lstm: {dataset: noise_1,",
        "lstm: {dataset: noise_2,",
        "experiments.lstm.dataset: must be one of noise_11, noise_1, ma, sunspots, got noise_2",
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
    "a key of another section": ("epochs: 100", "epochs: 100\n  units: 4", "training.units: unknown key"),
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
    "missing key": (", units: 4, activation: tanh", "", "experiments.elman.units: is missing"),
    "option of another cell": (
        "cell: lstm,",
        "cell: lstm, activation: tanh,",
        "experiments.lstm.activation: is an option of the elman cell, got it with lstm",
    ),
    "unknown activation": (
        "activation: tanh",
        "activation: relu",
        "experiments.elman.activation: must be 'tanh' or 'sigmoid'",
    ),
    "unknown source": (
        "{source: noise, samples: 1000, test_samples: 1000, predict_samples: 10, timesteps: 1,",
        "{source: nose, samples: 1000, test_samples: 1000, predict_samples: 10, timesteps: 1,",
        "datasets.noise_1.source: must be 'noise', 'csv', 'statsmodels', 'arma', got 'nose'",
    ),
    "a name DVC ignores": ("  gru: {", "  size: {", "experiments.size: choose another name: DVC's run-cache ignores"),
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
        "datasets.spare: must be used by an experiment, got none",
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
def test_a_mistake_is_one_line_with_its_key(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert right in GOOD
    path = tmp_path / "params.yaml"
    path.write_text(GOOD.replace(right, wrong, 1))
    with pytest.raises(InputError) as raised:
        load_params(path)
    assert message in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


SERIES = GOOD.replace(
    "experiments:",
    "  own: {source: csv, path: data/raw/x.csv, target: y, window: 3}\n"
    "experiments:\n"
    "  own_gru: {dataset: own, cell: gru, units: 1}",
)
END = "must be a time label (a date in quotes) or a share of the rows, got "
MISTAKES_IN_SERIES = {
    "a file that DVC does not watch": (
        "path: data/raw/x.csv",
        "path: data/x.csv",
        "datasets.own.path: must be a file in data/raw, which DVC watches, got 'data/x.csv'",
    ),
    "a way out of data/raw": (
        "path: data/raw/x.csv",
        "path: data/raw/../x.csv",
        "datasets.own.path: must be a file in data/raw, which DVC watches, got 'data/raw/../x.csv'",
    ),
    "braces": (
        "path: data/raw/x.csv",
        "path: '{folder}/{0'",
        "datasets.own.path: must be a file in data/raw, which DVC watches, got '{folder}/{0'",
    ),
    "no such way with missing values": (
        "window: 3}",
        "window: 3, missing: ignore}",
        "datasets.own.missing: must be 'error', 'interpolate' or 'drop', got 'ignore'",
    ),
    "no such transform": (
        "transform: sqrt",
        "transform: root",
        "datasets.sunspots.transform: must be 'none', 'sqrt' or 'log', got 'root'",
    ),
    "no validation": (
        "validation: 0.15, ",
        "",
        "datasets.ma.until: needs train, validation and at least one period to test on, got train, test",
    ),
    "nothing to test on": (
        "validation: 0.15, test: 1.0",
        "validation: 0.15",
        "datasets.ma.until: needs train, validation and at least one period to test on, got train, validation",
    ),
    "more than all rows": (
        "test: 1.0",
        "test: 1.5",
        "datasets.ma.until.test: a share of the rows lies between 0 and 1.0, got 1.5",
    ),
    "an unquoted date": (
        "validation: 1920,",
        "validation: 1920-01-01,",
        f"datasets.sunspots.until.validation: {END}1920-01-01",
    ),
    "no end at all": ("validation: 1920,", "validation: null,", f"datasets.sunspots.until.validation: {END}None"),
    "a number for a period's name": (
        "1921-1955: 1955",
        "1955: 1955",
        "datasets.sunspots.until.1955: must be a text, got 1955",
    ),
    "the name of all periods": (
        "1921-1955: 1955",
        "all: 1955",
        "datasets.sunspots.until.all: a period's name is letters, digits, '_' or '-', and not 'all' or 'future'",
    ),
    "a random walk": ("ma: [0.8]", "ar: [1.0]", "datasets.ma.ar: must be stationary, got [1.0]"),
    "not invertible": ("ma: [0.8]", "ma: [0.5, 1.5]", "datasets.ma.ma: must be invertible, got [0.5, 1.5]"),
    "a number for a list": ("ma: [0.8]", "ma: 0.8", "datasets.ma.ma: must be a list, got 0.8"),
    "an optimum that is not known": (
        "sigma: 1.0,",
        "sigma: 1.0, transform: sqrt,",
        "datasets.ma: arma: the optimum is known for transform none only",
    ),
    "the name of a baseline": ("  gru: {", "  ar: {", "experiments.ar: choose another name: a baseline has it, got ar"),
    "the name of a folder": (
        "  own: {",
        "  raw: {source: noise, samples: 9, test_samples: 9, predict_samples: 9, timesteps: 1, features: 1}\n  own: {",
        "datasets.raw: choose another name: data/raw holds what is given, got raw",
    ),
    "the best of no validation part": (
        "batch_size: 1}",
        "batch_size: 1, select: best}",
        "experiments.lstm.select: noise has no validation part: must be last, got best",
    ),
    "patience for nothing": (
        "cell: gru, units: 1}",
        "cell: gru, units: 1, patience: 5}",
        "experiments.own_gru.patience: must go with select: best, got 5 with last",
    ),
    "growing weights": (
        "weight_decay: 0.0",
        "weight_decay: -0.1",
        "training.weight_decay: must be at least 0, got -0.1",
    ),
    "a misspelt key that is needed": (
        "window: 3}",
        "windw: 3}",
        "datasets.own.windw: unknown key; did you mean 'window'",
    ),
    "no target": ("target: y, ", "", "datasets.own.target: is missing"),
    "target and time at once": (
        "target: y,",
        "target: y, time: y,",
        "datasets.own: the column y has more than one role",
    ),
    "a feature twice": (
        "target: y,",
        "target: y, features: [a, a],",
        "datasets.own: the column a has more than one role",
    ),
    "a key of another source": ("window: 3}", "window: 3, length: 5}", "datasets.own.length: unknown key"),
    "no source": ("source: csv, ", "", "datasets.own.source: is missing"),
    "a dataset that is no mapping": (
        "  own: {source: csv, path: data/raw/x.csv, target: y, window: 3}",
        "  own:",
        "datasets.own: must be a mapping, got None",
    ),
    "published for no test period": (
        "{1921-1955: 0.126",
        "{1921-1956: 0.126",
        "datasets.sunspots: published: 'AR(12), as commonly cited' has '1921-1956', "
        "the periods to test on are 1921-1955, 1956-1979, 1980-2008",
    ),
    "published relative to nothing": (
        "    variance: 1535.0\n",
        "",
        "datasets.sunspots: published average relative variances need the variance",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES_IN_SERIES.values(), ids=MISTAKES_IN_SERIES)
def test_a_mistake_in_a_series_is_one_line_with_its_key(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert right in SERIES
    path = tmp_path / "params.yaml"
    path.write_text(SERIES.replace(right, wrong, 1))
    with pytest.raises(InputError) as raised:
        load_params(path)
    assert str(raised.value) == f"{path}: {message}"


def test_a_series_of_the_users_own_needs_four_keys(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(SERIES)
    own = load_params(path).datasets["own"].model_dump()
    assert own["until"] == {"train": 0.7, "validation": 0.85, "test": 1.0}
    assert [own[key] for key in ("horizon", "transform", "scaling", "missing", "features", "time")] == [
        1, "none", "train", "error", [], None
    ]  # fmt: skip


@pytest.mark.parametrize(
    "script", ["check.py", "prepare.py noise_1", "train.py elman", "evaluate.py noise_1", "report.py"]
)
def test_a_stage_stops_with_the_message_before_it_writes_anything(tmp_path: Path, script: str) -> None:
    (tmp_path / "params.yaml").write_text(GOOD.replace("units: 4, batch_size", "units: 0, batch_size", 1))
    name, *arguments = script.split()
    stage = subprocess.run(
        [sys.executable, ROOT / "src" / name, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert stage.returncode == 1
    assert stage.stderr == "params.yaml: experiments.lstm.units: must be at least 1, got 0\n"
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
        "experiments.gru.units",
        "experiments.lstm.units",
    ]


def test_an_experiment_takes_what_it_does_not_say_from_training() -> None:
    params = load_params(ROOT / "params.yaml")
    assert [params.experiments[name].batch_size for name in ("elman", "lstm", "gru")] == [32, 1, 1]
    assert [params.experiments[name].epochs for name in ("elman", "lstm", "gru")] == [100, 100, 100]
    assert params.experiments["ma_gru"].epochs == 25
    assert list(params.experiments_on("noise_1")) == ["gru", "lstm"]


def test_parameters_can_not_change_once_read() -> None:
    params = load_params(ROOT / "params.yaml")
    with pytest.raises(ValidationError, match="frozen"):
        params.experiments["lstm"].units = 8


def test_no_parameter_has_a_name_that_dvc_leaves_out_of_its_hash() -> None:
    """treeverse/dvc issue 10296: a change of a key `size` or `nfiles` would silently restore an old result."""

    def keys(node: object) -> set[str]:
        if not isinstance(node, dict):
            return set()
        return set(node) | {key for value in node.values() for key in keys(value)}

    assert not keys(yaml.safe_load(GOOD)) & {"size", "nfiles"}
