"""Tables of text cells, such as CSV files: read, checked, and understood as numbers.

Rows are named by where they stand in their source: in a CSV file by the line, where the header is row 1.
"""

import csv
import io
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from reprlib import repr as shortened

import numpy as np
import pandas as pd

from cellbench import InputError
from cellbench.config.sources import Missing

NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
LARGEST = 1e150  # a variance needs the square, which must not overflow
MISSING = ["", "na", "nan", "null", "none"]


def read_text_table(path: Path) -> pd.DataFrame:
    """The cells of a CSV file (UTF-8, commas, a header in the first row), without spaces around them.

    Raises:
        InputError: the file is not of this kind, or has no rows.
    """
    try:
        text = path.read_text(encoding="utf-8-sig").rstrip()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: row {line}: not UTF-8 text: {error.reason} at byte {error.start}") from None
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: dict[int, list[str]] = {}
    line = 1
    try:
        for cells in reader:
            rows[line] = [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}: row {line}: not valid CSV: {error}") from None
    header = rows.pop(1, [])
    if not rows or not header:
        raise InputError(f"{path}: expected a header in row 1 and rows under it")
    for line, cells in rows.items():
        if len(header) == 1 and (other := re.search("[;\t|]", header[0])) and other[0] in "".join(cells):
            raise InputError(f"{path}: row 1: expected commas between the columns, got {other[0]!r}")
        if len(cells) != len(header):
            raise InputError(f"{path}: row {line}: expected {len(header)} cells as in the header, got {len(cells)}")
    return pd.DataFrame.from_dict(rows, orient="index", columns=header, dtype=str)


def check_cells(cells: pd.Series, expected: Iterable[str], where: str) -> None:
    """Refuse the first cell that does not hold what it should.

    Args:
        expected: what each cell should hold; empty if it does.
        where: the source of the table, such as "data/raw/x.csv".

    Raises:
        InputError: names row and column of the cell, what was expected, and what it holds.
    """
    for row, cell, wanted in zip(cells.index, cells, expected, strict=False):
        if wanted:
            place = f"{where}: row {row}, column {shortened(cells.name)}"
            raise InputError(f"{place}: expected {wanted}, got {shortened(cell)}")


def find_column(table: pd.DataFrame, name: str, where: str) -> pd.Series:
    """The cells of a column.

    Raises:
        InputError: there is no such column, or more than one.
    """
    names = table.columns.tolist()
    if name not in names:
        meant = "".join(f"; did you mean {shortened(close)}" for close in get_close_matches(name, names, n=1))
        raise InputError(f"{where}: no column {name!r} in {shortened(names)}{meant}")
    if names.count(name) > 1:
        raise InputError(f"{where}: expected one column {name!r}, got {names.count(name)}")
    return table[name]


def read_numbers(cells: pd.Series, missing: Missing, where: str) -> pd.Series:
    """The numbers in a column, NaN where a value is missing.

    Raises:
        InputError: a cell holds no number, a huge one, or none where there must be one.
    """
    gaps, numeric = cells.str.lower().isin(MISSING), cells.str.fullmatch(NUMBER)
    values = cells.where(numeric, "nan").astype(float)
    outer = np.isin(np.arange(len(cells)), [0, len(cells) - 1])
    hint = "(in a CSV file, `missing: interpolate` fills in a missing value, `missing: drop` drops its row)"
    expected = {
        f"a number {hint}": gaps & (missing == "error"),
        "a number in the first and last row to interpolate from": gaps & outer & (missing == "interpolate"),
        "a number": ~gaps & ~numeric,
        f"a number of size {LARGEST:g} at most": values.abs() > LARGEST,
    }
    check_cells(cells, np.select(list(expected.values()), list(expected), ""), where)
    return values
