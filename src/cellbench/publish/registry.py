"""The ensembles on a dataset as versions of one registered model, and which of them is its champion."""

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from cellbench.publish.store import PUBLISHED, Store
from cellbench.results.results import Group, Result
from cellbench.results.wording import loss_name, number, score_sentence

CHAMPION = "champion"
"""The alias; and, after the project's name, the tag that says how a version compared with the best one before it."""
SAMPLES = "digest.validation"
VALIDATION = "val_ensemble_error"


def register(store: Store, run: str, result: Result, group: Group, key: str) -> None:
    """Make the model of a run a version of its dataset's; its tags say how it compares with the best one so far."""
    client, name = store.client, f"cellbench-{group.dataset}"
    try:
        client.create_registered_model(name, description=f"Ensembles that forecast {group.dataset}.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    for version in client.search_model_versions(f"run_id = '{run}'"):  # of a publish that was killed
        client.delete_model_version(version.name, version.version)
    ours, samples = float(result.metrics[f"val_ensemble_{group.loss}"]), group.compared["validation"]
    tags = {PUBLISHED: key, SAMPLES: samples, VALIDATION: repr(ours)}
    tags |= {"experiment": result.name, "cell": result.experiment.cell}
    validation = f"validation {loss_name(group.loss)} {number(ours)}"
    best, why = _best(store, name, samples), f"yes: {validation}, the first on these samples"
    if best:
        theirs = float(best.tags[VALIDATION])
        rival = f"{number(theirs)} of version {best.version} ({best.tags['experiment']})"
        why = f"{'yes' if ours < theirs else 'no'}: {validation} against {rival}"
    artifacts = client.get_run(run).info.artifact_uri
    tags[f"cellbench.{CHAMPION}"] = why
    said = f"{score_sentence(result, group.loss)}."
    client.create_model_version(name, f"{artifacts}/model", run, tags, description=said, await_creation_for=0)


def crown(store: Store, dataset: str, samples: str) -> None:
    """Make the best version on a dataset's validation samples its champion, by the MSE or, of many series, the mean
    squared RMSSE: whatever recipe, scaling or window it has.
    """
    name = f"cellbench-{dataset}"
    best = _best(store, name, samples)
    if best and CHAMPION not in best.aliases:
        store.client.set_registered_model_alias(name, CHAMPION, best.version)


def _best(store: Store, name: str, samples: str) -> ModelVersion | None:
    """The version with the lowest error on the same validation samples, the oldest of equal ones; if there is any.

    Versions from before the project moved are left out, since their artifacts are lost, and those without the tag.
    """
    place = store.client.get_experiment(store.experiment).artifact_location
    found = store.client.search_model_versions(f"name = '{name}' and tags.`{SAMPLES}` = '{samples}'")
    versions = [v for v in found if VALIDATION in v.tags and str(v.source).startswith(f"{place}/")]
    return min(versions, key=lambda v: (float(v.tags[VALIDATION]), int(v.version)), default=None)
