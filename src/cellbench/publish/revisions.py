"""The results of another revision: a commit, a tag, a branch, or an experiment that `dvc exp run` saved."""

import re
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException
from dvc_data.index import DataIndexDirError

from cellbench import InputError
from cellbench.publish.provenance import FULL, SOURCES, Origin, git

RESULTS = ("params.yaml", "src", "data", "recipes", "runs", "reports")
EXPERIMENT = re.compile(r"(?P<sha>\w+) refs/exps/(?P<begin>[0-9a-f]{2})/(?P<rest>[0-9a-f]{38})/(?P<name>.+)")
"""How git lists what DVC saves of an experiment: under the commit that it began from."""


class Revision(NamedTuple):
    """A commit with results, and where its sources come from."""

    sha: str
    origin: Origin


def saved_experiments() -> list[Revision]:
    """All experiments that `dvc exp run` saved, the oldest first."""
    listed = git("for-each-ref", "--sort=committerdate", "--format=%(objectname) %(refname)", "refs/exps")
    found = []
    for match in filter(None, map(EXPERIMENT.fullmatch, listed.splitlines())):
        baseline = match["begin"] + match["rest"]
        changes = git("diff", *FULL, baseline, match["sha"], "--", *SOURCES)
        found.append(Revision(match["sha"], Origin(baseline, changes, match["name"])))
    return found


def find(name: str) -> Revision:
    """The revision of a name: that of a DVC experiment, or anything that git knows a commit by.

    Raises:
        InputError: there is none, or several experiments have the name.
    """
    named = [revision for revision in saved_experiments() if name in (revision.origin.experiment, revision.sha)]
    if len(named) > 1:
        shas = ", ".join(revision.sha for revision in named)
        raise InputError(f"{name}: several experiments have this name; say which one: {shas}")
    if named:
        return named[0]
    commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip()
    if not commit:
        raise InputError(f"{name}: neither a git revision nor an experiment that `dvc exp list` names")
    return Revision(commit, Origin(commit, ""))


@contextmanager
def results_of(revision: Revision) -> Iterator[None]:
    """Work in a folder that holds the results of a revision as its pipeline left them; it is gone afterwards.

    Raises:
        InputError: it has none, or one of them lies neither in DVC's cache nor in its remote.
    """
    label = revision.origin.experiment or revision.sha
    with TemporaryDirectory() as folder:
        try:
            files = DVCFileSystem(rev=revision.sha)
            if not files.exists("dvc.lock"):
                raise InputError(f"{label}: has no dvc.lock, in which DVC records what it ran")
            for name in RESULTS:
                files.get(name, str(Path(folder) / name), recursive=True)
        except (DvcException, DataIndexDirError, OSError) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise InputError(f"{label}: its results are not there ({reason}); try `dvc fetch --all-commits`") from None
        with chdir(folder):
            yield
