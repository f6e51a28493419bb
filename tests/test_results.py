"""Results are read back as they were written."""

from pathlib import Path

import pytest

from cellbench import InputError
from cellbench.files import read_table


def table(folder: Path, text: str) -> Path:
    (folder / "table.csv").write_text(text)
    return folder / "table.csv"


def test_labels_stay_as_they_are_written_and_numbers_are_the_nearest_double(tmp_path: Path) -> None:
    rows = read_table(table(tmp_path, "time,period,step,forecast\n007,1e3,1,0.1\n1900,NA,2,5.80599996e-05\n"))
    assert list(rows["time"]) == ["007", "1900"]
    assert list(rows["period"]) == ["1e3", "NA"]
    assert list(rows["step"]) == [1, 2]
    assert list(rows["forecast"]) == [0.1, 5.80599996e-05]


def test_an_empty_cell_is_no_value(tmp_path: Path) -> None:
    rows = read_table(table(tmp_path, "time,lower_80\n1900,\n1901,2.5\n"))
    assert list(rows["lower_80"].isna()) == [True, False]


@pytest.mark.parametrize("text", ["", "time,truth\n", 'time,truth\n"1900,1\n', "time,truth\n1,2\n1,2,3\n"])
def test_a_table_that_is_empty_or_broken_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"table\.csv: .*dvc repro"):
        read_table(table(tmp_path, text))


def test_a_table_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.csv: .*dvc repro"):
        read_table(tmp_path / "absent.csv")
