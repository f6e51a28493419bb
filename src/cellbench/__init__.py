"""Which recurrent cell forecasts best, by how much, and is it real?"""

import os
import sys
from importlib.util import find_spec

if any(find_spec(package) is None for package in ("numpy", "pydantic", "ruamel", "torch")):  # `.venv/bin/dvc repro`
    sys.exit(f"{sys.executable} has not all packages of cellbench: activate its environment, `. .venv/bin/activate`")

# Before torch and NumPy are loaded. The first two decide the last digit of what torch's engine trains, in single
# precision: AVX2, also on a processor with AVX-512. The third decides the 8th digit of an ARIMA, whose optimiser ends
# elsewhere with other matrix kernels: those that every x86-64 has.
os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx2")
os.environ.setdefault("MKL_CBWR", "AVX2")
os.environ["OPENBLAS_CORETYPE"] = "Prescott"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its matrices are small: threads only wait for each other


class InputError(Exception):
    """Something given from outside is wrong; its text names the place and says what was expected."""
