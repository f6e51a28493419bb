"""The recurrent cells: one file per cell, named as in params.yaml, with one class in it."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellbench.cells.contract import Cell

SHARED = {"__init__", "contract", "initializers"}
CELLS = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in SHARED))
"""Their names."""


def cell_class(name: str) -> "type[Cell[Any]]":
    """The class of a cell by its name; loads the file of that cell and of no other."""
    module = import_module(f"cellbench.cells.{name}")
    (cell,) = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__
               and hasattr(value, "initial_weights")]  # fmt: skip
    return cell
