"""params.yaml as it stands, and with a series of one's own."""

from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
Complaint = Callable[[str, str, str], str]
GOOD = (ROOT / "params.yaml").read_text()


SERIES = GOOD.replace(
    "experiments:",
    "  own: {source: csv, path: data/raw/x.csv, target: y}\n"
    "experiments:\n"
    "  own_gru: {dataset: own, cell: gru, window: 3, units: 1}",
)
