"""A series from a CSV file; a file of monthly sales and prices, written and read; the keys that a message proposes."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from cellbench.config.csv_form import CsvForm
from cellbench.config.sources import Missing
from cellbench.data.series import Series, series_of_table
from cellbench.data.table import read_text_table

GOOD = "month,sales,price\n2020-01,5,1.5\n2020-02,6,1.5\n2020-03,4,2\n"


def read_csv_file(path: Path, target: str, time: str | None, features: Sequence[str], missing: Missing) -> Series:
    (series,) = series_of_table(read_text_table(path, CsvForm()), target, time, features, missing, str(path))
    return series


def read(file: Path, content: str | bytes, missing: Missing = "error", time: str | None = "month") -> Series:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv_file(file, "sales", time, ["price"], missing)


def read_sales(file: Path, *cells: str, missing: Missing = "error") -> Series:
    file.write_text("\n".join(["sales", *cells]))
    return read_csv_file(file, "sales", None, [], missing)


def added(message: str) -> dict[str, Any]:
    """The keys that a message says to add, as YAML reads them."""
    keys = re.search(r": add  (.*)$", message)
    assert keys, message
    found: dict[str, Any] = yaml.safe_load("{" + re.sub(r" \(or .*\)$", "", keys[1]) + "}")
    return found
