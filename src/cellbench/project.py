"""Where the project lies, and how its stages are run again."""

import os
from pathlib import Path

from cellbench import InputError


def repository_root() -> Path:
    """The user's repository; also for a stage that DVC runs in a temporary copy of it, where DVC_ROOT names it."""
    return Path(os.environ.get("DVC_ROOT", ".")).resolve()


def find_project(named: Path | None) -> Path:
    """The folder with params.yaml, as seen from the current one: the named one, or the nearest here or above.

    Raises:
        InputError: there is none.
    """
    where = named or Path.cwd()
    for folder in [where] if named else [where, *where.parents]:
        if (folder / "params.yaml").is_file():
            return Path(os.path.relpath(folder))
    place = "there" if named else "here or above"
    raise InputError(f"{where}: no params.yaml {place}; run this inside a project, or name it: cellbench --project DIR")


def rerun_command(stage: str) -> str:
    """The command that makes a stage such as `train@lstm` run again, even if DVC's cached outputs are broken."""
    return f"dvc repro --force --single-item {stage}"
