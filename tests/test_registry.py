"""The champion of a dataset has the lowest validation error, and nothing else decides."""

from collections.abc import Callable, Iterator

import pytest
from mlflow import MlflowClient

from cellbench.publish.registry import crown, register
from cellbench.publish.store import Store, store
from cellbench.results.results import Group
from groups import group, result

MODEL = "cellbench-d"
Register = Callable[..., str]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store(tmp_path_factory.mktemp("registry")) as it:
        yield it


@pytest.fixture
def client(opened: Store) -> Iterator[MlflowClient]:
    yield opened.client
    opened.client.delete_registered_model(MODEL)


@pytest.fixture
def registered(client: MlflowClient, opened: Store) -> Register:
    """Register an experiment out of those compared, and return what its version's tag says."""

    def made(name: str, compared: Group, data: str = "data", run: str | None = None) -> str:
        run = run or client.create_run(opened.experiment).info.run_id
        (chosen,) = [result for result in compared.results if result.name == name]
        register(opened, run, chosen, compared, f"key of {name} on {data}")
        crown(opened, "d", compared.compared["validation"])
        (version,) = client.search_model_versions(f"run_id = '{run}'")
        said: str = version.tags["cellbench.champion"]
        return said

    return made


def champion(client: MlflowClient) -> str:
    name: str = client.get_model_version_by_alias(MODEL, "champion").tags["experiment"]
    return name


def pair(a: float, b: float, verdict: str = "no difference", validation: str = "samples") -> Group:
    """Two experiments with their validation errors, and what the tests on the test part say of the first."""
    results = [result(name, metrics={"val_ensemble_mse": mse}) for name, mse in (("a", a), ("b", b))]
    return group(*results, cells=[("a", "b", verdict)], validation=validation)


def test_the_first_one_is_the_champion(client: MlflowClient, registered: Register) -> None:
    assert registered("a", pair(2, 1)) == "yes: validation MSE 2.000, the first on these samples"
    assert champion(client) == "a"


@pytest.mark.parametrize(
    ("b", "verdict", "said", "then"),
    [
        (1, "better", "yes: validation MSE 1.000 against 2.000 of version 1 (a)", "b"),
        (3, "worse", "no: validation MSE 3.000 against 2.000 of version 1 (a)", "a"),
        (2, "worse", "no: validation MSE 2.000 against 2.000 of version 1 (a)", "a"),
    ],
)
def test_another_takes_its_place_if_its_validation_error_is_lower_whatever_the_test_part_says(
    client: MlflowClient, registered: Register, b: float, verdict: str, said: str, then: str
) -> None:
    registered("a", pair(2, b, verdict))
    assert registered("b", pair(2, b, verdict)) == said
    assert champion(client) == then


def test_a_better_recipe_with_another_scaling_takes_its_place(client: MlflowClient, registered: Register) -> None:
    """Other scaling is other data for a network, and the same validation samples for whoever forecasts them."""
    registered("a", pair(2, 3), "scaled by the training period")
    assert registered("a", pair(1, 3), "scaled by the window").startswith("yes: validation MSE 1.000 against 2.000")
    assert client.get_model_version_by_alias(MODEL, "champion").tags["val_ensemble_error"] == "1.0"


def test_the_champion_is_the_best_on_the_validation_samples_that_there_are_now(
    client: MlflowClient, registered: Register, opened: Store
) -> None:
    registered("a", pair(1, 2))
    assert registered("b", pair(5, 4, validation="others")).startswith("yes: validation MSE 4.000, the first")
    assert champion(client) == "b"
    crown(opened, "d", "samples")
    assert champion(client) == "a"
    crown(opened, "d", "samples that no version has seen")
    assert champion(client) == "a"


def test_a_run_that_is_published_once_more_since_that_was_cut_off_has_one_version(
    client: MlflowClient, registered: Register
) -> None:
    first = registered("a", pair(2, 1))
    (version,) = client.search_model_versions(f"name = '{MODEL}'")
    assert registered("a", pair(2, 1), run=version.run_id) == first
    assert len(client.search_model_versions(f"name = '{MODEL}'")) == 1
    assert champion(client) == "a"
