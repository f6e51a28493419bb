"""The results of another revision: a commit, a tag, a branch, or an experiment that `dvc exp run` saved."""

from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException
from dvc_data.index import DataIndexDirError

from cellbench import InputError
from cellbench.publish.provenance import FULL, SOURCES, Origin, git

RESULTS = ("params.yaml", "src", "data", "recipes", "runs", "reports")


def saved_experiments() -> list[Origin]:
    """All experiments that `dvc exp run` saved, the oldest first."""
    saved = "refs/exps/??/*/*"  # under the commit that it began from: its first two digits, the others, its name
    found = []
    for line in git("for-each-ref", "--sort=committerdate", "--format=%(objectname)/%(refname)", saved).splitlines():
        sha, _, _, begin, rest, name = line.split("/")
        changes = git("diff", *FULL, begin + rest, sha, "--", *SOURCES)
        found.append(Origin(begin + rest, changes, name, sha))
    return found


def find(name: str) -> Origin:
    """The revision of a name: that of a DVC experiment, or anything that git knows a commit by.

    Raises:
        InputError: there is none, or several experiments have the name.
    """
    named = [origin for origin in saved_experiments() if name in (origin.experiment, origin.saved)]
    if len(named) > 1:
        shas = ", ".join(origin.saved for origin in named)
        raise InputError(f"{name}: several experiments have this name; say which one: {shas}")
    if named:
        return named[0]
    commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip()
    if not commit:
        raise InputError(f"{name}: neither a git revision nor an experiment that `dvc exp list` names")
    return Origin(commit, "", saved=commit)


@contextmanager
def results_of(origin: Origin) -> Iterator[None]:
    """Work in a folder that holds the results of a revision as its pipeline left them; it is gone afterwards.

    Raises:
        InputError: it has none, or one of them lies neither in DVC's cache nor in its remote.
    """
    label = origin.experiment or origin.saved
    with TemporaryDirectory() as folder:
        try:
            files = DVCFileSystem(rev=origin.saved)
            if not files.exists("dvc.lock"):
                raise InputError(f"{label}: has no dvc.lock, in which DVC records what it ran")
            for name in RESULTS:
                files.get(name, str(Path(folder) / name), recursive=True)
        except (DvcException, DataIndexDirError, OSError) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise InputError(f"{label}: its results are not there ({reason}); try `dvc fetch --all-commits`") from None
        with chdir(folder):
            yield
