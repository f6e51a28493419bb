"""Where MLflow keeps the runs: the project's own database, or the server that MLFLOW_TRACKING_URI names.

mlflow is imported only once something has to be written: what is there already is asked of the database itself.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cellbench import InputError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "cellbench"
TRAINING = "cellbench.training"
"""The tag with the key of the training, which a run gets when it is begun."""
HERE = "cellbench.here"
"""The tag that it has until all of it is there."""
KEY = "cellbench.key"
"""The tag with the key of the result."""
PUBLISHED = "cellbench.published"
"""The same, once all of it is there."""


class TrackingError(InputError):
    """MLflow can not be reached or refuses; the results themselves are whole."""


def published_keys(root: Path) -> set[str]:
    """The keys of the runs in the project's own database, found without importing mlflow; none of another server."""
    if os.environ.get("MLFLOW_TRACKING_URI") or not _is_usable(root):
        return set()
    query = """select value from tags join runs using (run_uuid) join experiments using (experiment_id)
        where key = ? and runs.lifecycle_stage = 'active' and experiments.lifecycle_stage = 'active'"""
    return {key for (key,) in _select(root, query, PUBLISHED)}


def has_left_running(root: Path) -> bool:
    """Whether the project's own database has runs that are not finished, found without importing mlflow."""
    query = """select run_uuid from runs join tags using (run_uuid)
        where key = ? and status = 'RUNNING' and lifecycle_stage = 'active'"""
    return not os.environ.get("MLFLOW_TRACKING_URI") and bool(_select(root, query, HERE))


@contextmanager
def store(root: Path) -> Iterator[tuple["MlflowClient", str]]:
    """MLflow's client and the id of our MLflow experiment, for one process at a time.

    Raises:
        TrackingError: MLflow can not be reached or refuses, then or later.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    import logging

    from filelock import FileLock
    from mlflow.exceptions import MlflowException

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    own = not os.environ.get("MLFLOW_TRACKING_URI")
    uri = f"sqlite:///{database(root)}" if own else os.environ["MLFLOW_TRACKING_URI"]
    try:
        # Two processes that make the same database at once break it for good.
        with FileLock(f"{database(root)}.lock"):
            if own and not _is_usable(root):
                _make_database(root)
            yield _open(uri, root)
    except (MlflowException, OSError) as error:  # of files: an artifact for which there is no room
        raise _unavailable(uri, error) from None


def find_run(client: "MlflowClient", run_id: str) -> "Run | None":
    """The run of a result by its id, or by that of one of its replicates; None if there is none."""
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
        parent = run.data.tags.get("mlflow.parentRunId")
        run = client.get_run(parent) if parent else run
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise
    return run if PUBLISHED in run.data.tags else None


def runs_by_key(client: "MlflowClient", experiment: str) -> dict[str, str]:
    """The id of the run of every published result."""
    found: dict[str, str] = {}
    token = None
    while token != "":
        page = client.search_runs([experiment], f"tags.`{PUBLISHED}` != ''", max_results=1000, page_token=token)
        found |= {run.data.tags[PUBLISHED]: run.info.run_id for run in page}
        token = page.token or ""
    return found


def database(root: Path) -> Path:
    """The project's own database."""
    return root / "mlflow.db"


def _make_database(root: Path) -> None:
    """Make a new database aside, so that one is there whole or not at all; what was there is kept as mlflow.db.old."""
    part = database(root).with_suffix(".db.part")
    for left in root.glob(f"{part.name}*"):  # by one that was killed, with its journal
        left.unlink()
    _open(f"sqlite:///{part}", root)
    if database(root).exists():
        database(root).replace(database(root).with_suffix(".db.old"))
        print(f"{database(root)} is broken or came from another folder: kept as mlflow.db.old, a new one is made")
    part.replace(database(root))


def _open(uri: str, root: Path) -> tuple["MlflowClient", str]:
    """A client of a tracking server, and the id of our MLflow experiment: made, or taken out of the bin, if need be."""
    from mlflow import MlflowClient

    try:
        client = MlflowClient(uri)
        known = client.get_experiment_by_name(EXPERIMENT)
        if known is None:
            artifacts = None if uri.startswith("http") else _artifacts(root)
            tags = {"mlflow.experimentKind": "custom_model_development"}  # how the UI is to show it
            return client, client.create_experiment(EXPERIMENT, artifacts, tags)
        if known.lifecycle_stage == "deleted":
            client.restore_experiment(known.experiment_id)
        return client, known.experiment_id
    except Exception as error:  # a store fails in many ways: its own, its driver's, a driver that is not installed
        raise _unavailable(uri, error) from None


def _unavailable(uri: str, error: Exception) -> TrackingError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return TrackingError(
        f"MLflow at {uri}: {reason}\n"
        "The results themselves are safe in runs/ and reports/; once MLflow answers, run `cellbench publish`."
    )


def _is_usable(root: Path) -> bool:
    """Whether there is a database of this folder: MLflow writes the absolute place of its artifacts into it."""
    locations = _select(root, "select artifact_location from experiments where name = ?", EXPERIMENT)
    return bool(locations) and all(location == _artifacts(root) for (location,) in locations)


def _artifacts(root: Path) -> str:
    return (root / "mlartifacts").as_uri()


def _select(root: Path, query: str, value: str) -> list[tuple[str]]:
    """What the project's database answers; nothing where there is none, or none with such tables."""
    if not database(root).exists():
        return []
    try:
        with closing(sqlite3.connect(f"{database(root).as_uri()}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(query, (value,)).fetchall()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN}:
            raise TrackingError(f"{database(root)}: {error}; once it is free, run `cellbench publish`") from None
        return []
