"""Random numbers by name: every purpose draws from a stream of its own, so that none shifts another."""

import hashlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The generator that belongs to a seed and the names of a purpose, such as `(dataset, split)`.

    Equal names give equal numbers on every machine; a name more or another seed gives unrelated ones.
    """
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest)))
