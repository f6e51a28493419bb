"""params.yaml as it is understood: what an experiment takes from the sections above it."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cellbench.config.params import load_params

ROOT = Path(__file__).parents[1]
GOOD = (ROOT / "params.yaml").read_text()


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


def test_an_experiment_has_the_seed_of_all_unless_it_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(
        GOOD.replace("seed: 0", "seed: 5").replace("units: 4, batch_size", "units: 4, seed: 7, batch_size", 1)
    )
    seeds = [experiment.seed for experiment in load_params(path).experiments.values()]
    assert seeds.count(7) == 1
    assert set(seeds) == {5, 7}
