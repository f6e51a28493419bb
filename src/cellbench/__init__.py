"""Which recurrent cell forecasts best, by how much, and is it real?"""

import os
import sys
from importlib.util import find_spec

if any(find_spec(package) is None for package in ("numpy", "pydantic", "ruamel", "torch")):  # `.venv/bin/dvc repro`
    sys.exit(f"{sys.executable} has not all packages of cellbench: activate its environment, `. .venv/bin/activate`")

# Before torch is loaded. They decide the last digit of what torch's engine trains, which is in single precision: both
# keep it to AVX2, also on a processor with AVX-512. Nothing else depends on them.
os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx2")
os.environ.setdefault("MKL_CBWR", "AVX2")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its matrices are small: threads only wait for each other


class InputError(Exception):
    """Something given from outside is wrong; its text names the place and says what was expected."""
