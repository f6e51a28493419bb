"""Measure this project against the notebook's Keras code, plain torch and Lightning: `make bench`.

Everything is measured in one run on one machine, in rounds in which the contestants take turns; a figure is the median
of the rounds. It writes benchmarks/RESULTS.md and scaling.png.
"""

import datetime
import logging
import os
import platform
import statistics
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))

from cellbench.config.params import load_params
from cellbench.config.sources import Noise
from cellbench.prepare.noise import make_noise
from contestants import Task, keras, lightning, ours, plain_torch
from pipeline import NOTEBOOK, import_of_torch, notebook_scripts, whole_pipeline
from scaling import draw, measure, table

ROUNDS = 5
CONTESTANTS: dict[str, Callable[[Task], float]] = {
    "notebook (Keras)": keras,
    "native engine, 1 replicate": lambda task: ours(task, "native", 1, 100),
    "native engine, 10 replicates": lambda task: ours(task, "native", 10, 100),
    "native engine, 32 replicates": lambda task: ours(task, "native", 32, 100),
    "torch engine, 1 replicate": lambda task: ours(task, "torch", 1, 2),
    "torch engine, 10 replicates": lambda task: ours(task, "torch", 10, 2),
    "torch engine, 32 replicates": lambda task: ours(task, "torch", 32, 2),
    "plain torch loop": plain_torch,
    "Lightning, automatic": lightning,
}
REFERENCE = "native engine, 1 replicate"


def tasks() -> list[Task]:
    """The notebook's experiments as params.yaml has them."""
    params = load_params(HERE.parent / "params.yaml")
    found = []
    for name in NOTEBOOK:
        experiment = params.experiments[name]
        source = params.datasets[experiment.dataset]
        assert isinstance(source, Noise)
        data = make_noise(source, params.seed, experiment.dataset)
        found.append(Task(name, experiment, data.samples(data.origins("train"), None, name)))
    return found


def steps_table() -> list[str]:
    """Time a step of every contestant, and how many times that of ours with one replicate it is."""
    lines = ["| fit time a step, µs (times ours) | " + " | ".join(NOTEBOOK) + " |", "|---|---|---|---|"]
    cells: dict[str, list[str]] = {name: [] for name in CONTESTANTS}
    for task in tasks():
        rounds = [{name: contestant(task) for name, contestant in CONTESTANTS.items()} for _ in range(ROUNDS)]
        for name, column in cells.items():
            time = statistics.median(taken[name] for taken in rounds)
            ratio = statistics.median(taken[name] / taken[REFERENCE] for taken in rounds)
            column.append(f"{1e6 * time:,.1f} ({ratio:,.1f})")
            print(f"{task.name}: {name}: {column[-1]}", flush=True)
    return lines + [f"| {name} | " + " | ".join(column) + " |" for name, column in cells.items()]


def pipeline_lines() -> list[str]:
    """The pipeline as a whole against the notebook's scripts, and its stages against their budgets."""
    three, everything, scripts = whole_pipeline(NOTEBOOK), whole_pipeline(), notebook_scripts()
    total = sum(scripts.values())
    each = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in scripts.items())
    return [
        f"- the notebook's three scripts, one seed each: {total:.0f} s ({each})",
        f"- `make repro` with these three experiments at ten seeds each, with evaluation, report and tracking, from "
        f"empty caches: {three:.0f} s, {total / three:.1f} times faster",
        f"- `make repro` with every experiment in params.yaml, from empty caches: {everything:.0f} s",
        f"- for comparing the seconds of two machines: `import torch` takes {import_of_torch():.1f} s on this one",
    ]


def main() -> None:
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    os.chdir(HERE.parent)
    steps = steps_table()
    found = measure()
    draw(found, HERE / "scaling.png")
    machine = f"{processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "pytorch-lightning", "numba", "numpy"))
    parts = [
        "# Results of `make bench`",
        f"{datetime.date.today().isoformat()}, {machine}; {versions}; Keras as in keras-requirements.txt. "
        "What is measured is in [README.md](README.md).",
        "## An optimiser step",
        "\n".join(steps),
        "Keras, Lightning and plain torch train one seed; ten take ten times as long there.",
        "## The whole",
        "\n".join(pipeline_lines()),
        "## How the cost grows",
        "An LSTM of 8 units over 12 timesteps, mini-batches of 32, 8 replicates; one of these changed at a time.",
        "![Time of an optimiser step by units, timesteps, batch size and replicates, for both engines](scaling.png)",
        "\n".join(table(found)),
    ]
    (HERE / "RESULTS.md").write_text("\n\n".join(parts) + "\n")
    print((HERE / "RESULTS.md").read_text())


def processor() -> str:
    """Its name, as far as the system gives one."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
