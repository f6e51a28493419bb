"""What a dataset of params.yaml may have to say about its file: proposed in messages, never assumed."""

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from cellbench.config.csv_form import MISSING, CsvForm
from cellbench.data.labels import parse

SEPARATORS = ",;\t|"
DIGITS = re.compile(r"[+-]?[0-9][0-9.,' \u2019]*")
SIGNS: list[dict[str, str]] = [
    {"decimal": "."},
    {"decimal": ","},
    *({"decimal": "," if by == "." else ".", "thousands": by} for by in ".,' \u2019"),
    *({"decimal": ",", "thousands": by} for by in "' \u2019"),
]
"""Of decimals and thousands, the likeliest first."""
DAYS = ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y", "%d/%m/%y",
        "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y-%m-%d", "%b %d %Y",
        "%d/%b/%Y", "%d. %B %Y", "%A, %d %B %Y", "%Y-%j", "%G-W%V-%u", "%Y%m%d"]  # fmt: skip
MONTHS = ["%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%b %y", "%Y %b", "%Y-%b", "%m/%Y", "%m.%Y", "%m-%Y", "%Y/%m", "%Y.%m",
          "%Y %m", "%m-%y", "%y-%b", "%Ym%m"]  # fmt: skip
COMPACT = ["%y%m%d", "%d%m%y", "%m%d%y", "%d%m%Y", "%m%d%Y", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S"]
CLOCKS = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", " %H.%M"]
MARK = re.compile("[^0-9]{1,20}|[<>] ?[0-9.,]{1,20}|#DIV/0!")
FEW = 3
"""Texts, at most, that may all mean a missing value."""


def add(**keys: Any) -> str:
    """The end of a message: what to add to the dataset, as it stands in params.yaml."""
    written = {key: json.dumps(value, ensure_ascii=False) for key, value in keys.items()}
    parts = [f"{key}: {text if text.isprintable() else json.dumps(keys[key])}" for key, text in written.items()]
    return f": add  {', '.join(parts)}"


def thousands_pattern(thousands: str) -> str:
    """A regular expression for the sign between thousands: a space may be one at which no line breaks."""
    return "[ \u00a0\u202f]" if thousands == " " else re.escape(thousands)


def number_pattern(decimal: str = ".", thousands: str | None = None) -> str:
    """A regular expression for numbers so written."""
    point, whole = re.escape(decimal), "[0-9]+"
    if thousands:
        whole = rf"[0-9]{{1,3}}({thousands_pattern(thousands)}[0-9]{{3}})+|[0-9]+"
    return rf"[+-]?(({whole})({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?"


def signs(cells: pd.Series) -> list[dict[str, str]]:
    """Those of SIGNS that make numbers of all cells that have a value."""
    given = [cell for cell in cells if cell.lower() not in MISSING]
    return [one for one in SIGNS if given and all(map(re.compile(number_pattern(**one)).fullmatch, given))]


def number_keys(cells: pd.Series, numeric: pd.Series, form: CsvForm, columns: Sequence[pd.Series]) -> str:
    """How one of the columns may be read that has cells that are no numbers: by other signs, or as missing values."""
    if own := signs(cells):
        numbers = [column[column.str.fullmatch(DIGITS.pattern)] for column in columns]
        possible = [signs(of) for of in numbers if len(of)]
        if not (fitting := [one for one in own if all(one in found for found in possible)]):
            return "; other numbers of the table are written differently: use the same signs in all rows and columns"
        others = [one for one in fitting if one["decimal"] != fitting[0]["decimal"]]
        return add(**fitting[0]) + "".join(f" (or {add(**one)[7:]}, whichever it is)" for one in others[:1])
    texts = cells[~numeric].unique()
    if len(texts) > FEW or (~numeric).mean() > 0.5 or not all(map(MARK.fullmatch, texts)):
        return ""
    return f"; for missing values written as {' and '.join(map(repr, texts))}" + add(
        missing_values=[*form.missing_values, *texts]
    )


def time_formats(labels: Sequence[str]) -> str:
    """The formats that read all labels, in the order of time."""
    found, others = [], [*MONTHS, *(COMPACT if re.fullmatch("[0-9T]{6,}", labels[0]) else [])]
    for form in [*(day + clock for day, clock in product(DAYS, CLOCKS)), *others]:
        if parse(pd.Index(labels[:1]), form).isna().all():
            continue
        moments = parse(pd.Index(labels), form)
        is_read = moments.is_monotonic_increasing or moments.is_monotonic_decreasing  # no label is missing then
        if re.search("%[a-zA-Z]%|%j", form):  # where strptime also reads fewer digits
            is_read &= [*moments.strftime(form)] == [*labels]
        if "%y" in form and form in others and len(labels) > 1:  # not days that are read as years
            is_read &= np.median(np.abs(np.diff(moments))) < np.timedelta64(300, "D")
        if is_read and moments.is_unique:
            found.append(form)
    if not found:
        return ""
    return add(time_format=found[0]) + "".join(f" (or {json.dumps(form)}, whichever it is)" for form in found[1:2])


def layout(lines: Sequence[str], form: CsvForm) -> dict[str, Any]:
    """The keys by which text of irregular rows may be a table: another separator, lines above or below the table."""
    best: tuple[tuple[bool, int], dict[str, Any]] = ((False, 0), {})
    for sep in dict.fromkeys([form.sep, *SEPARATORS]):
        try:
            rows = [next(csv.reader([line], delimiter=sep), []) for line in lines]
        except csv.Error:  # a huge cell
            continue
        width = Counter(map(len, filter(None, rows))).most_common(1)[0][0]
        inside = [n for n, row in enumerate(rows) if len(row) == width]
        start, end = inside[0], inside[-1] + 1
        if len(inside) < max(2, end - start) or any(map(DIGITS.fullmatch, map(str.strip, rows[start]))):
            continue  # not regular, or without a header
        table = pd.DataFrame([[cell.strip() for cell in row] for row in rows[start + 1 : end]], dtype=str)
        numbers = [SIGNS.index(fitting[0]) for column in table if (fitting := signs(table[column]))]
        keys: dict[str, Any] = {"sep": sep} | (SIGNS[max(numbers)] if numbers else {})
        keys |= {"skip_rows": form.skip_rows + start, "skip_footer": form.skip_footer + len(rows) - end}
        new = {key: value for key, value in keys.items() if value != getattr(form, key)}
        if (width > 1 or "decimal" in new) and (width > 1, len(inside)) > best[0]:
            best = (width > 1, len(inside)), new
    return best[1]


def said(new: Mapping[str, Any]) -> str:
    """What a layout means, and what to add for it."""
    words = {
        "sep": "columns seem to be separated by {!r}",
        "decimal": "decimals by {!r}",
        "thousands": "thousands by {!r}",
    }
    found = [word.format(new[key]) for key, word in words.items() if key in new]
    if "skip_rows" in new:
        found.append(f"the table seems to begin in row {new['skip_rows'] + 1}")
    if "skip_footer" in new:
        found.append(f"the table seems to end above the last {new['skip_footer']} line(s)")
    return f"{', '.join(found)}{add(**new)}"
