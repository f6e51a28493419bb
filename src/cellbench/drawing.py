"""What pictures of the report and of `cellbench forecast` have in common."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TypeVar

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

Item = TypeVar("Item")
BLUE, ORANGE, GREY = "#2f6db3", "#c8641b", "#5a5a5a"
mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "axes.titleweight": "bold", "font.size": 10})
mpl.rcParams["text.parse_math"] = False  # a $ in the name of a column is a $


def panels(draw: Callable[[Axes, Item], None], items: Sequence[Item], sharey: bool = False) -> bytes:
    """A grid of panels, two to a row, under one legend, as PNG."""
    columns = min(2, len(items))
    rows = -(-len(items) // columns)
    inches = max(7, 5.2 * columns), 3.2 * rows + 0.6
    figure = Figure(inches, dpi=110, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=sharey)
    for axes, item in zip(grid.flat, items, strict=False):
        draw(axes, item)
    for axes in grid.flat[len(items) :]:
        axes.remove()
    legend = {
        label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    labels = list(legend)
    figure.legend(legend.values(), labels, loc="outside lower center", ncols=2 if len(labels) < 4 else 3, frameon=False)
    content = BytesIO()
    canvas = FigureCanvasAgg(figure)  # savefig would draw all of it twice
    canvas.print_png(content, metadata={"Software": None})  # the bytes do not depend on matplotlib's version
    return content.getvalue()


def future_figure(experiment: str, past: pd.DataFrame, future: pd.DataFrame) -> bytes:
    """A picture of a forecast after the last part of its history, as PNG.

    Args:
        past: the history, with the columns `time` and `truth`.
        future: the forecast, with the columns `time`, `forecast`, and `lower_80`, `upper_80` ... for its intervals.
    """

    def draw(axes: Axes, rows: pd.DataFrame) -> None:
        draw_forecasts(axes, rows)
        axes.set(title=f"The next {len(future)} steps, as {experiment} forecasts them")

    return panels(draw, [pd.concat([past.tail(max(60, 3 * len(future))), future])])


def draw_forecasts(axes: Axes, rows: pd.DataFrame) -> None:
    """The truth as far as it is known, and the forecasts with their intervals, the wider the paler; some times."""
    positions, truth, times = np.arange(len(rows)), rows["truth"].dropna(), rows["time"].tolist()
    axes.plot(positions[: len(truth)], truth, color="black", lw=1, label="truth")
    axes.plot(positions, rows["forecast"], color=BLUE, lw=1.4, label="ensemble's forecast")
    levels = [column.removeprefix("lower_") for column in rows if column.startswith("lower_")]
    for depth, level in enumerate(sorted(levels, key=float, reverse=True)):  # the widest is the palest
        lower, upper = rows[f"lower_{level}"], rows[f"upper_{level}"]
        if lower.notna().any():
            shade = mpl.colormaps["Blues"](0.15 + 0.15 * depth)
            axes.fill_between(positions, lower, upper, color=shade, lw=0, label=f"{level} % interval")
    labels = min(6, max(2, 1 + int(66 / (1.5 * max(map(len, times)) + 2))))  # 66 characters fill an axis
    shown = np.unique(np.linspace(0, len(times) - 1, labels).round().astype(int))
    axes.set_xticks(shown, [times[position] for position in shown], fontsize=8)
    first, *_, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")  # of the axis beside it another label may begin
    last.set_horizontalalignment("right")
