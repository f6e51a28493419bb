"""The ensembles on a dataset as versions of one registered model, and which of them is its champion."""

from typing import TYPE_CHECKING

from cellbench.reporting.results import Group, Result
from cellbench.reporting.verdicts import p_value, score_sentence
from cellbench.tracking.provenance import Provenance
from cellbench.tracking.store import KEY

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

CHAMPION = "champion"
"""The alias; and, after the project's name, the tag that says why a version has it or not."""
DATA = "dvc.md5.data"
COMPARED = {
    "better": "better than",
    "worse": "worse than",
    "no difference": "no difference can be told from",
    "not tested": "not tested against",
}


def register(client: "MlflowClient", run: str, result: Result, group: Group, provenance: dict[str, Provenance]) -> None:
    """Make the model of a run a version of its dataset's, and the champion if it is better than the one there is.

    Better is what the paired comparison of both on the same test samples calls so; a lower error alone is not.
    """
    from mlflow.exceptions import MlflowException

    name, source = f"cellbench-{result.dataset}", provenance[result.name]
    try:
        client.create_registered_model(name, description=f"Ensembles that forecast {result.dataset}.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    for version in client.search_model_versions(f"run_id = '{run}'"):  # of a publish that was killed
        client.delete_model_version(version.name, version.version)
    champion = _champion(client, name)
    wins, why = _decide(champion, result, group, provenance)
    tags = {
        KEY: source.key,
        DATA: source.dataset_digest,
        "experiment": result.name,
        "cell": result.experiment.cell,
        f"cellbench.{CHAMPION}": why,
    }
    artifacts = client.get_run(run).info.artifact_uri
    version = client.create_model_version(
        name, f"{artifacts}/model", run, tags, description=f"{score_sentence(result)}.", await_creation_for=0
    )
    if wins:
        client.set_registered_model_alias(name, CHAMPION, version.version)


def _champion(client: "MlflowClient", name: str) -> "ModelVersion | None":
    aliases = client.get_registered_model(name).aliases
    return client.get_model_version(name, aliases[CHAMPION]) if CHAMPION in aliases else None


def _decide(
    champion: "ModelVersion | None", result: Result, group: Group, provenance: dict[str, Provenance]
) -> tuple[bool, str]:
    """Whether a result takes the place of the champion, and why."""
    if champion is None:
        return True, "yes: there was none, and of those published with it its test error is the lowest"
    if champion.tags[DATA] != provenance[result.name].dataset_digest:
        return False, f"no: version {champion.version} was scored on other data"
    rival = champion.tags["experiment"]
    if rival not in provenance or provenance[rival].key != champion.tags[KEY]:
        return False, f"no: version {champion.version} is not among the results that it was compared with"
    (pair,) = [pair for pair in group.compared["cells"] if {pair["first"], pair["second"]} == {result.name, rival}]
    verdict = pair["verdict"]
    if pair["first"] == rival and verdict in {"better", "worse"}:
        verdict = {"better": "worse", "worse": "better"}[verdict]
    p = p_value(pair["dm_p_holm"])
    said = f"{COMPARED[verdict]} {rival}, version {champion.version} (Diebold-Mariano p {p} after Holm)"
    return verdict == "better", f"{'yes' if verdict == 'better' else 'no'}: {said}"
