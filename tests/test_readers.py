"""Where a series comes from, and the files that the stage `prepare` makes of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellbench import InputError
from cellbench.config.params import load_params
from cellbench.config.sources import Arma, CsvFile, Noise, Statsmodels
from cellbench.data.series import Series
from cellbench.data.stored import KNOWN, TEST, load_dataset
from cellbench.prepare.stage import prepare, read_series


def shipped(name: str, target: str, time: str | None = None) -> Series:
    (series,) = read_series(Statsmodels(source="statsmodels", name=name, target=target, time=time), 0, "own")
    return series


def process(pipeline_seed: int = 0, name: str = "own", **said: Any) -> list[float]:
    keys = {"ma": [0.8], "sigma": 1.0, "length": 50, **said}
    (series,) = read_series(Arma(source="arma", **keys), pipeline_seed, name)
    return series.target.tolist()


def test_statsmodels_ships_the_sunspots() -> None:
    series = shipped("sunspots", "SUNACTIVITY", "YEAR")
    assert len(series.target) == 309
    assert series.target[[0, 257, 308]].tolist() == [5, 190.2, 2.9]  # 1700, the maximum of 1957, 2008
    assert (series.timeline.labels[0], series.timeline.labels[-1]) == ("1700", "2008")
    assert series.timeline.future(1) == ("2009",)
    assert series.columns == ("SUNACTIVITY",)
    assert series.observed.all()


def test_without_a_time_column_rows_are_numbered() -> None:
    assert shipped("nile", "volume").timeline.labels[-1] == "100"


@pytest.mark.parametrize(
    ("name", "target", "time", "message"),
    [
        ("sunspot", "SUNACTIVITY", None, ".name: statsmodels ships no data set 'sunspot'"),
        ("utils", "SUNACTIVITY", None, ".name: statsmodels ships no data set 'utils'"),
        ("sunspots", "spots", None, r": sunspots: no column 'spots' in .*SUNACTIVITY"),
        ("sunspots", "SUNACTIVITY", "year", r": sunspots: no column 'year' in .*YEAR"),
        ("grunfeld", "firm", None, ": grunfeld: row 1, column 'firm': expected a number"),
        ("co2", "co2", None, ": co2: row 7, column 'co2': expected a number .* missing value"),
        (
            "macrodata",
            "cpi",
            "year",
            ": macrodata: row 2, column 'year': expected a time label later than .* got '1959'",
        ),
    ],
)
def test_what_statsmodels_does_not_have_is_told_with_the_key(
    name: str, target: str, time: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=rf"^datasets\.own{message}"):
        shipped(name, target, time)


def test_a_process_is_the_same_again_and_another_by_seed_name_or_realisation() -> None:
    assert process() == process(seed=0)
    all_of_them = [process(), process(1), process(name="other"), process(seed=1)]
    assert len({x[0] for x in all_of_them}) == 4


def test_a_process_has_the_moments_of_its_equation() -> None:
    """x(t) = e(t) + 0.8 e(t-1) with deviation 2: variance 4 (1 + 0.64), autocorrelation 0.8 / 1.64 at lag 1, then 0."""
    x = np.array(process(sigma=2.0, length=40_000))
    assert x.var() == pytest.approx(6.56, rel=0.03)
    assert [np.corrcoef(x[:-lag], x[lag:])[0, 1] for lag in (1, 2)] == pytest.approx([0.8 / 1.64, 0], abs=0.03)


def test_a_file_is_read_as_its_dataset_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data/raw").mkdir(parents=True)
    Path("data/raw/x.csv").write_text("price,month,sales\n1,2020-01,5\n,2020-02,6\n3,2020-03,4\n")
    said = {"path": "data/raw/x.csv", "target": "sales", "time": "month", "features": ["price"]}
    (series,) = read_series(CsvFile(source="csv", missing="interpolate", **said), 0, "own")
    np.testing.assert_array_equal(series.values, [[5, 1], [6, 2], [4, 3]])
    assert series.observed.tolist() == [True, False, True]
    assert series.timeline.labels == ("2020-01", "2020-02", "2020-03")
    with pytest.raises(InputError, match=r"data/raw/x\.csv: row 3, column 'price': .* missing value"):
        read_series(CsvFile(source="csv", **said), 0, "own")


PARAMS = """
seed: 0
training: {replicates: 1, epochs: 1, batch_size: 1, learning_rate: 0.1}
datasets:
  own: {source: csv, path: data/raw/x.csv, target: sales, time: month, horizon: 2,
        until: {train: 2020-04, validation: 2020-06, spring: 2020-08, summer: 2020-10}}
  process: {source: arma, ma: [0.5], sigma: 2.0, length: 30, horizon: 2}
  noise: {source: noise, samples: 5, test_samples: 4, predict_samples: 3, timesteps: 2, features: 1}
experiments:
  a: {dataset: own, cell: gru, window: 2, units: 1}
  b: {dataset: process, cell: gru, window: 2, units: 1}
  c: {dataset: noise, cell: gru, units: 1}
"""


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with all datasets of PARAMS."""
    monkeypatch.chdir(tmp_path)
    Path("data/raw").mkdir(parents=True)
    rows = [f"2020-{month:02},{month * 1.5}\n" for month in range(1, 11)]
    Path("data/raw/x.csv").write_text("month,sales\n" + "".join(rows))
    Path("params.yaml").write_text(PARAMS)
    prepare_all()
    return tmp_path / "data"


def prepare_all() -> list[str]:
    params = load_params()
    return [prepare(params, name) for name in params.datasets]


def test_a_series_is_written_row_by_row_the_test_rows_and_what_comes_next_in_a_file_of_their_own(
    prepared: Path,
) -> None:
    periods = ["train"] * 4 + ["validation"] * 2 + ["spring"] * 2 + ["summer"] * 2
    lines = [f"sales,2020-{m:02},{period},True,{m * 1.5}" for m, period in enumerate(periods, 1)]
    header, future = "series,time,period,observed,value", ["sales,2020-11,future,True,", "sales,2020-12,future,True,"]
    assert (prepared / "own" / "known.csv").read_text().splitlines() == [header, *lines[:6]]
    assert (prepared / "own" / "test.csv").read_text().splitlines() == [header, *lines[6:], *future]


def test_noise_is_a_short_series_per_sample(prepared: Path) -> None:
    header, *lines = (prepared / "noise" / "known.csv").read_text().splitlines()
    assert header == "series,time,period,observed,value,feature_1"
    places = [line.rsplit(",", 2)[0] for line in lines]
    assert places == [f"{sample},{step},train,True" for sample in range(1, 6) for step in (1, 2)]


def test_a_prepared_dataset_has_its_periods(prepared: Path) -> None:
    own = load_dataset(prepared / "own", KNOWN, TEST)
    assert {period: own.truth(own.origins(period)).tolist() for period in own.test_periods} == {
        "spring": [[10.5, 12]], "summer": [[13.5, 15]],
    }  # fmt: skip


def test_values_are_kept_to_the_last_bit(prepared: Path) -> None:
    source = load_params().datasets["process"]
    assert not isinstance(source, Noise)
    values = load_dataset(prepared / "process", KNOWN, TEST).values[:-2, 0]
    (series,) = read_series(source, 0, "process")
    np.testing.assert_array_equal(values, series.target)


def test_the_same_data_is_prepared_as_the_same_bytes(prepared: Path) -> None:
    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()}

    before = files()
    prepare_all()
    assert files() == before
    assert len(before) == 1 + 3 * 3


def test_what_was_prepared_is_said(prepared: Path) -> None:
    assert prepare_all() == [
        "2 train, 1 validation, 1 spring, 1 summer, 1 future samples",
        "19 train, 4 validation, 3 test, 1 future samples",
        "5 train, 4 test, 3 future samples",
    ]
