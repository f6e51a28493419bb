"""The mean MASE of every forecaster on every set, as studies/competitions/mase.csv: what `make competitions` keeps.

Run in the folder of the study, with the folder for the table: python studies/competitions/collect.py FOLDER
"""

import sys
from pathlib import Path

import pandas as pd

from cellbench.config.params import load_params
from cellbench.results.results import load_results


def main(folder: Path) -> None:
    found = {}
    for group in load_results(load_params()):
        mase = group.scores["test_mase"].xs(("all", "all"), level=("period", "step"))
        found[group.dataset] = mase.rename(lambda name, of=group.dataset: name.removeprefix(f"{of}_"))
        published = group.source.published  # type: ignore[union-attr]
        others = pd.Series(published.values if published else {}, dtype=float).rename("published: {}".format)
        found[group.dataset] = pd.concat([found[group.dataset], others])
    pd.DataFrame(found).T.to_csv(folder / "mase.csv", index_label="set", float_format="%.4f", lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
