"""Forecasts that only repeat the last value are called an echo."""

import numpy as np

from cellbench.config.sources import CsvFile, Noise
from cellbench.evaluate.holdout import Holdout
from cellbench.prepare.noise import make_noise
from cellbench.prepare.periods import divide
from cuts import rows, series


def test_an_echo_is_near_the_last_value_and_no_better() -> None:
    """Of the values 0, 1, 3, 6, 10, ..., which grow by one more each time."""
    test = Holdout(rows(series([n * (n + 1) / 2 for n in range(20)]), {"train": 8, "validation": 12, "test": 20}))
    last, truth = test.data.values[test.origins], test.truth
    for share, echo in ((-0.4, True), (0, True), (0.02, True), (0.03, False), (0.4, False), (1, False), (-0.6, False)):
        assert test.is_echo(last + share * (truth - last)) == echo  # off by (1 - share)² of the last value's error
    ahead = np.hstack([last, 99 + last])
    assert test.is_echo(ahead)  # only one step ahead counts


def test_of_noise_and_of_several_series_nothing_is_called_an_echo() -> None:
    source = {"samples": 4, "test_samples": 3, "predict_samples": 1, "timesteps": 2, "features": 1}
    noise = Holdout(make_noise(Noise(source="noise", **source), 0, "noise"))
    assert not noise.is_echo(np.zeros((3, 1)))
    until = {"train": -6, "validation": -3, "test": 0}
    source = CsvFile(source="csv", path="data/raw/x.csv", target="y", series="id", until=until)
    many = Holdout(divide([series(np.arange(20.0) ** 2, name=name) for name in "ab"], source, "datasets.own"))
    assert not many.is_echo(many.data.values[many.origins])
