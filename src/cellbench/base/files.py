"""Files that stages hand to one another: written whole or not at all, the same values as the same bytes."""

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cellbench import InputError

Row = Mapping[str, Any]


def write_bytes(path: Path, content: bytes) -> None:
    """Write one file whole or not at all; see `write_together`."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write several files, all of them or none: aside first, then rename. A power cut leaves no half of one, either.

    Raises:
        InputError: the disk is full, or takes no file there.
    """
    asides = {path: path.with_name(path.name + ".part") for path in contents}
    try:
        for path, aside in asides.items():
            if path.is_dir():
                raise InputError(f"{path}: cannot be written: it is a folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as file:
                file.write(contents[path])
                file.flush()
                os.fsync(file.fileno())
        for path, aside in asides.items():
            aside.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        for aside in asides.values():
            with suppress(OSError):
                aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write JSON in the order given; NaN and infinity are refused, since JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    write_bytes(path, csv_bytes(rows))


def csv_bytes(rows: Iterable[Row]) -> bytes:
    """Rows of equal keys under a header; floats with nine digits, which identify every float32."""
    rows = list(rows)
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows({k: f"{v:.9g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    return text.getvalue().encode()


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
