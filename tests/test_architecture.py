"""Who may import whom, and that DVC knows it: a stage's deps are its import closure."""

import ast
import sys
from pathlib import Path

import pytest
import yaml

SRC = Path(__file__).parents[1] / "src"
STAGES = ("prepare", "train", "evaluate", "report", "publish")
CELLS = sorted(
    path.stem
    for path in (SRC / "cellbench" / "cells").glob("[!_]*.py")
    if path.stem not in {"contract", "initializers"}
)
MODULES = {
    ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__"): path for path in SRC.rglob("*.py")
}
PIPELINE, LAST = (
    yaml.safe_load((SRC.parent / path).read_text())["stages"] for path in ("pipeline/dvc.yaml", "dvc.yaml")
)


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


def users(library: str) -> set[str]:
    return {name for name, path in MODULES.items() if any(used.split(".")[0] == library for used in imports(path))}


def test_only_tracking_imports_mlflow_and_only_publish_and_the_commands_import_tracking() -> None:
    assert {name for name in users("mlflow") if not name.startswith("cellbench.tracking.")} == {
        "cellbench.forecasting.serving"
    }
    outside = {name: path for name, path in MODULES.items() if not name.startswith("cellbench.tracking")}
    assert {name for name, path in outside.items() if any("cellbench.tracking" in used for used in imports(path))} == {
        "publish", "cellbench.commands.mirror", "cellbench.commands.publish", "cellbench.commands.trace"
    }  # fmt: skip


def test_mlflow_is_imported_only_once_something_has_to_be_written() -> None:
    for name in users("mlflow"):
        top_level = ast.parse(MODULES[name].read_text()).body
        names = {alias.name for node in top_level if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in top_level if isinstance(node, ast.ImportFrom)}
        assert not [imported for imported in names if imported.startswith("mlflow")], name


def test_only_the_learner_its_trainer_and_their_checkpoints_import_lightning() -> None:
    assert users("pytorch_lightning") == {"cellbench.training.lightning"}
    users_of_ours = {name for name, path in MODULES.items() if "cellbench.training.lightning" in imports(path)}
    assert users_of_ours == {f"cellbench.training.{part}" for part in ("checkpoint", "learner", "trainer")}


def test_only_the_compiled_engine_loads_a_compiler_and_only_who_asks_for_it_loads_that() -> None:
    native, engine = "cellbench.training.native", "cellbench.training.engine"
    assert all(name.startswith(native) for name in users("numba") | users("llvmlite"))
    outside = {name for name in MODULES if not name.startswith(native)}
    assert {name for name in outside if any(native in used for used in imports(MODULES[name]))} == {engine}
    top_level = ast.parse(MODULES[engine].read_text()).body
    assert not [node for node in top_level if isinstance(node, ast.ImportFrom) and "native" in (node.module or "")]


def test_every_compiled_cell_is_a_file_of_the_engine_and_sees_no_other() -> None:
    from cellbench.training.engine import NATIVE_CELLS

    parts = {f"cellbench.training.native.{part}" for part in ("contract", "functions", "lanes")}
    for cell in NATIVE_CELLS:
        assert closure(f"cellbench.training.native.{cell}") == {
            "cellbench", "cellbench.training", "cellbench.training.native", f"cellbench.training.native.{cell}", *parts
        }  # fmt: skip


def test_nothing_imports_a_stage() -> None:
    for name, path in MODULES.items():
        assert not imports(path) & {*STAGES, "check"}, name


def test_the_parts_know_one_another_only_by_what_they_offer() -> None:
    """Of cells, the others see the table and the contract; a cell sees neither another cell nor the rest."""
    for cell in CELLS:
        own = {name for name in closure(f"cellbench.cells.{cell}") if name.startswith("cellbench.")}
        allowed = {"", ".contract", ".initializers", f".{cell}"}
        assert own == {f"cellbench.cells{part}" for part in allowed}, cell
    for name, path in MODULES.items():
        private = [
            used for used in imports(path) if used.startswith("cellbench.") and used.split(".")[-1].startswith("_")
        ]
        assert not private, name
    parts = ("base.params.config", "base.datasets.splits", "evaluation.statistics", "tracking.store")
    for part in parts:
        others = {f"cellbench.{other}" for other in parts if other != part}
        assert imports(MODULES[f"cellbench.{part}"]) & others <= {"cellbench.base.params.config"}, part


def test_instruction_sets_are_pinned_before_a_library_is_loaded() -> None:
    """By the first import of cellbench; a script that imported NumPy before it would have it choose by itself."""
    for stage in STAGES:
        roots = {used.split(".")[0] for used in imports(MODULES[stage])}
        assert not roots - {"cellbench", *sys.stdlib_module_names}, stage
    roots = {used.split(".")[0] for used in imports(MODULES["cellbench"])}
    assert roots == {"os"}


def test_a_stage_that_does_not_compute_loads_no_torch() -> None:
    for stage in ("prepare", "report", "publish"):
        assert not [
            name for name in closure(stage) if "torch" in {used.split(".")[0] for used in imports(MODULES[name])}
        ]


@pytest.mark.parametrize("stage", ["prepare", "train", "evaluate", "report"])
def test_the_deps_of_a_stage_cover_its_import_closure_and_each_is_used(stage: str) -> None:
    described = PIPELINE[stage].get("do", PIPELINE[stage])
    deps = {dep for dep in described["deps"] if dep.startswith("src/")}
    needed = {f"src/{path.relative_to(SRC)}" for path in (MODULES[name] for name in closure(stage))}
    if stage == "train":  # of the cells, its own
        needed.add("src/cellbench/cells/${item.cell}.py")

    def within(path: str, dep: str) -> bool:
        return path == dep or path.startswith(f"{dep}/")

    assert not [path for path in needed if not any(within(path, dep) for dep in deps)]
    assert not [dep for dep in deps if not any(within(path, dep) for path in needed)]
    if stage != "evaluate":  # which runs any cell
        assert "src/cellbench/cells" not in deps


def test_a_package_imports_only_from_those_below_it() -> None:
    order = (
        "cells", "base.params", "base.datasets", "preparation", "runs", "training", "evaluation", "forecasting",
        "reporting", "verification", "tracking", "commands",
    )  # fmt: skip
    packages = {path.parent.name for path in (SRC / "cellbench").glob("*/__init__.py")}
    packages |= {f"base.{path.parent.name}" for path in (SRC / "cellbench" / "base").glob("*/__init__.py")}
    assert set(order) == packages - {"base"}

    def place(module: str) -> int | None:
        return next((n for n, part in enumerate(order) if f"{module}.".startswith(f"cellbench.{part}.")), None)

    for name, path in MODULES.items():
        own = place(name)
        if own is not None:
            assert not [used for used in imports(path) if (place(used) or 0) > own], name


def test_every_cell_is_a_file_and_a_line_in_the_table() -> None:
    from cellbench.cells import CELLS as TABLE
    from cellbench.cells import cell_class
    from cellbench.cells.contract import Cell

    assert sorted(TABLE) == CELLS
    for name in TABLE:
        assert issubclass(cell_class(name), Cell)


def test_a_stage_is_a_short_script() -> None:
    stages = PIPELINE | LAST
    assert tuple(stages) == STAGES
    for stage, described in stages.items():
        assert described.get("do", described)["cmd"].startswith(f"python src/{stage}.py")
        assert len(MODULES[stage].read_text().splitlines()) <= 100
