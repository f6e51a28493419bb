"""What DVC says, without DVC itself: where the repository is, what its stages are, the digests of files and folders."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cellbench import InputError
from cellbench.base.files import read_bytes

PIPELINE = Path("pipeline/dvc.yaml")
"""Where the stages that make results are, and what each depends on."""
RECORD = PIPELINE.with_suffix(".lock")
"""What DVC recorded when it ran them."""


def repository_root() -> Path:
    """The user's repository, also for a stage that DVC runs in a temporary copy of it."""
    return Path(os.environ.get("DVC_ROOT", ".")).resolve()


def address(stage: str) -> str:
    """How a DVC command names a stage of the pipeline, such as `train@lstm`."""
    return f"{PIPELINE}:{stage}"


def rerun_command(stage: str) -> str:
    """What makes the outputs of a stage anew, also if those are broken that DVC keeps."""
    return f"dvc repro --force {address(stage)}"


def read_stages(path: Path) -> dict[str, Any]:
    """The stages in a dvc.yaml or dvc.lock.

    Raises:
        InputError: the file is missing, or was cut off.
    """
    return load_yaml(path).get("stages", {})  # type: ignore[no-any-return]


def load_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that DVC wrote, or has read itself, parsed in C as DVC does.

    Raises:
        InputError: the file is missing, or was cut off.
    """
    try:
        content = YAML(typ="safe").load(read_bytes(path))
    except YAMLError as error:
        raise InputError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: cannot be read: it is no mapping")
    return content


def recorded(stages: dict[str, Any], stage: str) -> dict[str, Any]:
    """What DVC recorded of a stage.

    Raises:
        InputError: the stage has not run yet.
    """
    if stage not in stages:
        raise InputError(f"{RECORD}: the stage {stage} has not run yet; run `dvc repro`")
    return stages[stage]  # type: ignore[no-any-return]


def digest(path: Path) -> str:
    """DVC's digest of a file or folder; compiled Python is left out, as .dvcignore says.

    Raises:
        InputError: the file is missing or unreadable.
    """
    if not path.is_dir():
        return hashlib.md5(read_bytes(path)).hexdigest()
    files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
    listed = [{"md5": digest(file), "relpath": name} for name, file in sorted(files.items()) if _is_kept(file)]
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest() + ".dir"


def _is_kept(file: Path) -> bool:
    return "__pycache__" not in file.parts and file.suffix != ".pyc"
