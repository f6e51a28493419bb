"""Tables of text cells, such as CSV files: read, checked, and understood as numbers.

Rows are named by where they stand in their source: in a CSV file by the line, where the first line is row 1.
"""

import calendar
import codecs
import csv
import io
import re
import string
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from reprlib import repr as shortened

import numpy as np
import pandas as pd

from cellbench import InputError
from cellbench.config.csv_form import MISSING, CsvForm
from cellbench.config.sources import Missing
from cellbench.data.proposals import add, layout, number_keys, number_pattern, said, thousands_pattern

LARGEST = 1e150  # a variance needs the square, which must not overflow
FIRST_BYTES = {b"PK\3\4": "an Excel or zip", b"\xd0\xcf\x11\xe0": "an Excel", b"\x1f\x8b": "a compressed"}
"""Of files that are no text."""
TIME = "[12][0-9]{3}([-/.MQ].*)?|Q[1-4]|" + "|".join(calendar.month_abbr[1:])
"""A header that is a year, with or without a month, a quarter or a month."""


def read_text_table(path: Path, form: CsvForm) -> pd.DataFrame:
    """The cells of a CSV file with a header, without spaces around them.

    Raises:
        InputError: the file is not of this form, or has no rows.
    """
    lines = _decoded(path, form.encoding).rstrip(string.whitespace.replace(form.sep, "")).split("\n")
    lines = lines[form.skip_rows : max(0, len(lines) - form.skip_footer)]
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=form.sep, strict=True)
    rows: dict[int, list[str]] = {}
    line = 1 + form.skip_rows
    try:
        for cells in reader:
            rows[line] = [cell.strip() for cell in cells]
            line = 1 + form.skip_rows + reader.line_num
    except csv.Error as error:
        new = layout(lines, form)
        raise InputError(f"{path}: row {line}: {said(new) if 'sep' in new else f'not valid CSV: {error}'}") from None
    header = rows.pop(1 + form.skip_rows, [])
    if not rows or not any(lines):
        raise InputError(f"{path}: expected a header in row {1 + form.skip_rows} and rows under it")
    irregular = next((line for line, cells in rows.items() if len(cells) != len(header)), None)
    new = layout(lines, form) if irregular or len(header) == 1 else {}
    if "sep" in new or "skip_rows" in new:
        raise InputError(f"{path}: row {1 + form.skip_rows}: {said(new)}")
    if irregular:
        got = f"expected {len(header)} cells as in the header, got {len(rows[irregular])}"
        advice = f"; {said(new)}" if new else ""
        if not new and form.sep == "," and all(len(cells) > len(header) and cells[-1] for cells in rows.values()):
            keys = add(sep=";", decimal=",")
            advice = f"; where decimals are written with commas, save the file with ';' between columns{keys}"
        raise InputError(f"{path}: row {irregular}: {got}{advice}")
    return pd.DataFrame.from_dict(rows, orient="index", columns=header, dtype=str)


def _decoded(path: Path, encoding: str) -> str:
    """The text of a file, its lines ended by line feeds alone."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    for first, kind in FIRST_BYTES.items():
        if content.startswith(first):
            raise InputError(f"{path}: this is {kind} file, not text: save the table as CSV")
    try:
        known = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
        text = io.TextIOWrapper(io.BytesIO(content), known).read()
        if "\0" in text[:2]:
            raise UnicodeError("every other character is empty")
        return text
    except (UnicodeError, ValueError) as error:
        place, other = f"{path}: ", _likely_encoding(content)
        if isinstance(error, UnicodeDecodeError):
            line = content.count(b"\n", 0, error.start) + 1
            place += f"row {line}: not {encoding} text: {error.reason} at byte {error.start}"
        else:
            place += f"not {encoding} text: {error}"
        raise InputError(place + (add(encoding=other) if other != encoding else "")) from None


def _likely_encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in content[:2]:  # without a mark of the order of its bytes
        return "utf-16-be" if content[0] == 0 else "utf-16-le"
    with suppress(UnicodeDecodeError):
        content.decode()
        return "utf-8"
    return "cp1252"


def check_cells(cells: pd.Series, expected: Iterable[str], where: str, advice: str = "") -> None:
    """Refuse the first cell that does not hold what it should.

    Args:
        expected: what each cell should hold; empty if it does.
        where: the source of the table, such as "data/raw/x.csv".
        advice: what to do about it.

    Raises:
        InputError: names row and column of the cell, what was expected, and what it holds.
    """
    for row, cell, wanted in zip(cells.index, cells, expected, strict=False):
        if wanted:
            place = f"{where}: row {row}, column {shortened(cells.name)}"
            raise InputError(f"{place}: expected {wanted}, got {shortened(cell)}{advice}")


def find_column(table: pd.DataFrame, name: str, where: str) -> int:
    """Where a column stands, from 0, by its header or by its position, from 1; headers that look alike are the same.

    Raises:
        InputError: there is no such column, or more than one.
    """
    names = table.columns.tolist()
    found = [n for n, own in enumerate(names) if own == name]
    found = found or [n for n, own in enumerate(names) if _plain(own) == _plain(name)]
    if not found and re.fullmatch("[1-9][0-9]{0,3}", name) and int(name) <= len(names):
        found = [int(name) - 1]
        if re.fullmatch("[0-9.,-]+", names[found[0]]):
            got = f"expected a header, got {names[found[0]]!r}: write one above the first row"
            raise InputError(f"{where}: row 1: {got}")
    if not found:
        written = {own.lower(): own for own in names}
        meant = "".join(
            f"; did you mean {shortened(written[one])}" for one in get_close_matches(name.lower(), written, 1)
        )
        if sum(bool(re.fullmatch(TIME, own)) for own in set(names)) > max(2, len(names) / 2):
            meant = "; the columns seem to be times: write one row per time instead, for example with pandas.melt"
        below = table.index[(table.map(_plain) == _plain(name)).any(axis=1)]
        meant = f"; row {below[0]} has it{add(skip_rows=int(below[0]) - 1)}" if len(below) else meant
        raise InputError(f"{where}: no column {name!r} in {shortened(names)}{meant}")
    if len(found) > 1:
        raise InputError(f"{where}: expected one column {name!r}, got {len(found)}")
    return found[0]


def _plain(header: str) -> str:
    """A header without what cannot be seen: how letters are composed, kinds of spaces, quotes; pandas' name of none."""
    plain = unicodedata.normalize("NFKC", header).strip("\"' \t")
    return "" if re.fullmatch("Unnamed: [0-9]+", plain) else plain


def read_numbers(
    cells: pd.Series, columns: Sequence[pd.Series], missing: Missing, where: str, form: CsvForm
) -> pd.Series:
    """The numbers in one of the columns of numbers, NaN where a value is missing.

    Raises:
        InputError: a cell holds no number, a huge one, or none where there must be one.
    """
    numeric = cells.str.fullmatch(number_pattern(form.decimal, form.thousands))
    digits = cells.str.replace(thousands_pattern(form.thousands), "", regex=True) if form.thousands else cells
    values = digits.where(numeric, "nan").str.replace(form.decimal, ".", regex=False).astype(float)
    marks = form.missing_values
    gaps = cells.str.lower().isin(MISSING) | cells.isin([str(mark) for mark in marks])
    gaps |= values.isin([mark for mark in marks if not isinstance(mark, str)])
    values = values.mask(gaps)
    outer = np.isin(np.arange(len(cells)), [0, len(cells) - 1])
    hint = "(in a CSV file, `missing: interpolate` fills in a missing value, `missing: drop` drops its row)"
    if (wrong := ~gaps & ~numeric).any():
        advice = number_keys(cells[~gaps], numeric[~gaps], form, columns)
        check_cells(cells, np.where(wrong, "a number", ""), where, advice)
    expected = {
        f"a number {hint}": gaps & (missing == "error"),
        "a number in the first and last row to interpolate from": gaps & outer & (missing == "interpolate"),
        f"a number of size {LARGEST:g} at most": values.abs() > LARGEST,
    }
    check_cells(cells, np.select(list(expected.values()), list(expected), ""), where)
    return values
