"""The recurrent cells: one file a cell, one line in this table.

The table names the class and not the class itself, so that a run loads the file of its own cell and no other.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellbench.cells.contract import Cell

CELLS = {  # the name in params.yaml, also the name of the file: the class in it
    "elman": "Elman",
    "lstm": "LSTM",
    "gru": "GRU",
    "gru_reset_after": "GRUResetAfter",
}


def cell_class(name: str) -> "type[Cell[Any]]":
    """The class of a cell by its name in params.yaml."""
    cell: type[Cell[Any]] = getattr(import_module(f"cellbench.cells.{name}"), CELLS[name])
    return cell
