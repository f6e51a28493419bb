"""What DVC says of stages in dvc.yaml and dvc.lock, and its digests of files and folders, without DVC itself."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml.resolver import implicit_resolvers

from cellbench.errors import InputError
from cellbench.files import read_bytes


class Loader(yaml.CSafeLoader):
    """Reads what DVC writes in a twentieth of the time of DVC's own parser, by the same rules: those of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _versions, _tag, _pattern, _first in implicit_resolvers:
    if (1, 2) in _versions:
        Loader.add_implicit_resolver(_tag, _pattern, _first)


def read_stages(path: Path) -> dict[str, Any]:
    """The stages in a dvc.yaml or dvc.lock.

    Raises:
        InputError: the file is missing, or was cut off.
    """
    try:
        return yaml.load(read_bytes(path), Loader).get("stages", {})  # type: ignore[no-any-return]
    except (yaml.YAMLError, AttributeError) as error:
        raise InputError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None


def recorded(stages: dict[str, Any], stage: str) -> dict[str, Any]:
    """What dvc.lock says of a stage.

    Raises:
        InputError: nothing.
    """
    if stage not in stages:
        raise InputError(f"dvc.lock: the stage {stage} has not run yet; run `dvc repro`")
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
