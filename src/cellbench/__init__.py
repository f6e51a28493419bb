"""Which recurrent cell forecasts best, by how much, and is it real?

Libraries choose among instruction sets by the processor that they find, and round otherwise with another. All
processors since 2013 have AVX2: what decides the last digit is pinned to it here, before one of them is loaded, unless
somebody sets it otherwise. docs/reproducible.md has what it brings, and what it costs.
"""

import os

PINNED = {
    "ATEN_CPU_CAPABILITY": "avx2",  # torch's own kernels
    "MKL_CBWR": "AVX2",  # its matrix products
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4,AVX512_ICL,AVX512_SPR",  # NumPy's functions
    "OPENBLAS_CORETYPE": "Haswell",  # its matrix products, and SciPy's
    "OPENBLAS_NUM_THREADS": "1",
}
for _name, _value in PINNED.items():
    os.environ.setdefault(_name, _value)


class InputError(Exception):
    """Something given from outside is wrong; its text names the place and says what was expected."""
