"""What the mappings of params.yaml are made of: strict sections, and kinds of values."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A mapping of params.yaml: no unknown keys, no silent conversion of types, no change after loading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _check_name(name: str) -> str:
    if name in {"size", "nfiles"}:
        raise PydanticCustomError(
            "name", "choose another name: DVC's run-cache ignores what is called {n}", {"n": name}
        )
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise PydanticCustomError("name", "a name is a letter, then letters, digits, '_' or '-'")
    return name


def _check_period(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) or name in {"all", "future"}:
        raise PydanticCustomError("name", "a period's name is letters, digits, '_' or '-', and not 'all' or 'future'")
    return name


Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, AfterValidator(_check_name)]
Period = Annotated[str, AfterValidator(_check_period)]
