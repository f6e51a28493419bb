"""Lightning, without `scipy.signal`: torchmetrics loads it for sounds, and a third of every start would go into it."""

import sys
from types import ModuleType

_stand_in = ModuleType("scipy.signal")
_stand_in.__dict__["hamming"] = None  # torchmetrics adds it where it is missing
_known = sys.modules.setdefault("scipy.signal", _stand_in)

import pytorch_lightning as pl  # noqa: E402

if _known is _stand_in:  # whoever needs the real one gets it
    del sys.modules["scipy.signal"]
    sys.modules["scipy"].__dict__.pop("signal", None)

__all__ = ["pl"]
