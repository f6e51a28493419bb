"""A series from a CSV file, whose mistakes are told by row and column: a row is its line, the header being row 1."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from reprlib import repr as shortened

import numpy as np

from cellbench import InputError
from cellbench.base.params.sources import Missing
from cellbench.preparation.series import Array, Series
from cellbench.preparation.timeline import numbered, read_timeline

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
LARGEST = 1e150  # a variance needs the square, which must not overflow
MISSING = {"", "na", "nan", "null", "none"}
SHOWN = 20

Column = list[tuple[str, str]]
"""Where a cell stands, as errors say it, and what it holds."""


def read_csv_file(path: Path, target: str, time: str | None, features: Sequence[str], missing: Missing) -> Series:
    """The series in a CSV file: UTF-8, commas, a header in the first row.

    Args:
        time: the column of time labels; None takes the rows as equally spaced.
        missing: whether a missing value is an error, filled in from its neighbours, or its row left out.

    Raises:
        InputError: the file is none of this kind, a column is not there, or a cell does not hold what it must.
    """
    header, rows = _read_rows(path, target)
    names = (target, *features)
    columns = [_column(name, header, rows, path) for name in names]
    if time is None:
        timeline = numbered(len(rows))
    else:
        labels = _column(time, header, rows, path)
        timeline = read_timeline([label for _, label in labels], lambda index: labels[index][0])

    values = np.column_stack([_numbers(column, missing) for column in columns])
    observed = np.isfinite(values.sum(axis=1))
    if missing == "drop":
        timeline, values, observed = timeline.keep(observed), values[observed], observed[observed]
    if missing == "interpolate":
        values = np.column_stack([_interpolated(*pair) for pair in zip(values.T, columns, strict=True)])
    if not len(values):
        raise InputError(f"{path}: expected a row without missing values, got none")
    if np.ptp(values[:, 0]) == 0:
        raise InputError(f"{path}: column {shortened(target)} is constant: there is nothing to forecast")
    return Series(timeline, names, values, observed)


def _read_rows(path: Path, target: str) -> tuple[list[str], dict[int, list[str]]]:
    """The header, and the rows under it by their line."""
    text = _read_text(path)
    first = text.partition("\n")[0].strip()
    if "," not in first and first != target and (other := re.search("[;\t|]", first)):
        raise InputError(f"{path}: row 1: expected commas between the columns, got {other[0]!r}")
    records = list(_records(text, path))
    while records and _is_blank(records[-1][1]):
        records.pop()
    if not records:
        raise InputError(f"{path}: expected a header and rows, got an empty file")
    (_, header), *rows = records
    for line, cells in records:
        if _is_blank(cells):
            raise InputError(f"{path}: row {line}: expected cells, got a blank line")
        if len(cells) != len(header):
            raise InputError(f"{path}: row {line}: expected {len(header)} cells as in the header, got {len(cells)}")
    if not rows:
        raise InputError(f"{path}: expected rows under the header, got none")
    return [name.strip() for name in header], dict(rows)


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        text = raw.decode()
        if "\0" not in text:  # what UTF-16 is full of
            return text.removeprefix("\ufeff")
        start = raw.index(0)
    except UnicodeDecodeError as error:
        start = error.start
    line = raw.count(b"\n", 0, start) + 1
    raise InputError(f"{path}: row {line}: expected UTF-8 text, got the byte 0x{raw[start]:02x} at offset {start}")


def _records(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the line that it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f'{path}: row {line}: expected CSV with commas and " as quotes: {error}') from None


def _is_blank(cells: list[str]) -> bool:
    return not cells or (len(cells) == 1 and cells[0].isspace())  # but "" in quotes is a missing value


def _column(name: str, header: list[str], rows: dict[int, list[str]], path: Path) -> Column:
    if name not in header:
        there = ", ".join(map(shortened, header[:SHOWN])) + (", ..." if len(header) > SHOWN else "")
        close = get_close_matches(name, header, n=1)
        meant = f"; did you mean {shortened(close[0])}" if close else ""
        raise InputError(f"{path}: row 1: no column {name!r}; there are {there}{meant}")
    if header.count(name) > 1:
        raise InputError(f"{path}: row 1: expected one column {name!r}, got {header.count(name)}")
    position = header.index(name)
    return [(f"{path}: row {line}, column {shortened(name)}", cells[position].strip()) for line, cells in rows.items()]


def _numbers(column: Column, missing: Missing) -> Array:
    """A column's values `(N,)`, NaN where one is missing."""
    values = np.full(len(column), np.nan)
    for index, (place, cell) in enumerate(column):
        if cell.lower() in MISSING:
            if missing == "error":
                ways = "`missing: interpolate` would fill it in, `missing: drop` leave the row out"
                raise InputError(f"{place}: expected a number, got a missing value; {ways}")
        elif not NUMBER.fullmatch(cell):
            raise InputError(f"{place}: expected a number, got {shortened(cell)}")
        elif abs(float(cell)) > LARGEST:
            raise InputError(f"{place}: expected a number of size {LARGEST:g} at most, got {shortened(cell)}")
        else:
            values[index] = float(cell)
    return values


def _interpolated(values: Array, column: Column) -> Array:
    """Values `(N,)` with straight lines across the missing ones."""
    for end in (0, -1):
        if np.isnan(values[end]):
            place, _ = column[end]
            raise InputError(f"{place}: expected a number to interpolate from, got a missing value at the end")
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), known, values[known])
