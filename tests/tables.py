"""A table of monthly sales and prices as text, and how it is read, refused, or read by what a message says."""

from pathlib import Path
from typing import Any

import pytest

from cellbench import InputError
from cellbench.config.csv_form import CsvForm
from cellbench.config.sources import Missing
from cellbench.data.series import Series, series_of_table
from cellbench.data.table import read_text_table
from csv_files import added

NBSP, NARROW = "\u00a0", "\u202f"
TABLE = "month;sales;price\n2020-01;1.234,5;2,5\n2020-02;1.012.345,25;-0,5\n2020-03;7;12\n"
VALUES = [[1234.5, 2.5], [1012345.25, -0.5], [7, 12]]
GERMAN = {"sep": ";", "decimal": ",", "thousands": "."}


def signs(sep: str, decimal: str, thousands: str) -> str:
    """TABLE with other signs."""
    return TABLE.translate(str.maketrans({";": sep, ",": decimal, ".": thousands}))


def series_in(
    file: Path, target: str = "sales", time: str | None = "month", features: tuple[str, ...] = ("price",),
    missing: Missing = "error", series: str | None = None, **keys: Any,
) -> list[Series]:  # fmt: skip
    form = CsvForm(**keys)
    return series_of_table(read_text_table(file, form), target, time, features, missing, str(file), series, form)


def read(file: Path, content: str | bytes, **keys: Any) -> Series:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    (series,) = series_in(file, **keys)
    return series


def refused(file: Path, content: str | bytes, **keys: Any) -> str:
    with pytest.raises(InputError) as raised:
        read(file, content, **keys)
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value).removeprefix(f"{file}: ")


def followed(file: Path, content: str | bytes) -> tuple[Series, dict[str, Any]]:
    """The series, and the keys by which it is read after all, when whatever a message says is added."""
    keys: dict[str, Any] = {}
    for _ in range(4):
        try:
            return read(file, content, **keys), keys
        except InputError as error:
            keys |= added(str(error))
    raise AssertionError(keys)
