"""Where compiled code is kept, and who may use it."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from cellbench.learning.learner import adam
from cellbench.learning.native.block import train_block
from cellbench.learning.native.native_engine import run_block
from cellbench.network import Shape, build_network, initial_weights
from cellbench.streams import stream

SRC = Path(__file__).parents[1] / "src"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The same sources in another folder."""
    return Path(shutil.copytree(SRC, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__")))


def said_by(program: str, src: Path, cache: Path) -> str:
    """What a process prints that runs these sources, with a cache of its own."""
    environment = os.environ | {"PYTHONPATH": str(src), "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def cache_of(src: Path, cache: Path) -> Path:
    """The folder that a process keeps its compiled code in."""
    ask = "from cellbench.learning.native.block import train_block; print(train_block.stats.cache_path)"
    return Path(said_by(ask, src, cache))


def test_compiled_code_is_kept_until_any_file_of_the_engine_changes(copied: Path, tmp_path: Path) -> None:
    """Numba alone looks at the file of the outermost function only."""
    folders = [cache_of(copied, tmp_path / "cache")]
    assert folders == [tmp_path / "cache" / Path(train_block.stats.cache_path).name]  # as of the files here
    for part in ("losses.py", "native/functions.py"):
        file = copied / "cellbench/learning" / part
        file.write_text(file.read_text() + "# a remark\n")
        folders.append(cache_of(copied, tmp_path / "cache"))
    assert len(set(folders)) == 3


def test_who_may_not_write_in_the_cache_keeps_it_beside_the_sources(copied: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder would have to be")
    assert cache_of(copied, tmp_path / "cache") == copied / "cellbench/learning/native/__pycache__"


COMPILED = """
import torch
from cellbench.learning.native.block import train_block
from cellbench.learning.native.native_engine import run_block
from cellbench.network import Shape, build_network, initial_weights
from cellbench.streams import stream
network = build_network("elman", initial_weights("elman", Shape(1, 1, 1, 1), [stream(0)]), {})
adam = torch.optim.AdamW(network.parameters(), fused=True)  # without Lightning, which takes seconds to load
run_block(network, adam, torch.ones(1, 1, 1), torch.ones(1, 1), torch.zeros(1, 1, dtype=torch.int64), 1)
print(sum(train_block.stats.cache_hits.values()), sum(train_block.stats.cache_misses.values()))
"""


def test_a_second_process_with_a_copy_of_the_files_compiles_nothing_but_a_new_equation(
    copied: Path, tmp_path: Path
) -> None:
    said = [said_by(COMPILED, src, tmp_path / "cache") for src in (SRC, copied)]
    cell = copied / "cellbench/cells/elman.py"
    cell.write_text(cell.read_text().replace("affine(h, self.U, affine(x, self.W, self.b))", "x @ self.W"))
    said.append(said_by(COMPILED, copied, tmp_path / "cache"))
    assert said == ["0 1", "1 0", "0 1"]


def test_one_process_at_a_time_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    network = build_network("elman", initial_weights("elman", Shape(1, 1, 1, 1), [stream(0)]), {})
    order = torch.zeros(1, 1, dtype=torch.int64)
    block = (network, adam(network, 0.1), torch.ones(1, 1, 1), torch.ones(1, 1), order, 1)
    run_block(*block)
    monkeypatch.setattr("cellbench.learning.native.native_engine._compiled", set())  # as at the start of a process
    with ThreadPoolExecutor() as threads:
        with FileLock(Path(train_block.stats.cache_path) / "lock"):  # as another one holds it
            waiting = threads.submit(run_block, *block)
            assert not wait([waiting], timeout=0.5).done
        assert waiting.result().shape == (1,)
