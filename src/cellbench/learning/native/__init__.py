"""The compiled engine: whole epochs without Python, eight numbers in a register.

A cell is written once, in torch. `equation.py` records what its step computes; `schedule.py` and `derivation.py` make
of it the source of one time step of one sample, forward and backward; `step.py` lets Numba compile that. `lanes.py`
makes a vector of eight, of samples and of replicates, a number like any other. `block.py` unrolls whichever step it is
given and takes the steps of Adam; `layout.py` converts torch's tensors to lanes and back, and `native_engine.py` is
what the rest of the project sees.

Every operation is done as it is written and none across replicates, and the gradients of a replicate's samples are
summed in an order that the batch size alone decides: results are the same bits with any number of threads and of
other replicates, on any processor that computes by IEEE 754.

Compiled code is kept in the user's cache (or NUMBA_CACHE_DIR), in a folder for each state of these files and of
`losses.py`: Numba itself looks at the file of a function alone, and would run on with an old version of what that
function calls.
"""

import hashlib
import os
from pathlib import Path

import numba.core.config
from numba.core.caching import UserProvidedCacheLocator
from platformdirs import user_cache_path


class SourcesCache(UserProvidedCacheLocator):
    """Finds what was compiled from the same files wherever they lie: a queued experiment runs a copy of them."""

    @classmethod
    def get_suitable_cache_subpath(cls, _: str) -> str:
        """Where Numba would name the folder of the source file."""
        return ""


_here = Path(__file__).parent
_compiled = [_here.parent / "losses.py", *sorted(_here.glob("*.py"))]
_sources = hashlib.sha256(b"".join(path.read_bytes() for path in _compiled))
_cache = Path(os.environ.get("NUMBA_CACHE_DIR") or user_cache_path("cellbench"))
numba.core.config.CACHE_DIR = str(_cache / f"native-{_sources.hexdigest()[:16]}")  # type: ignore[attr-defined]
# The others are Numba's own, for users who may not write there.
_locators = f"{__name__}.{SourcesCache.__name__}", "InTreeCacheLocator", "UserWideCacheLocator"
numba.core.config.CACHE_LOCATOR_CLASSES = ",".join(_locators)  # type: ignore[attr-defined]
