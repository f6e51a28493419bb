"""Where a training ran, as far as it may decide how the last digit is rounded. Nothing of it names a machine."""

import platform
from importlib.metadata import version
from typing import Any

import numpy as np
import torch

PACKAGES = ("torch", "numpy", "numba", "llvmlite", "pytorch-lightning", "scipy", "statsmodels", "arch", "safetensors")


def fingerprint() -> dict[str, Any]:
    """Python, packages, processor features and threads."""
    features: Any = np.show_config(mode="dicts")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
        "processor_features": features["SIMD Extensions"].get("found", []),
        "torch_instructions": torch.backends.cpu.get_cpu_capability(),
        "torch_threads": torch.get_num_threads(),
    }
