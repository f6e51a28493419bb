"""Lightning is loaded without what it does not need, and nobody else notices."""

import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
FIRST = (
    "from cellbench.lightning import pl; import sys; print('scipy.signal' in sys.modules, 'scipy.stats' in sys.modules)"
)
REAL = "import scipy.signal; print(len(scipy.signal.windows.hamming(3)))"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (f"{FIRST}; {REAL}", ["False", "False", "3"]),  # whoever asks for it afterwards gets the real one
        (f"{REAL}; {FIRST}; {REAL}", ["3", "True", "True", "3"]),  # and whoever had it keeps it
    ],
)
def test_scipy_signal_is_not_loaded_for_lightning_but_there_for_others(program: str, said: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=SRC, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout.split() == said
