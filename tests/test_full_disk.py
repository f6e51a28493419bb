"""A disk that takes no more: a message, nothing half written, and the same end once there is room."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from project import Project, copy_of

STAGES = ["prepare noise_1", "train lstm", "evaluate noise_1", "report", "publish"]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk of its own; whoever runs this must be allowed to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all room there is."""
    filler = place / "filler"
    with filler.open("wb") as file:
        try:
            while file.write(bytes(1 << 16)):
                file.flush()
        except OSError:
            pass
    return filler


@pytest.mark.long
@pytest.mark.parametrize("stage", STAGES)
def test_a_full_disk_is_said_and_the_end_is_the_same_once_there_is_room(
    project: Project, full_disk: Path, stage: str
) -> None:
    copy = copy_of(project, full_disk / "copy")
    script, *name = stage.split()
    if script == "publish":
        copy.run("rm -rf mlflow.db mlartifacts")
    filler = fill(full_disk)
    said = copy.run(f"python src/{script}.py {' '.join(name)}", expect=1)
    assert "Traceback" not in said
    assert re.search("No space left on device|disk is full|disk I/O error", said), said
    left = {path.name for path in copy.folder.rglob("*.part")}
    assert left <= {"mlflow.db.part"}  # which the next one clears away, as after a kill
    filler.unlink()
    if script == "publish":
        copy.run("cellbench publish")
    else:
        copy.run(f"python src/{script}.py {' '.join(name)}")
    assert copy.run("dvc status --quiet || dvc status").count("modified") == 0
    assert copy.run("git status --porcelain") == ""
    assert not [*copy.folder.rglob("*.part")]
