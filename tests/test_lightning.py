"""Lightning is loaded without what it does not need, and nobody else notices."""

import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
LIGHTNING = "from cellbench.training.lightning import pl"
PARTS = ("torchmetrics", "matplotlib", "scipy.signal", "torch._dynamo.utils")
LOADED = f"import sys; print(*(name in sys.modules for name in {PARTS}))"
METRIC = "import torchmetrics; print(torchmetrics.MeanMetric()(3).item())"
COMPILED = "import torch; print(torch.compile(lambda x: x + 1, backend='eager')(torch.ones(())).item())"
FIT = """
import contextlib, inspect, sys
sys.path.append("../tests")
from toy import toy, trained
with contextlib.redirect_stdout(None):
    trained(toy(), epochs=1, engine="torch")
inspect.stack()
"""


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        # whoever asks for it afterwards gets the real one
        ((LIGHTNING, FIT, LOADED, METRIC, COMPILED), ["False"] * 4 + ["3.0", "2.0"]),
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
