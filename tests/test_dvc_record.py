"""What DVC recorded is read as DVC reads it."""

from datetime import date
from math import inf
from pathlib import Path

import pytest
from dvc.utils.serialize import load_yaml
from ruamel.yaml import YAML

from cellbench import InputError
from cellbench.base.dvc_record import digest, read_stages
from project import ROOT, Project


@pytest.mark.parametrize("name", ["pipeline/dvc.yaml", "pipeline/dvc.lock"])
def test_the_projects_own_files_are_what_dvcs_parser_makes_of_them(name: str) -> None:
    expected = load_yaml(str(ROOT / name))["stages"]
    assert read_stages(ROOT / name) == expected
    assert "report" in expected
    assert len(expected) >= 4


def test_what_dvc_writes_comes_back_as_it_was(tmp_path: Path) -> None:
    """The older YAML 1.1 takes some of these for others: `no` for false, 12:30 for a number, 5e-05 for a text."""
    values = [
        5e-05,
        1e3,
        1.5,
        inf,
        "no",
        "yes",
        "on",
        "12:30",
        "2010-01",
        "010",
        1000,
        None,
        "",
        "1",
        True,
        date(2010, 1, 2),
    ]
    path = tmp_path / "dvc.lock"
    YAML().dump({"stages": {"train": values}}, path)
    found = read_stages(path)["train"]
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize("content", ["stages: [", "a text", "stages:\n  a: 1\n b: 2"])
def test_a_file_that_was_cut_off_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(content)
    with pytest.raises(InputError, match=r"dvc\.lock: cannot be read: "):
        read_stages(tmp_path / "dvc.lock")


def test_digests_are_dvcs(project: Project) -> None:
    stages = read_stages(project.folder / "pipeline/dvc.lock") | read_stages(project.folder / "dvc.lock")
    recorded = {
        part["path"]: part["md5"] for stage in stages.values() for part in (*stage["deps"], *stage.get("outs", []))
    }
    assert "src/cellbench/training" in recorded  # a folder, with compiled Python in it by now
    assert {path: digest(project.folder / path) for path in recorded} == recorded
