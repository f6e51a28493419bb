"""Lightning, without what it loads and nothing here asks for.

That is torchmetrics, which loads what any of its metrics may need, matplotlib and filters for sounds, and torch's
compiler, which loads a computer algebra. Half of every start would go into them.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from torch.nn import Module


class Uncompiled(ModuleType):
    """torch._dynamo as far as a program meets it that compiles nothing; `torch.compile` gets the real one."""

    OptimizedModule = type("OptimizedModule", (Module,), {})

    def __init__(self) -> None:
        super().__init__("torch._dynamo")
        self.__path__: list[str] = []  # or `from torch._dynamo import` would ask for it

    @staticmethod
    def disable(function: Callable[..., Any] | None = None, *_: Any, **__: Any) -> Callable[..., Any]:
        """Of a function, or as a decorator: what is not to be compiled is itself."""
        return function or (lambda decorated: decorated)

    @staticmethod
    def graph_break() -> None:
        """Where a compiled program would go back to Python: every optimiser step says so."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # whoever looks at every module, as `inspect` does
            raise AttributeError(name)
        if sys.modules[self.__name__] is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


_compiler, _metrics = Uncompiled(), ModuleType("torchmetrics")
_metrics.__dict__.update({name: type(name, (), {}) for name in ("Metric", "MetricCollection")})
_known = [sys.modules.setdefault(module.__name__, module) for module in (_compiler, _metrics)]

import pytorch_lightning as pl  # noqa: E402

# From here on whoever needs the real ones gets them.
del _compiler.__path__
if _metrics in _known:
    del sys.modules["torchmetrics"]

__all__ = ["pl"]
