"""The `datasets` section of params.yaml: what may be said of a dataset, by its source."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cellbench.base.params.roots import is_invertible, is_stationary
from cellbench.base.params.sections import Count, Number, Period, Rate, Section

RAW = PurePosixPath("data/raw")


def _check_end(end: Any) -> Any:
    if isinstance(end, bool) or not isinstance(end, int | float | str):
        raise PydanticCustomError(
            "end", "must be a time label (a date in quotes) or a share of the rows, got {got}", {"got": str(end)}
        )
    if isinstance(end, float) and not 0 < end <= 1:
        raise PydanticCustomError("end", "a share of the rows lies between 0 and 1.0, got {got}", {"got": end})
    return end


def _check_until(until: dict[str, Any]) -> dict[str, Any]:
    if not {"train", "validation"} < set(until):
        raise PydanticCustomError(
            "until", "needs train, validation and at least one period to test on, got {got}", {"got": ", ".join(until)}
        )
    return until


End = Annotated[Any, BeforeValidator(_check_end)]
"""The end of a period: the label of its last row, or the share of all rows up to there (1.0: the last row)."""


Missing = Literal["error", "interpolate", "drop"]
"""What to do about a row without a value: say where it is, take a value between its neighbours', or leave it out."""


class Noise(Section):
    """The notebook's data: uniform inputs, and targets that have nothing to do with them."""

    source: Literal["noise"]
    samples: Count
    test_samples: Count
    predict_samples: Count
    timesteps: Count
    features: Count


class SeriesSource(Section):
    """What holds for every time series: how it is cut into samples, split and scaled."""

    window: Count
    """Rows that a forecast sees."""
    horizon: Count = 1
    """Steps ahead, each an output of its own."""
    until: Annotated[dict[Period, End], AfterValidator(_check_until)] = {"train": 0.7, "validation": 0.85, "test": 1.0}
    """Where each period ends, which begins where the one before it ends."""
    transform: Literal["none", "sqrt", "log"] = "none"
    scaling: Literal["train", "window"] = "train"
    """Standardised by mean and deviation of the training period, or of each sample's own window."""
    season: Annotated[int, Field(ge=2)] | None = None
    """Rows after which the pattern returns."""
    variance: Rate | None = None
    """What the literature divides the mean squared error by: the average relative variance."""
    published: dict[str, dict[Period, Number]] = {}
    """Average relative variances of others, by name and test period."""

    @model_validator(mode="after")
    def _what_is_published(self) -> "SeriesSource":
        tests = [period for period in self.until if period not in {"train", "validation"}]
        for name, values in self.published.items():
            for period in values:
                if period not in tests:
                    raise PydanticCustomError(
                        "published",
                        "published: '{name}' has '{period}', the periods to test on are {tests}",
                        {"name": name, "period": period, "tests": ", ".join(tests)},
                    )
        if self.published and self.variance is None:
            raise PydanticCustomError("variance", "published average relative variances need the variance")
        return self


def _check_path(path: str) -> str:
    if PurePosixPath(path).parent != RAW or PurePosixPath(path).name in {"", "..", "."}:
        raise PydanticCustomError("path", "must be a file in data/raw, which DVC watches, got '{path}'", {"path": path})
    return path


class CsvFile(SeriesSource):
    """A series of the user's own, in a file that they put into data/raw."""

    source: Literal["csv"]
    path: Annotated[str, AfterValidator(_check_path)]
    target: str
    time: str | None = None
    features: list[str] = []
    missing: Missing = "error"

    @model_validator(mode="after")
    def _columns(self) -> "CsvFile":
        columns = [self.target, *self.features, *([self.time] if self.time else [])]
        for column in columns:
            if columns.count(column) > 1:
                raise PydanticCustomError("columns", "the column {c} has more than one role", {"c": column})
        return self


class Statsmodels(SeriesSource):
    """A data set that statsmodels ships."""

    source: Literal["statsmodels"]
    name: str
    target: str
    time: str | None = None


def _check_ar(ar: list[float]) -> list[float]:
    if not is_stationary(ar):
        raise PydanticCustomError("ar", "must be stationary, got {got}", {"got": str(ar)})
    return ar


def _check_ma(ma: list[float]) -> list[float]:
    if not is_invertible(ma):
        raise PydanticCustomError("ma", "must be invertible, got {got}", {"got": str(ma)})
    return ma


class Arma(SeriesSource):
    """x_t = Σ ar_i x_{t−i} + e_t + Σ ma_j e_{t−j}, with e normal of deviation sigma: its best forecast is known."""

    source: Literal["arma"]
    ar: Annotated[list[Number], AfterValidator(_check_ar)] = []
    ma: Annotated[list[Number], AfterValidator(_check_ma)] = []
    sigma: Rate
    length: Count
    seed: Annotated[int, Field(ge=0)] = 0
    """Which of all realisations."""

    @model_validator(mode="after")
    def _has_an_optimum(self) -> "Arma":
        if self.transform != "none":
            raise PydanticCustomError("transform", "arma: the optimum is known for transform none only")
        return self


AnySeries = CsvFile | Statsmodels | Arma
Source = Annotated[Noise | AnySeries, Field(discriminator="source")]


def missing_in(source: Source) -> Missing:
    """What to do about a missing value of a dataset: only in a file of the user's own can there be one."""
    return source.missing if isinstance(source, CsvFile) else "error"
