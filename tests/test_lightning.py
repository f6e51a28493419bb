"""Lightning is loaded without what it does not need, and nobody else notices."""

import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
LIGHTNING = "from cellbench.training.lightning import pl"
LOADED = "import sys; print(*(name in sys.modules for name in ('torchmetrics', 'matplotlib', 'scipy.signal', 'sympy')))"
METRIC = "import torchmetrics; print(torchmetrics.MeanMetric()(3).item())"
COMPILED = "import torch; print(torch.compile(lambda x: x + 1, backend='eager')(torch.ones(())).item())"
OPTIMIZER = "from torch import nn, optim; optim.AdamW(nn.Linear(1, 1).parameters(), fused=True).step()"


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        # whoever asks for it afterwards gets the real one
        ((LIGHTNING, OPTIMIZER, LOADED, METRIC, COMPILED), ["False"] * 4 + ["3.0", "2.0"]),
        # and whoever had it keeps it
        ((METRIC, COMPILED, LIGHTNING, LOADED, METRIC, COMPILED), ["3.0", "2.0", *["True"] * 4, "3.0", "2.0"]),
    ],
)
def test_what_lightning_does_not_need_is_not_loaded_for_it_but_there_for_others(
    programs: list[str], said: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(programs)], cwd=SRC, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout.split() == said
