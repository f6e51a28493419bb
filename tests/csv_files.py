"""A CSV file of monthly sales and prices, written and read."""

from pathlib import Path

from cellbench.preparation.csv_file import Missing, read_csv_file
from cellbench.preparation.series import Series

GOOD = "month,sales,price\n2020-01,5,1.5\n2020-02,6,1.5\n2020-03,4,2\n"


def read(file: Path, content: str | bytes, missing: Missing = "error", time: str | None = "month") -> Series:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv_file(file, "sales", time, ["price"], missing)


def read_sales(file: Path, *cells: str, missing: Missing = "error") -> Series:
    file.write_text("\n".join(["sales", *cells]))
    return read_csv_file(file, "sales", None, [], missing)
