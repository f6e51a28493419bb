"""The ensembles on a dataset as versions of one registered model, and which of them is its champion."""

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from cellbench.publish.provenance import Provenance
from cellbench.publish.store import PUBLISHED, Store
from cellbench.results.results import Group, Result
from cellbench.results.wording import p_value, score_sentence

CHAMPION = "champion"
"""The alias; and, after the project's name, the tag that says why a version has it or not."""
DATA = "digest.data"
COMPARED = {
    "better": "better than",
    "worse": "worse than",
    "no difference": "no difference from",
    "not tested": "not tested against",
}


def register(store: Store, run: str, result: Result, group: Group, provenance: dict[str, Provenance]) -> None:
    """Make the model of a run a version of its dataset's, and the champion if it is better than the one there is.

    Better is what the paired comparison of both on the same test samples calls so; a lower error alone is not.
    """
    client, name, source = store.client, f"cellbench-{result.dataset}", provenance[result.name]
    try:
        client.create_registered_model(name, description=f"Ensembles that forecast {result.dataset}.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    for version in client.search_model_versions(f"run_id = '{run}'"):  # of a publish that was killed
        client.delete_model_version(version.name, version.version)
    champion = _champion(store, name)
    wins, why = _decide(champion, result, group, provenance)
    tags = {
        PUBLISHED: source.key,
        DATA: source.data_digest,
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


def _champion(store: Store, name: str) -> ModelVersion | None:
    """The version with the alias; none if its run is from before the project moved, with artifacts that are lost."""
    client = store.client
    aliases = client.get_registered_model(name).aliases
    if CHAMPION not in aliases:
        return None
    champion = client.get_model_version(name, aliases[CHAMPION])
    return champion if client.get_run(str(champion.run_id)).info.experiment_id == store.experiment else None


def _decide(
    champion: ModelVersion | None, result: Result, group: Group, provenance: dict[str, Provenance]
) -> tuple[bool, str]:
    """Whether a result takes the place of the champion, and why."""
    if champion is None:
        return True, "yes: first champion; lowest test error of those published together"
    if champion.tags[DATA] != provenance[result.name].data_digest:
        return False, f"no: version {champion.version} was scored on other data"
    rival = champion.tags["experiment"]
    if rival not in provenance or provenance[rival].key != champion.tags[PUBLISHED]:
        return False, f"no: version {champion.version} is not among the results that it was compared with"
    (pair,) = [pair for pair in group.compared["cells"] if {pair["first"], pair["second"]} == {result.name, rival}]
    verdict = pair["verdict"]
    if pair["first"] == rival and verdict in {"better", "worse"}:
        verdict = {"better": "worse", "worse": "better"}[verdict]
    p = p_value(pair["dm_p_holm"])
    said = f"{COMPARED[verdict]} {rival}, version {champion.version} (Diebold-Mariano p {p} after Holm)"
    return verdict == "better", f"{'yes' if verdict == 'better' else 'no'}: {said}"
