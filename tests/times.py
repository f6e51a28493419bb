"""Time labels, read as a column of a file."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from cellbench import InputError
from cellbench.config.csv_form import CsvForm
from cellbench.data.timeline import Timeline, read_timeline


def read(labels: Sequence[str], **said: Any) -> Timeline:
    return read_timeline(pd.Series(labels, range(2, len(labels) + 2), name="month"), "x.csv", CsvForm(**said))


def refused(labels: Sequence[str], **said: Any) -> str:
    with pytest.raises(InputError) as raised:
        read(labels, **said)
    return str(raised.value)


def days(form: str, frequency: str = "D", start: str = "2020-12-15", zone: str | None = None) -> list[str]:
    """Forty times, as pandas spaces them."""
    return [f"{day:{form}}" for day in pd.date_range(start, periods=40, freq=frequency, tz=zone)]
