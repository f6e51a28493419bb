"""The notebook's data: noise that nothing can be learned from."""

import numpy as np

from cellbench.config.sources import Noise
from cellbench.data.dataset import Dataset, DatasetCard, Split
from cellbench.streams import stream


def make_noise(source: Noise, seed: int, name: str) -> Dataset:
    """x and y uniform on [0, 1), y as wide as x is long, and neither knows of the other.

    The best forecast is therefore the mean 1/2, and its mean squared error the variance 1/12.
    """

    def draw(split: str, samples: int, targets: int) -> Split:
        random = stream(seed, name, split)
        x = random.random((samples, source.timesteps, source.features), np.float32)
        y = random.random((samples, targets), np.float32)
        return Split(x, y, y.astype(np.float64), np.zeros((samples, 1)), np.ones(samples), np.arange(samples))

    return Dataset(
        train=draw("train", source.samples, source.timesteps),
        tests={"test": draw("test", source.test_samples, source.timesteps)},
        predict=draw("predict", source.predict_samples, 0),
        card=DatasetCard(
            timesteps=source.timesteps,
            features=source.features,
            outputs=1,
            optimum_mse=[1 / 12],
            train_samples=source.samples,
            validation_samples=0,
        ),
    )
