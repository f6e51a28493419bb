"""Files as offices, exchanges, stations and spreadsheets write them, as datasets of a project in the current folder."""

from pathlib import Path
from typing import Any

import pytest

from cellbench import InputError
from cellbench.config.sources import CsvFile
from cellbench.data.dataset import Dataset
from cellbench.data.series import Series
from cellbench.prepare.periods import divide
from cellbench.prepare.stage import read_series

FILES = Path(__file__).parent / "files"


def source(file: str, **keys: Any) -> CsvFile:
    raw = Path("data/raw") / Path(file).name
    raw.write_bytes((FILES / file).read_bytes())
    return CsvFile.model_validate({"source": "csv", "path": str(raw), **keys})


def read(file: str, **keys: Any) -> list[Series]:
    return read_series(source(file, **keys), 0, "own")


def prepared(file: str, **keys: Any) -> Dataset:
    return divide(read(file, **keys), source(file, **keys), "datasets.own")


def refused(file: str, **keys: Any) -> str:
    with pytest.raises(InputError) as error:
        read(file, **keys)
    assert str(error.value).startswith(f"data/raw/{Path(file).name}: row")
    return str(error.value).removeprefix("data/raw/")
