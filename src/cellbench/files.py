"""Files that stages hand to one another: written whole or not at all, the same values as the same bytes."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cellbench.errors import InputError

Row = Mapping[str, Any]


def write_bytes(path: Path, content: bytes) -> None:
    """Write aside, then rename: a reader finds the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    aside.write_bytes(content)
    aside.replace(path)


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write JSON in the order given; NaN and infinity are refused, since JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write rows of equal keys under a header; floats with nine digits, which identify every float32."""
    rows = list(rows)
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows({k: f"{v:.9g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    write_text(path, text.getvalue())


def read_json(path: Path) -> Any:
    """
    Raises:
        InputError: the file is missing or no JSON.
    """
    try:
        return json.loads(read_bytes(path))
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); run `dvc repro` to make it again") from None


def read_csv(path: Path) -> list[dict[str, str]]:
    """
    Raises:
        InputError: the file is missing or has no rows.
    """
    rows = list(csv.DictReader(io.StringIO(read_bytes(path).decode())))
    if not rows:
        raise InputError(f"{path}: no rows; run `dvc repro` to make it again")
    return rows


def read_bytes(path: Path) -> bytes:
    """
    Raises:
        InputError: the file is missing or unreadable.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; run `dvc repro` to make it") from None
