"""Numbers side by side: arithmetic on lanes against numpy's, and what compiled code is kept under."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from cellbench.training.native import functions
from cellbench.training.native.block import power
from cellbench.training.native.lanes import LANES, get, put, spread, sqrt

SRC = Path(__file__).parents[1] / "src"
tanh, sigmoid = functions.tanh, functions.sigmoid


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def some_arithmetic(a: Any, b: Any, out: Any) -> None:
    for i in range(len(a)):
        x, y = get(a, i), get(b, i)
        put(out, (i, 0), x + y)
        put(out, (i, 1), x - y)
        put(out, (i, 2), x * y)
        put(out, (i, 3), x / y)
        put(out, (i, 4), 1 - 2.5 * x + spread(3))
        put(out, (i, 5), sqrt(x * x + y * y))
        put(out, (i, 6), 7)


def test_arithmetic_is_numpys_to_the_last_bit() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 50, LANES)).astype(np.float32)
    out = np.empty((50, 7, LANES), np.float32)
    some_arithmetic(a, b, out)
    number = np.float32
    expected = [a + b, a - b, a * b, a / b, number(1) - number(2.5) * a + number(3), np.sqrt(a * a + b * b), 0 * a + 7]
    np.testing.assert_array_equal(out, np.stack(expected, axis=1))


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def squashed(x: Any, out: Any) -> None:
    for i in range(len(x)):
        put(out, (0, i), tanh(get(x, i)))
        put(out, (1, i), sigmoid(get(x, i)))


def squash(x: NDArray[np.float32]) -> NDArray[np.float32]:
    out = np.empty((2, *x.shape), np.float32)
    squashed(x, out)
    return out


def test_tanh_and_sigmoid_are_those_of_double_precision() -> None:
    x = np.linspace(-30, 30, 800_000).astype(np.float32).reshape(-1, LANES)
    exact = x.astype(np.float64)
    hyperbolic, logistic = squash(x)
    np.testing.assert_allclose(hyperbolic, np.tanh(exact), atol=4e-7, rtol=0)
    np.testing.assert_allclose(logistic, 1 / (1 + np.exp(-exact)), atol=3e-7, rtol=0)
    assert np.abs(hyperbolic).max() == 1


def test_at_the_ends_they_are_exact_and_what_is_no_number_stays_none() -> None:
    x = np.array([[-np.inf, np.inf, np.nan, 0, -1e30, 1e30, -0.0, 1e9]], np.float32)
    hyperbolic, logistic = squash(x)
    np.testing.assert_array_equal(hyperbolic, [[-1, 1, np.nan, 0, -1, 1, 0, 1]])
    np.testing.assert_array_equal(logistic, [[0, 1, np.nan, 0.5, 0, 1, 0.5, 1]])


@pytest.mark.parametrize("base", [0.9, 0.999])
def test_a_power_by_squaring_is_the_power(base: float) -> None:
    raised = njit(lambda exponent: power(base, exponent))
    for exponent in (0, 1, 2, 3, 10, 1000, 123_456):
        assert raised(exponent) == pytest.approx(base**exponent, rel=1e-12)


def cache_of(src: Path, cache: Path) -> str:
    """The folder that a process keeps its compiled code in."""
    ask = "import cellbench.training.native, numba; print(numba.config.CACHE_DIR)"
    environment = os.environ | {"PYTHONPATH": str(src), "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_compiled_code_is_kept_until_any_file_of_the_engine_changes(tmp_path: Path) -> None:
    """Numba alone looks at the file of the outermost function only."""
    shutil.copytree(SRC, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    before = cache_of(tmp_path / "src", tmp_path / "cache")
    assert Path(before).parent == tmp_path / "cache"
    assert cache_of(SRC, tmp_path / "cache") == before
    part = tmp_path / "src/cellbench/training/native/functions.py"
    part.write_text(part.read_text() + "# a remark\n")
    assert cache_of(tmp_path / "src", tmp_path / "cache") != before


COMPILED = """
import torch
from cellbench.training.learner import adam
from cellbench.training.native.block import train_block
from cellbench.training.native.engine import run_block
from cellbench.network import Shape, build_network, initial_weights
from cellbench.base.params.streams import stream
network = build_network("elman", initial_weights("elman", Shape(1, 1, 1, 1), [stream(0)]), {})
run_block(network, adam(network, 0.1), torch.ones(1, 1, 1), torch.ones(1, 1), torch.zeros(1, 1, dtype=torch.int64), 1)
print(sum(train_block.stats.cache_hits.values()), sum(train_block.stats.cache_misses.values()))
"""


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(SRC), "NUMBA_CACHE_DIR": str(tmp_path)}
    said = [
        subprocess.run([sys.executable, "-c", COMPILED], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [done.stdout.split() for done in said] == [["0", "1"], ["1", "0"]]
