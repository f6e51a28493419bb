"""How a CSV file is written: keys of its dataset, named as pandas names them where it has a name."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cellbench.config.sections import Section


def _check_sep(sep: str) -> str:
    if len(sep) != 1 or sep in '\r\n"':
        raise ValueError(r"must be one character, such as ; or \t")
    return sep


def _check_encoding(encoding: str) -> str:
    try:
        "a".encode(encoding)
    except (LookupError, ValueError):
        raise ValueError("must be an encoding that Python knows, such as cp1252 or utf-16") from None
    return encoding


def _check_time_format(form: str) -> str:
    with suppress(ValueError, re.error):  # of a letter that stands twice
        datetime.strptime(datetime(2020, 12, 31, tzinfo=UTC).strftime(form), form)
        if "%" in form:
            return form
    raise ValueError("must be a format of strptime, such as %d.%m.%Y")


def _check_mark(mark: Any) -> Any:
    if isinstance(mark, bool) or not isinstance(mark, str | int | float) or mark != mark:
        raise ValueError("must be text or a number")
    return mark


Lines = Annotated[int, Field(ge=0)]
MISSING = ["", "na", "n/a", "#n/a", "#n/a n/a", "#na", "<na>", "nan", "-nan", "null", "none",
           "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"]  # fmt: skip
"""What means a missing value in a column of numbers: pandas' list, in any case of letters."""


class CsvForm(Section):
    """What may differ between CSV files that hold the same."""

    sep: Annotated[str, AfterValidator(_check_sep)] = ","
    """Between the columns."""
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'", "\u2019", "_"] | None = None
    encoding: Annotated[str, AfterValidator(_check_encoding)] = "utf-8"
    skip_rows: Lines = 0
    """Lines above the header."""
    skip_footer: Lines = 0
    """Lines below the last row."""
    missing_values: list[Annotated[Any, BeforeValidator(_check_mark)]] = []
    """What means a missing value besides MISSING: text, or a number."""
    time_format: Annotated[str, AfterValidator(_check_time_format)] | None = None
    """Of the time labels, in the letters of strptime; without one, they are recognised."""
    spacing: Literal["calendar", "rows"] = "calendar"
    """Whether the times of rows must be equally spaced, or each row is a step, whatever its time."""

    @model_validator(mode="after")
    def _distinct(self) -> "CsvForm":
        if self.thousands == self.decimal:
            raise ValueError(f"decimal and thousands must differ, got {self.decimal!r} for both")
        return self


USUAL = CsvForm()
