"""DVC's digests of files and folders, for what has to be compared with what it recorded, or without it."""

import hashlib
import json
from pathlib import Path

from cellbench.files import read_bytes


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
