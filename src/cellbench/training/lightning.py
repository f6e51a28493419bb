"""Lightning, without torchmetrics, which loads what any of its metrics may need: matplotlib, filters for sounds.

A quarter of every start would go into it, and a learner here computes its losses itself.
"""

import sys
from types import ModuleType

_stand_in = ModuleType("torchmetrics")
_stand_in.__dict__.update({name: type(name, (), {}) for name in ("Metric", "MetricCollection")})
_known = sys.modules.setdefault("torchmetrics", _stand_in)

import pytorch_lightning as pl  # noqa: E402

if _known is _stand_in:  # whoever needs the real one gets it
    del sys.modules["torchmetrics"]

__all__ = ["pl"]
