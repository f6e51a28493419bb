"""Files that stages hand to one another: never half written, and the same values as the same bytes."""

import io
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from cellbench import InputError

Card = TypeVar("Card", bound=BaseModel)
DIGITS = 8
"""Significant digits of a stored result: processors round its double precision differently, in the 15th or 16th."""
LABELS = ("series", "time", "period", "forecaster", "experiment", "weight", "gate")
"""Columns whose entries are text, exactly as written: the label 1900 or 007 is not a number."""


def write_bytes(path: Path, content: bytes) -> None:
    """Write one file; see `write_together`."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write several files: to temporary names first, then rename; no file is ever half written.

    If one cannot be written to its temporary name, none is renamed.

    Raises:
        InputError: the disk is full, or a file cannot be written there.
    """
    parts = {path: path.with_name(path.name + ".part") for path in contents}
    try:
        for path, part in parts.items():
            if path.is_dir():
                raise InputError(f"{path}: cannot be written: it is a folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(contents[path])
                file.flush()
                os.fsync(file.fileno())
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)


def keep_only(folder: Path, written: Iterable[Path]) -> None:
    """Remove from a folder what an earlier run of a stage left there: all files but those written now."""
    for path in {path for path in folder.rglob("*") if path.is_file()} - set(written):
        path.unlink()


def write_json(path: Path, value: Any) -> None:
    """Write JSON in the order given; NaN and infinity are refused, since JSON has none."""
    write_bytes(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV; see `csv_bytes`."""
    write_bytes(path, csv_bytes(table))


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV: floats in single precision, with the nine digits that identify them; missing ones are empty."""
    single = table.astype(dict.fromkeys(table.select_dtypes("float"), np.float32))
    return single.to_csv(index=False, float_format="%.9g", lineterminator="\n").encode()


def rounded(value: Any, digits: int = DIGITS) -> Any:
    """Dicts and lists of results with every float rounded to so many significant digits."""
    if isinstance(value, dict):
        return {key: rounded(entry, digits) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry, digits) for entry in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def read_json(path: Path) -> Any:
    """
    Raises:
        InputError: the file is missing or no JSON.
    """
    try:
        return json.loads(read_bytes(path))
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); run `dvc repro` to make it again") from None


def read_card(path: Path, kind: type[Card]) -> Card:
    """A typed description, which was written as JSON.

    Raises:
        InputError: the file is missing, or is not what this version of the project writes.
    """
    try:
        return kind.model_validate(read_json(path))
    except ValidationError as error:
        key = ".".join(map(str, error.errors()[0]["loc"]))
        raise InputError(f"{path}: {key}: {error.errors()[0]['msg']}; run `dvc repro` to make it again") from None


def read_table(path: Path) -> pd.DataFrame:
    """A CSV file with a header; empty cells are NaN.

    Raises:
        InputError: the file is missing or broken, or has no rows.
    """
    try:
        table = pd.read_csv(
            io.BytesIO(read_bytes(path)),
            dtype=dict.fromkeys(LABELS, str),
            keep_default_na=False,
            na_values=[""],
            low_memory=False,
            float_precision="round_trip",
        )
    except ValueError as error:
        raise InputError(f"{path}: not valid CSV ({str(error).strip()}); run `dvc repro` to make it again") from None
    if table.empty:
        raise InputError(f"{path}: no rows; run `dvc repro` to make it again")
    return table


def read_bytes(path: Path) -> bytes:
    """
    Raises:
        InputError: the file is missing or unreadable.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; run `dvc repro` to make it") from None
