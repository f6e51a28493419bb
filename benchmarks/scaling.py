"""How the time of an optimiser step grows with the size of an LSTM's task, on both engines."""

import statistics
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch

from cellbench.learning.engines import ENGINES, EngineName, choose_engine
from cellbench.learning.learner import adam
from cellbench.network import Shape, build_network, initial_weights
from cellbench.streams import stream
from contestants import timed


class Size(NamedTuple):
    """Of a mini-batch and the network that learns from it."""

    units: int = 8
    timesteps: int = 12
    batch_size: int = 32
    replicates: int = 8


VALUES = {
    "units": (4, 8, 16, 32, 64, 128, 256),
    "timesteps": (1, 4, 16, 64, 128, 256, 512),
    "batch_size": (1, 4, 16, 32, 64, 128, 256),
    "replicates": (1, 2, 4, 8, 16, 32, 64),
}


def step_time(size: Size, engine: EngineName, steps: int) -> float:
    """Seconds an optimiser step, in a block of several."""
    shape = Shape(size.timesteps, 1, size.units, 1)
    network = build_network("lstm", initial_weights("lstm", shape, [stream(0, r) for r in range(size.replicates)]), {})
    run_block, optimizer, count = ENGINES[engine], adam(network, 0.001), steps * size.batch_size
    x, y = torch.rand(count, size.timesteps, 1), torch.rand(count, 1)
    order = torch.stack([torch.randperm(count) for _ in range(size.replicates)])
    run_block(network, optimizer, x, y, order[:, : size.batch_size], size.batch_size)  # compiles, where it is to
    return timed(lambda: run_block(network, optimizer, x, y, order, size.batch_size)) / steps


def measure(rounds: int = 3) -> dict[str, dict[int, dict[str, float]]]:
    """By what grows, its value and the engine: the median over rounds in which both engines take turns."""
    torch.set_num_threads(1)
    found: dict[str, dict[int, dict[str, float]]] = {}
    for name, values in VALUES.items():
        found[name] = {}
        for value in values:
            size = Size()._replace(**{name: value})
            times = {engine: [step_time(size, engine, 4) for _ in range(rounds)] for engine in ENGINES}
            found[name][value] = {engine: statistics.median(of_engine) for engine, of_engine in times.items()}
            print(f"{name} {value}: " + ", ".join(f"{e} {1e6 * t:.0f} µs" for e, t in found[name][value].items()))
    return found


def table(found: dict[str, dict[int, dict[str, float]]]) -> list[str]:
    """Markdown, with the engine that `auto` takes."""
    lines = [
        "| an LSTM's | | torch, µs a step | native, µs a step | torch / native | `auto` takes |",
        "|---|---|---|---|---|---|",
    ]
    for name, rows in found.items():
        for value, times in rows.items():
            size = Size()._replace(**{name: value})
            network = build_network("lstm", initial_weights("lstm", Shape(1, 1, size.units, 1), [stream(0)]), {})
            chosen, _ = choose_engine(name, "auto", network, size.batch_size)
            torch_, native = (1e6 * times[engine] for engine in ENGINES)
            lines.append(f"| {name} | {value} | {torch_:,.0f} | {native:,.0f} | {torch_ / native:.1f} | {chosen} |")
    return lines


def draw(found: dict[str, dict[int, dict[str, float]]], path: Path) -> None:
    """A panel for each of what grows, on logarithmic axes."""
    figure, grid = plt.subplots(1, len(found), figsize=(13, 3.6), sharey=True, layout="constrained")
    for axes, (name, rows) in zip(grid, found.items(), strict=True):
        for engine, colour in zip(ENGINES, ("tab:gray", "tab:blue"), strict=True):
            axes.plot(list(rows), [1e6 * times[engine] for times in rows.values()], "o-", color=colour, label=engine)
        axes.set(xscale="log", yscale="log", xlabel=name.replace("_", " "))
        axes.set_xticks(list(rows), [str(value) for value in rows])
        axes.minorticks_off()
    grid[0].set_ylabel("µs an optimiser step")
    grid[0].legend(frameon=False)
    figure.savefig(path, dpi=110)
