"""docs/csv_files.md: every example is read as it stands, and without its keys refused or read otherwise."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from cellbench import InputError
from cellbench.config.csv_form import CsvForm
from cellbench.config.sources import CsvFile
from cellbench.data.series import Series
from cellbench.data.timeline import read_timeline
from cellbench.prepare.stage import read_series
from project import ROOT

PAGE = (ROOT / "docs/csv_files.md").read_text()
EXAMPLES = re.findall(r"```csv\n(.*?)```\s*```yaml\n(.*?)```", PAGE, re.DOTALL)
TIMES = re.findall(r"^\| (`.*`) \| `(.*)` \|$", PAGE.split("\n## Times\n")[1], re.MULTILINE)
READ = {  # by target: the values, the times, the time that follows
    "Net sales": ([5, 7], ["2024-01", "2024-02"], "2024-03"),
    "Umsatz": ([1106.44, 1117.25], ["2024-01", "2024-02"], "2024-03"),
    "sales": ([5, 7], ["2024-01", "2024-02"], "2024-03"),
    "temperature": ([5.5, 6, 6.5, 7], [f"2024-01-0{day}" for day in (1, 2, 3, 4)], "2024-01-05"),
    "price": ([5, 7], ["30.12.2024", "31.12.2024"], "01.01.2025"),
}


def read(content: str, keys: dict[str, Any], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Series:
    monkeypatch.chdir(folder)
    Path("data/raw").mkdir(parents=True, exist_ok=True)
    Path("data/raw/x.csv").write_text(content)
    source = CsvFile.model_validate({"source": "csv", "path": "data/raw/x.csv", **keys})
    (series,) = read_series(source, 0, "x")
    return series


@pytest.mark.parametrize(("content", "keys"), EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_every_example_is_read_with_its_keys_and_not_without_them(
    content: str, keys: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = yaml.safe_load(keys)
    series = read(content, given, monkeypatch, tmp_path)
    if given.get("spacing") == "rows":
        assert series.timeline.labels == ("2024-12-19", "2024-12-20", "2024-12-23", "2024-12-24", "2024-12-27")
        assert series.timeline.future(2) == ("2024-12-30", "2024-12-31")
    else:
        values, times, following = READ[given["target"]]
        assert series.target.tolist() == values
        assert series.timeline.labels == tuple(times)
        assert series.timeline.future(1) == (following,)
    for key in given.keys() & CsvForm.model_fields.keys():
        with pytest.raises((InputError, ValidationError)):
            read(content, {name: value for name, value in given.items() if name != key}, monkeypatch, tmp_path)


def test_all_keys_are_in_the_table_with_their_defaults() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))
    for key, field in CsvForm.model_fields.items():
        said = yaml.safe_load(table.pop(key).strip("`"))
        assert said == (field.default if field.default not in (None, []) else "none")
    assert set(table) <= CsvFile.model_fields.keys()


@pytest.mark.parametrize(("labels", "following"), TIMES)
def test_times_are_recognised_and_continued(labels: str, following: str) -> None:
    timeline = read_timeline(pd.Series(re.findall("`(.*?)`", labels), name="t"), "x.csv")
    assert timeline.future(1) == (following,)


def test_the_page_has_as_many_examples_as_it_seems() -> None:
    assert (len(EXAMPLES), len(TIMES)) == (PAGE.count("```csv"), 19)
