"""What the mappings of params.yaml are made of: strict sections, and kinds of values."""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A mapping of params.yaml: no unknown keys, no silent conversion of types, no change after loading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


BaselineName = Literal[
    "mean", "last", "drift", "seasonal", "ar1", "ar", "ar_sqrt", "ar_log", "arima", "ets", "theta", "ces", "croston"
]
BASELINES: tuple[str, ...] = get_args(BaselineName)
"""What every experiment is compared with."""
AVERAGES = ("cells", "cells_and_baseline")
"""Of the ensembles' forecasts; of these and the best baseline's."""
TAKEN = (*BASELINES, *AVERAGES, "optimum", "raw", "checked", "tuned", "size", "nfiles")
"""Also folders of data/ that are no datasets, and what DVC's run-cache ignores."""


def _check_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) or name in TAKEN:
        raise ValueError(f"a name is a letter, then letters, digits, '_' or '-', and none of {', '.join(TAKEN)}")
    return name


def _check_period(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) or name in {"all", "future"}:
        raise ValueError("a period's name is letters, digits, '_' or '-', and not 'all' or 'future'")
    return name


Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Seed = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, AfterValidator(_check_name)]
Period = Annotated[str, AfterValidator(_check_period)]
