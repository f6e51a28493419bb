"""Lightning is loaded without what it does not need, and nobody else notices."""

import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
LIGHTNING = "from cellbench.training.lightning import pl"
LOADED = "import sys; print(*(name in sys.modules for name in ('torchmetrics', 'matplotlib', 'scipy.signal')))"
REAL = "import torchmetrics; print(torchmetrics.MeanMetric()(3).item())"


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        ((LIGHTNING, LOADED, REAL), ["False"] * 3 + ["3.0"]),  # whoever asks for it afterwards gets the real one
        ((REAL, LIGHTNING, LOADED, REAL), ["3.0", *["True"] * 3, "3.0"]),  # and whoever had it keeps it
    ],
)
def test_torchmetrics_is_not_loaded_for_lightning_but_there_for_others(programs: list[str], said: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(programs)], cwd=SRC, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout.split() == said
