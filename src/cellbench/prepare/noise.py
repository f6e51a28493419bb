"""The notebook's data: noise that nothing can be learned from."""

import numpy as np
import pandas as pd

from cellbench.config.sources import Noise
from cellbench.data.card import DatasetCard
from cellbench.data.dataset import Dataset
from cellbench.prepare.periods import named_columns
from cellbench.streams import stream


def make_noise(source: Noise, seed: int, name: str) -> Dataset:
    """x and y uniform on [0, 1), y as wide as x is long, and neither knows of the other: each sample a short series.

    The best forecast is therefore the mean 1/2, and its mean squared error the variance 1/12.
    """

    def draw(period: str, split: str, samples: int) -> pd.DataFrame:
        random, known = stream(seed, name, split), period != "future"
        x = random.random((samples, source.timesteps, source.features), np.float32)
        y = random.random((samples, source.timesteps, 1), np.float32) if known else np.full((*x.shape[:2], 1), np.nan)
        numbers = np.divmod(np.arange(samples * source.timesteps), source.timesteps)
        series, time = ((of + 1).astype(str) for of in numbers)
        described = {"series": series, "time": time, "period": period, "observed": True}
        values = np.concatenate([y, x], axis=2, dtype=float).reshape(-1, 1 + source.features)
        return pd.DataFrame(described | named_columns(values))

    parts = {"train": source.samples, "test": source.test_samples, "future": source.predict_samples}
    rows = [draw(period, "predict" if period == "future" else period, samples) for period, samples in parts.items()]
    card = DatasetCard(timesteps=source.timesteps, outputs=1, validation_samples=0)
    return Dataset(card, pd.concat(rows, ignore_index=True))
