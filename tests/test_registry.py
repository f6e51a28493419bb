"""The champion of a dataset changes when the paired comparison says so, and for nothing else."""

from collections.abc import Callable, Iterator

import pytest
from mlflow import MlflowClient

from cellbench.publish.provenance import Provenance
from cellbench.publish.registry import register
from cellbench.publish.store import Store, store
from cellbench.results.results import Group
from groups import group, result

MODEL = "cellbench-d"
Register = Callable[..., str]


def provenance(name: str, data: str) -> Provenance:
    return Provenance(f"key of {name} on {data}", {}, data, {}, "", "")


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
        known = {other.name: provenance(other.name, data) for other in compared.results}
        (chosen,) = [result for result in compared.results if result.name == name]
        register(opened, run, chosen, compared, known)
        (version,) = client.search_model_versions(f"run_id = '{run}'")
        said: str = version.tags["cellbench.champion"]
        return said

    return made


def champion(client: MlflowClient) -> str:
    name: str = client.get_model_version_by_alias(MODEL, "champion").tags["experiment"]
    return name


def pair(verdict: str) -> Group:
    return group(result("a"), result("b"), cells=[("a", "b", verdict)])


def test_the_first_one_is_the_champion(client: MlflowClient, registered: Register) -> None:
    said = registered("a", pair("no difference"))
    assert said == "yes: first champion; lowest test error of those published together"
    assert champion(client) == "a"


@pytest.mark.parametrize(
    ("verdict", "said", "then"),
    [
        ("worse", "yes: better than a, version 1 (Diebold-Mariano p = 0.400 after Holm)", "b"),
        ("better", "no: worse than a, version 1 (Diebold-Mariano p = 0.400 after Holm)", "a"),
        (
            "no difference",
            "no: no difference from a, version 1 (Diebold-Mariano p = 0.400 after Holm)",
            "a",
        ),
        ("not tested", "no: not tested against a, version 1 (Diebold-Mariano p = 0.400 after Holm)", "a"),
    ],
)
def test_another_takes_its_place_only_if_it_is_better(
    client: MlflowClient, registered: Register, verdict: str, said: str, then: str
) -> None:
    """The verdict is that of a, which came first, on b."""
    registered("a", pair(verdict))
    assert registered("b", pair(verdict)) == said
    assert champion(client) == then


def test_the_first_of_a_pair_takes_the_place_of_the_second(client: MlflowClient, registered: Register) -> None:
    registered("b", pair("better"))
    assert registered("a", pair("better")).startswith("yes: better than b, version 1")
    assert champion(client) == "a"


def test_what_was_not_compared_with_the_champion_does_not_take_its_place(
    client: MlflowClient, registered: Register
) -> None:
    registered("a", pair("worse"))
    assert registered("b", pair("worse"), "other data") == "no: version 1 was scored on other data"
    alone = registered("c", group(result("c")))
    assert alone == "no: version 1 is not among the results that it was compared with"
    assert champion(client) == "a"


def test_a_run_that_is_published_once_more_since_that_was_cut_off_has_one_version(
    client: MlflowClient, registered: Register
) -> None:
    first = registered("a", pair("no difference"))
    (version,) = client.search_model_versions(f"name = '{MODEL}'")
    assert registered("a", pair("no difference"), run=version.run_id) == first
    assert len(client.search_model_versions(f"name = '{MODEL}'")) == 1
    assert champion(client) == "a"
