"""Keras's numbers as our weights: `index.json` describes the cases, `<case>.npz` holds their arrays."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cellbench.cells.contract import Weights

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class GoldenCase:
    """One small training in Keras: its description, the data, the weights before and after, losses, predictions."""

    name: str
    index: dict[str, Any]
    arrays: Arrays

    @property
    def cell(self) -> str:
        match self.index["layer"], self.index["options"]:
            case "SimpleRNN", _:
                return "elman"
            case "LSTM", _:
                return "lstm"
            case "GRU", {"reset_after": False, "use_bias": False}:
                return "gru"
            case "GRU", options if options.get("reset_after", True) and options.get("use_bias", True):
                return "gru_reset_after"
        raise ValueError(f"{self.name}: no cell is this layer: {self.index['layer']} {self.index['options']}")

    @property
    def cell_options(self) -> dict[str, str]:
        activation = self.index["options"].get("activation", "tanh")
        if self.cell == "elman":
            return {"activation": activation}
        assert activation == "tanh", f"{self.name}: the {self.cell} cell has no other activation than tanh"
        return {}

    def weights(self, state: str) -> Weights:
        """The weights `initial` or `final` under our names, with an axis of one replicate."""
        keras = {name.removeprefix(f"{state}."): a for name, a in self.arrays.items() if name.startswith(f"{state}.")}
        units = len(keras["cell.recurrent_kernel"])
        ours = {
            "cell.W": keras["cell.kernel"],
            "cell.U": keras["cell.recurrent_kernel"],
            "readout.W": keras["dense.kernel"],
            "readout.b": keras["dense.bias"][None],
        }
        if self.cell == "gru":  # Keras keeps z of the state, the text 1 - z: σ(-a) = 1 - σ(a)
            for name in ("cell.W", "cell.U"):
                ours[name] = ours[name] * np.where(np.arange(3 * units) < units, -1, 1).astype(np.float32)
        elif self.cell == "gru_reset_after":
            ours["cell.b"], ours["cell.d"] = keras["cell.bias"][:1], keras["cell.bias"][1:]
        else:
            ours["cell.b"] = keras["cell.bias"][None]
        return {name: torch.from_numpy(array.copy())[None] for name, array in ours.items()}


def load_cases(folder: Path) -> list[GoldenCase]:
    """All cases of a folder."""
    index = json.loads((folder / "index.json").read_text())["cases"]
    return [GoldenCase(name, index[name], dict(np.load(folder / f"{name}.npz"))) for name in index]
