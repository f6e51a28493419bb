"""Who may import whom, that DVC knows it, and how large a room may be."""

import ast
import statistics
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src"
STAGES = ("check", "prepare", "tune", "train", "evaluate", "report", "publish")
ORDER = (
    ("__init__", "streams"),
    ("cells",),
    ("config", "network"),
    ("console", "executor", "files", "project"),
    ("data",),
    ("continuation", "intervals", "learning", "runs"),
    ("results",),
    ("drawing", "forecast"),
    STAGES,
    ("commands",),
    ("__main__",),
)
"""The rooms from the bottom up: each imports only from those below it, and no neighbour."""
MODULES = {
    ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__"): path for path in SRC.rglob("*.py")
}
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


@cache
def imports(path: Path) -> set[str]:
    """What running a file imports, at once or later, as dotted names; `from a import b` is `a` and `a.b`."""
    found: set[str] = set()
    todo: list[ast.AST] = [ast.parse(path.read_text())]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue  # never runs
        todo += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def closure(module: str) -> set[str]:
    """The project's modules that running `module` loads, itself included."""
    seen: set[str] = set()
    todo = [module]
    while todo:
        name = todo.pop()
        if name in seen or name not in MODULES:
            continue
        seen.add(name)
        parents = {name.rsplit(".", n)[0] for n in range(1, name.count(".") + 1)}
        todo += [*imports(MODULES[name]), *parents]
    return seen


def room(module: str) -> str:
    """The room of a module of the package."""
    _, *parts = module.split(".")
    return parts[0] if parts else "__init__"


def test_every_room_imports_only_from_the_rooms_below_it() -> None:
    level = {name: number for number, names in enumerate(ORDER) for name in names}
    rooms = {
        path.stem for path in (SRC / "cellbench").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert set(level) == rooms
    for name, path in MODULES.items():
        if name.startswith("cellbench"):
            used = {room(other) for other in imports(path) if other.startswith("cellbench.")} - {room(name)}
            assert not [other for other in used if level.get(other, -1) >= level[room(name)]], name


def test_a_stage_is_a_short_script_and_a_package_of_the_same_name() -> None:
    assert tuple(PIPELINE) == STAGES
    assert sorted(path.stem for path in SRC.glob("*.py")) == sorted(STAGES)
    for stage, described in PIPELINE.items():
        assert described.get("do", described)["cmd"].startswith(f"python src/{stage}.py")
        assert len(MODULES[stage].read_text().splitlines()) <= 10
        assert imports(MODULES[stage]) >= {f"cellbench.{stage}.stage.{stage}"}
        assert not [name for name, path in MODULES.items() if stage in imports(path)]


@pytest.mark.parametrize("stage", STAGES)
def test_the_deps_of_a_stage_cover_what_it_imports_and_each_is_used(stage: str) -> None:
    described = PIPELINE[stage].get("do", PIPELINE[stage])
    deps = {dep for dep in described["deps"] if dep.startswith("src/")}
    needed = {f"src/{path.relative_to(SRC)}" for path in (MODULES[name] for name in closure(stage))}
    if stage in ("tune", "train"):  # of the cells, its own
        needed.add("src/cellbench/cells/${item.cell}.py")

    def within(path: str, dep: str) -> bool:
        return path == dep or path.startswith(f"{dep}/")

    assert not [path for path in needed if not any(within(path, dep) for dep in deps)]
    assert not [dep for dep in deps if not any(within(path, dep) for path in needed)]
    if stage != "evaluate":  # which runs any cell
        assert "src/cellbench/cells" not in deps


def test_a_cell_sees_neither_another_cell_nor_the_rest() -> None:
    from cellbench.cells import CELLS, cell_class
    from cellbench.cells.contract import Cell

    for cell in CELLS:
        own = {name for name in closure(f"cellbench.cells.{cell}") if name.startswith("cellbench.")}
        assert own == {"cellbench.cells", *(f"cellbench.cells.{part}" for part in ("contract", "initializers", cell))}
        assert issubclass(cell_class(cell), Cell)


def test_libraries_stay_in_their_rooms() -> None:
    for library, rooms in {
        "mlflow": {"publish", "forecast"},
        "pytorch_lightning": {"learning"},
        "numba": {"learning"},
        "torch": {"cells", "network", "runs", "learning", "train", "evaluate", "forecast"},
        "dvc": {"publish", "commands"},
    }.items():
        users = {room(name) for name, path in MODULES.items() if library in {n.split(".")[0] for n in imports(path)}}
        assert users <= rooms, library


def test_nothing_private_is_imported() -> None:
    for name, path in MODULES.items():
        ours = [used for used in imports(path) if used.startswith("cellbench.")]
        assert not [used for used in ours if used.split(".")[-1].startswith("_")], name


def test_the_house_stays_small() -> None:
    """At most 9,120 lines without the cells, of which there may be many."""
    lines = {path: len(path.read_text().splitlines()) for path in MODULES.values()}
    assert sum(count for path, count in lines.items() if path.parent.name != "cells") <= 9120
    assert max(lines.values()) <= 250
    assert statistics.median(lines.values()) < 100
