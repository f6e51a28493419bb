"""A recipe: how a cell sees a series, how large it is, and how it is trained."""

from typing import Annotated, Literal

from pydantic import Field

from cellbench.config.sections import Count, Rate, Section

TransformName = Literal["none", "sqrt", "log"]
ScalingName = Literal["train", "window", "mean", "last", "seasonal"]
LossName = Literal["mse", "mae", "huber"]
Engine = Literal["auto", "torch", "native"]
"""What runs the mini-batches: torch, the compiled engine, or the faster of both."""
Searched = Literal[
    "window", "transform", "scaling", "skip", "units", "batch_size", "learning_rate", "schedule", "weight_decay",
    "loss", "epochs",
]  # fmt: skip
"""The keys of a recipe that a search chooses."""


class Recipe(Section):
    """All that decides how well a cell forecasts, but for the cell itself."""

    window: Count | None = None
    """Rows that a forecast sees; every series needs one, noise has none."""
    transform: TransformName = "none"
    """Of the values, before they are scaled."""
    scaling: ScalingName | None = None
    """What values are relative to: see `data.scaling.Standardisation`. `last` for a series; noise is not scaled."""
    skip: Literal["none", "linear"] = "none"
    """Whether the outputs also see the whole window directly."""
    units: Count = 8
    replicates: Count = 10
    epochs: Count = 100
    batch_size: Count = 32
    learning_rate: Rate = 0.001
    schedule: Literal["constant", "cosine"] = "constant"
    """Whether the learning rate stays, or falls from epoch to epoch along half a cosine."""
    stop_after: Count | None = None
    """The epoch with which training ends, within the schedule; the last one if not given."""
    loss: LossName = "mse"
    """Of the forecasts as the network sees them, after transform and scaling."""
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    select: Literal["last", "best"] = "last"
    """Weights of the last epoch, trained on the whole training part, or of each replicate's best validation epoch."""
    patience: Count | None = None
    """With `select: best`: epochs without a better validation loss after which a replicate stops."""
    engine: Engine = "auto"
