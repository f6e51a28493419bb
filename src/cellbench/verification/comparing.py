"""How far two files are from each other: the same bytes, the same but for the last digits, or different."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_safetensors

Numbers = Mapping[str, NDArray[Any]]


class Distance(NamedTuple):
    """Between the numbers of two files that otherwise say the same."""

    relative: float
    """The largest difference of two numbers, by the largest number of the same array, column or key."""
    ulp: int | None
    """The most floating-point numbers that lie between two; None for text, which has them rounded."""

    def __str__(self) -> str:
        return f"{'' if self.ulp is None else f'{self.ulp} ulp, '}relative {self.relative:.1g}"


def distance(stored: bytes, again: bytes, suffix: str) -> Distance | str:
    """How far a file's numbers are from those of another; or, as text, what else is not the same."""
    try:
        (numbers, text), (others, other_text) = _read(stored, suffix), _read(again, suffix)
    except (ValueError, KeyError, BadZipFile, EOFError, SafetensorError) as error:
        return f"broken ({error})"
    if numbers.keys() != others.keys():
        return "other names"
    if text != other_text:
        return "other words"
    relative, ulp = 0.0, 0
    for name, values in numbers.items():
        if values.shape != others[name].shape or values.dtype != others[name].dtype:
            return f"{name}: another shape"
        if not np.array_equal(np.isfinite(values), np.isfinite(others[name])):
            return f"{name}: other numbers that are not finite"
        finite = np.isfinite(values)
        a, b = values[finite], others[name][finite]
        if np.array_equal(a, b):
            continue
        relative = max(relative, float(np.abs(a.astype(float) - b).max() / max(np.abs(a).max(), np.abs(b).max())))
        ulp = max(ulp, _ulp(a, b))
    return Distance(relative, ulp if suffix in BINARY else None)


BINARY = {".npz", ".safetensors"}


def _read(content: bytes, suffix: str) -> tuple[Numbers, list[str]]:
    """The numbers of a file by name, and what else it says."""
    if suffix == ".npz":
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays), []
    if suffix == ".safetensors":
        return load_safetensors(content), []
    pairs = _rows(content) if suffix == ".csv" else _leaves(json.loads(content))
    found: dict[str, list[float]] = {}
    words = []
    for name, value in pairs:
        try:
            found.setdefault(name, []).append(float(value))
        except (TypeError, ValueError):
            words.append(f"{name}: {value}")
    return {name: np.array(values) for name, values in found.items()}, words


def _rows(content: bytes) -> Iterator[tuple[str, str]]:
    for row in csv.DictReader(io.StringIO(content.decode())):
        yield from row.items()


def _leaves(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _leaves(value, f"{name}.{key}")
    else:
        yield name, node


def _ulp(a: NDArray[Any], b: NDArray[Any]) -> int:
    """The most numbers of their own precision between two of them."""
    if a.dtype.kind != "f":
        return int(np.abs(a.astype(np.int64) - b.astype(np.int64)).max())
    integer = np.int32 if a.dtype == np.float32 else np.int64
    # As integers, floats are in their own order; the negative ones backwards.
    views: list[NDArray[np.integer]] = [a.view(integer), b.view(integer)]
    first, second = (np.where(i < 0, np.iinfo(integer).min - i, i).astype(object) for i in views)
    return int(np.abs(first - second).max())
