"""Where MLflow keeps the runs: the project's own database, or the server that MLFLOW_TRACKING_URI names."""

import hashlib
import logging
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from cellbench import InputError
from cellbench.console import say

EXPERIMENT = "cellbench"
TRAINING = "cellbench.training"
"""The tag with the key of the training, which a run gets when it begins."""
HERE = "cellbench.here"
"""The tag that a run has until it is complete."""
TESTED = "digest.test"
"""The tag with the digest of the rows of the test part."""
SCORED = "trainings scored on this test part"
"""The tag with their number: whoever picks the best of many by its test error picks a lucky one."""
PUBLISHED = "cellbench.key"
"""The tag with the key of the result, which a run gets when it is complete."""


class TrackingError(InputError):
    """MLflow cannot be reached or refuses; the results themselves are safe."""


class Store(NamedTuple):
    """An open MLflow store."""

    client: MlflowClient
    experiment: str
    """The id of our MLflow experiment."""
    root: Path
    """The user's repository."""

    def search(self, condition: str) -> list[Run]:
        """All runs of our experiment that meet a condition."""
        found: list[Run] = []
        token = None
        while token != "":
            page = self.client.search_runs([self.experiment], condition, max_results=1000, page_token=token)
            found += page
            token = page.token or ""
        return found

    @property
    def here(self) -> str:
        """This copy of the repository on this machine, as a digest: a quote in a path would end MLflow's filters."""
        return hashlib.sha256(f"{platform.node()}:{self.root}".encode()).hexdigest()[:16]

    def by_key(self) -> dict[str, str]:
        """The id of the run of every published result."""
        return {run.data.tags[PUBLISHED]: run.info.run_id for run in self.search(f"tags.`{PUBLISHED}` != ''")}

    def count_scored(self, tested: str) -> int:
        """How many trainings were scored on the test part with a digest; each of their runs gets the tag."""
        found = self.search(f"tags.`{TESTED}` = '{tested}' and tags.`{PUBLISHED}` != ''")
        count = len({run.data.tags[TRAINING] for run in found})
        for run in found:
            if run.data.tags.get(SCORED) != str(count):
                self.client.set_tag(run.info.run_id, SCORED, str(count))
        return count

    def find(self, run_id: str) -> Run | None:
        """The run of a result by its id, or by that of one of its replicates; None if there is none."""
        try:
            run = self.client.get_run(run_id)
            parent = run.data.tags.get("mlflow.parentRunId")
            run = self.client.get_run(parent) if parent else run
        except MlflowException as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise
        return run if PUBLISHED in run.data.tags else None


@contextmanager
def store(root: Path, make: bool = True) -> Iterator[Store]:
    """The project's own MLflow database, or that of the server in MLFLOW_TRACKING_URI, for one process at a time.

    Args:
        make: whether to make the project's own database where it does not exist yet.

    Raises:
        InputError: it does not exist, and is not to be made.
        TrackingError: MLflow cannot be reached or refuses, then or later.
    """
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    for library in ("alembic", "mlflow"):
        logging.getLogger(library).setLevel(logging.WARNING)
    server = os.environ.get("MLFLOW_TRACKING_URI")
    uri = server or f"sqlite:///{database(root)}"
    if not make and not server and not database(root).exists():
        raise InputError(f"{database(root)} does not exist: run `cellbench publish` first")
    try:
        with FileLock(f"{database(root)}.lock"):  # two processes that make the same database at once break it
            if not server and not database(root).exists():
                _create_database(root)
            yield _open(uri, root)
    except (MlflowException, OSError) as error:  # of files: no room for an artifact
        raise _unavailable(uri, error) from None


def database(root: Path) -> Path:
    """The project's own database."""
    return root / "mlflow.db"


def _create_database(root: Path) -> None:
    """Under a temporary name, then rename: MLflow never opens a database again whose creation was killed."""
    part = database(root).with_suffix(".db.part")
    for left in root.glob(f"{part.name}*"):  # by one that was killed, with its journal
        left.unlink()
    _open(f"sqlite:///{part}", root)
    part.replace(database(root))


def _open(uri: str, root: Path) -> Store:
    """A tracking server's store, with our MLflow experiment created or restored if need be."""
    artifacts = (root / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
    try:
        client = MlflowClient(uri)
        known = client.get_experiment_by_name(EXPERIMENT)
        if known and artifacts and known.artifact_location != artifacts:  # MLflow keeps absolute paths
            moved = f"{EXPERIMENT} {known.experiment_id}, before the project moved here"
            client.rename_experiment(known.experiment_id, moved)
            say(f"{database(root)} is from {known.artifact_location}: its runs are kept as '{moved}'")
            known = None
        if known is None:
            tags = {"mlflow.experimentKind": "custom_model_development"}  # how the UI is to show it
            return Store(client, client.create_experiment(EXPERIMENT, artifacts, tags), root)
        if known.lifecycle_stage == "deleted":
            client.restore_experiment(known.experiment_id)
        return Store(client, known.experiment_id, root)
    except Exception as error:  # a store fails in many ways: its own, its driver's, a driver that is not installed
        raise _unavailable(uri, error) from None


def _unavailable(uri: str, error: Exception) -> TrackingError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    advice = "once MLflow answers, run `cellbench publish`"
    if uri.startswith("sqlite:"):
        advice = f"if {uri.removeprefix('sqlite:///')} is broken, delete it; `cellbench publish` makes it again"
        if "%" in uri:
            advice = "MLflow takes no '%' in the path of a project: move this one to another folder"
    return TrackingError(f"MLflow at {uri}: {reason}\nThe results are safe in runs/ and reports/; {advice}.")
